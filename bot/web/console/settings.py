"""What the clinic decides for itself: who it is, how long data is kept, where the chat may stand, whom to call.

A secret that was entered is never shown again. Each change is a row of the audit trail that names the field.
"""

from collections.abc import Mapping

from bot.content.reading import CONTENT, read
from bot.errors import Conflict, Incomplete
from bot.store import audit, clinic_fields, clinics
from bot.store.clinic_fields import CONTACT_TEXTS, contact_problems, countries, languages, need, problems
from bot.store.database import Transaction
from bot.store.rows import Clinic
from bot.web.console.access import Visit
from bot.web.console.rendering import Failure, Page, page_words
from bot.web.contacts import all_contacts, unverified

HERE = "/console/settings"
SECTIONS = {
    "clinic": ("name", "country", "language", "timezone", "staff_hours", "therapist"),
    "safety": ("two_person_close", "gad7"),
    "data": ("retention_days", "resume_days", "legal_hold"),
    "consent": ("consent_text",),
    "embedding": ("colour", "origins", "identity_required", "identity_secret"),
}
SECRETS = ("identity_secret",)
CONTACT_FIELDS = (*CONTACT_TEXTS, "verified_on")
CHOICES = {"country": countries, "language": languages}


def page(visit: Visit, tx: Transaction) -> Page:
    """Every section; a form that could not be taken stands there as it was typed, with what is wrong at each field."""
    clinic = clinics.get(tx, visit.clinic.id)
    section = visit.form.get("section", "")
    typed = _given(visit.form, section) if section in SECTIONS else {}
    role = visit.form.get("role", "")
    context = {
        "here": "settings",
        "said": page_words("settings", visit.clinic),
        "sections": SECTIONS,
        "values": {**_shown(clinic), **typed},
        "wrong": problems(typed),
        "flags": clinic_fields.FLAGS,
        "choices": {name: list(known()) for name, known in CHOICES.items()},
        "has_secret": bool(clinic.settings.identity_secret),
        "contacts": _contacts(clinic, role, visit.form),
        "contact_wrong": contact_problems(visit.form, tx.now.date()) if role else {},
        "contact_role": role,
        "unverified": unverified(clinic, tx.now.date()),
        "consent_version": clinic.consent_version(read(CONTENT / "dialogues" / "onboarding.yml")["consent_text"]),
        "consent": _consent(clinic),
        "done": visit.request.query_params.get("done", "") == "saved",
    }
    return Page(template="settings", context=context)


def save(visit: Visit, tx: Transaction) -> str:
    """Save one section. Raises Incomplete if a field of it cannot be used; then none is changed."""
    section = visit.form.get("section", "")
    if section not in SECTIONS:
        raise Incomplete("section")
    given = _given(visit.form, section)
    need(problems(given))
    before = clinics.get(tx, visit.clinic.id).settings
    changes = {name: clinic_fields.parse(name, text) for name, text in given.items()}
    changes = {name: value for name, value in changes.items() if value != getattr(before, name)}
    clinics.change(tx, visit.clinic.id, **changes)
    for name in changes:
        _write(visit, tx, name)
    return f"{HERE}?done=saved#{section}"


def save_contact(visit: Visit, tx: Transaction) -> str:
    """Let the clinic's own contact take the place of its country's for one role. Raises Incomplete."""
    role = visit.form.get("role", "")
    clinic = clinics.get(tx, visit.clinic.id)
    if role not in {contact["role"] for contact in all_contacts(clinic)}:
        raise Incomplete("role")
    others = tuple(one for one in clinic.settings.contacts if one["role"] != role)
    if "country" in visit.form:  # Back to the country's own.
        clinics.change(tx, clinic.id, contacts=others)
    else:
        need(contact_problems(visit.form, tx.now.date()))
        own = {name: visit.form.get(name, "").strip() for name in CONTACT_FIELDS}
        clinics.change(tx, clinic.id, contacts=(*others, {"role": role, **own}))
    _write(visit, tx, "contacts")
    return f"{HERE}?done=saved#contacts"


def excuse(visit: Visit, error: Conflict | Incomplete) -> tuple[Failure, int]:  # noqa: ARG001 - the form of every excuse.
    """Nothing was saved; the fields say why."""
    link = "#contacts" if visit.form.get("role") else f"#{visit.form.get('section', '')}"
    said = page_words("settings", visit.clinic)
    return Failure(lines=(said["failed"],), link=link, link_words=said["failed_link"]), 422


def _given(form: Mapping[str, str], section: str) -> dict[str, str]:
    """The fields of a section; a box that is not ticked does not come, and an empty secret is left as it is."""
    given = {name: form.get(name, "").strip() for name in SECTIONS[section]}
    if form.get("forget_secret"):
        return given
    return {name: text for name, text in given.items() if text or name not in SECRETS}


def _shown(clinic: Clinic) -> dict[str, str]:
    names = [name for section in SECTIONS.values() for name in section]
    return {name: "" if name in SECRETS else _written(getattr(clinic.settings, name)) for name in names}


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "\n".join(value) if isinstance(value, tuple) else str(value)


def _contacts(clinic: Clinic, role: str, form: Mapping[str, str]) -> list[dict[str, str]]:
    """Every contact that patients may be shown, with who has checked it and when; a typed one as it was typed."""
    own = {str(one["role"]): one for one in clinic.settings.contacts}
    found = []
    for contact in all_contacts(clinic):
        name = str(contact["role"])
        entry = {key: str(own.get(name, contact).get(key) or "") for key in CONTACT_FIELDS}
        typed = {key: form.get(key, "") for key in CONTACT_FIELDS} if name == role else {}
        found.append({"role": name, "own": "yes" if name in own else "", **entry, **typed})
    return found


def _consent(clinic: Clinic) -> list[str]:
    """What patients are asked to agree to, in the words of the clinic's language."""
    language = clinic.settings.language if clinic.settings.language in languages() else "en"
    said = read(CONTENT / language / "onboarding.yml")["responses"]
    own = clinic.settings.consent_text
    return [
        str(one["text"]).replace("{clinic_consent}", own).strip()
        for name in ("utter_ON7", "utter_ON7m")
        for one in said[name]
    ]


def _write(visit: Visit, tx: Transaction, field: str) -> None:
    audit.write(tx, clinic_id=visit.clinic.id, actor=visit.member.id, act="change", kind="setting", subject=field)
