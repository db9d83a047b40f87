"""Crisis contacts of a clinic, and what may stand in sentences about them: numbers are configuration, not wording.

A clinic's own contacts come before those of its country in ``bot/content/crisis_contacts.yml``. At most four are shown
at once (clinical content 6.1). Nothing here asks the database: it must work when nothing else does.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from bot.content.clocks import limits_of
from bot.content.reading import CONTENT, Entry, read
from bot.store.rota import Presence
from bot.store.rows import Clinic, Escalation
from bot.web.hours import hours_values
from bot.web.words import Words, words

FIELDS = ("role", "name", "number", "tel", "text_to", "hours")
KEYS = (*FIELDS, "note", "verified_on", "verified_by")
VERIFIED_DAYS = 92  # Every number is checked again after three months.

Contact = dict[str, str | None]


def contacts_for(clinic: Clinic | None, categories: Iterable[str] = ()) -> list[Contact]:
    """At most four contacts, emergency first, the last one fitting the categories of a finding; no number twice.

    Each is ``{"role", "name", "number", "tel", "text_to", "hours"}``; ``tel`` and ``text_to`` belong after "tel:" and
    "sms:" and are None where there is nothing to tap. Without a clinic: the contacts of the fallback country.
    """
    content = _content()
    everyone = all_contacts(clinic)
    fitting = [content["fits"][category] for category in categories if category in content["fits"]]
    shown: list[Contact] = []
    for role in (*content["always"], *fitting, *content["otherwise"]):
        contact = _first(everyone, role)
        if contact is None:
            continue
        same = next((number for number, one in enumerate(shown) if _reach(one) == _reach(contact)), None)
        if same is not None:
            shown[same] = {**shown[same], "name": _both(str(shown[same]["name"]), str(contact["name"]))}
        elif len(shown) < content["show_at_once"]:
            shown.append(contact)
    return shown


def all_contacts(clinic: Clinic | None) -> list[Contact]:
    """Every contact of a clinic: its own, and its country's for the roles that it left open."""
    own = [_contact(entry) for entry in (clinic.settings.contacts if clinic else ())]
    taken = {contact["role"] for contact in own}
    return own + [_contact(entry) for entry in _country(clinic) if entry["role"] not in taken]


def unverified(clinic: Clinic, today: date) -> list[str]:
    """The roles whose number nobody has verified in the last three months, for ``between doctor`` and the console."""
    own = {entry["role"]: entry for entry in clinic.settings.contacts}
    entries = {entry["role"]: entry for entry in reversed(_country(clinic))} | own
    return [role for role, entry in entries.items() if not _is_verified(entry, today)]


def placeholders_for(
    clinic: Clinic | None,
    escalation: Escalation | None,
    *,
    language: str = "en",
    consent: str = "given",
    presence: Presence | None = None,
) -> dict[str, str]:
    """What fills the placeholders of a sentence (clinical content 0.6); an empty value leaves its sentence out.

    ``team_told`` says that the team was told only when an alert has been delivered, when nobody is there so, and after
    "No" to keeping the chat that nobody can be reached.
    """
    lines = crisis_words(language)["lines"]
    everyone = all_contacts(clinic)
    settings = clinic.settings if clinic else None
    hours = hours_values(clinic, presence, escalation, language=language) if clinic else {}

    def line(*roles: str) -> str:
        contact = next((found for role in roles if (found := _first(everyone, role))), None)
        return _in_sentence(lines, contact) if contact else ""

    emergency = _first(everyone, "emergency")
    number = str(emergency["number"]) if emergency else ""
    if not _is_known(clinic):
        number = str(lines["local_emergency"]).format(number=number)
    medical = line("urgent_medical") or str(lines["urgent_medical"])
    return {
        "clinic_name": settings.name if settings else "",
        "clinic_consent": settings.consent_text if settings else "",
        "therapist": (settings.therapist if settings else "") or str(lines["therapist"]),
        "emergency_number": number,
        "crisis_line": line("crisis"),
        "poison_or_medical_line": _either(lines, line("poison") or number, medical),
        "urgent_medical_line": medical,
        "dv_line": line("domestic_violence", "crisis"),
        "youth_line": line("child", "crisis_youth", "crisis"),
        "team_told": _team_told(lines, clinic, escalation, consent, presence, hours.get("next_open", "")),
        **hours,
    }


def crisis_words(language: str) -> Words:
    """The wording of ``crisis.yml`` in a language, or in English where nobody has written it yet."""
    return patient_words(language, "crisis")


def patient_words(language: str, file: str) -> Words:
    """The wording of a file in the patient's language, or in English where nobody has written it yet."""
    for name in (language, language.split("-")[0]):
        if (CONTENT / name / f"{file}.yml").is_file():
            return words(name, file)
    return words("en", file)


def fill(text: str, values: Mapping[str, str]) -> str:
    """A wording with its placeholders filled; a sentence with a placeholder that has no value is left out."""
    sentences = re.split(r"(?<=[.!?]) +", text)
    kept = [one for one in sentences if all(values.get(name) for name in re.findall(r"\{(\w+)\}", one))]
    return " ".join(kept).format(**values)


def _team_told(
    lines: Mapping[str, Any],
    clinic: Clinic | None,
    escalation: Escalation | None,
    consent: str,
    presence: Presence | None,
    next_open: str,
) -> str:
    """What is true now: told, being told, not reached, or nobody there (clinical content 5.2 and 5.8)."""
    if consent == "refused":
        return str(lines["team_not_told"])
    seen = escalation is not None and escalation.is_seen
    told = escalation is not None and escalation.is_told
    if next_open and not seen:
        return str(lines["team_told_away" if told else "team_away"]).format(next_open=next_open)
    if clinic and presence and escalation and not told and _is_late(clinic, escalation, presence.at):
        return str(lines["team_not_reached"])
    return str(lines["team_told" if told else "team_being_told"])


def _is_late(clinic: Clinic, escalation: Escalation, now: datetime) -> bool:
    limit = limits_of(escalation.level, clinic.settings.clocks).get("deliver")
    return limit is not None and now >= escalation.level_at + limit


def _in_sentence(lines: Mapping[str, Any], contact: Contact) -> str:
    """Name and number, without what the name says in brackets."""
    name = re.sub(r" \(.*\)$", "", str(contact["name"]))
    return str(lines["contact"]).format(name=name, number=contact["number"])


def _either(lines: Mapping[str, Any], one: str, other: str) -> str:
    return one if one == other else str(lines["either"]).format(one=one, other=other)


def _reach(contact: Contact) -> tuple[str | None, str | None]:
    return contact["tel"], contact["text_to"]


def _both(name: str, other: str) -> str:
    return " · ".join(dict.fromkeys((*name.split(" · "), other)))


def _first(contacts: Iterable[Contact], role: str) -> Contact | None:
    return next((contact for contact in contacts if contact["role"] == role), None)


def _contact(entry: Mapping[str, Any]) -> Contact:
    contact: Contact = {name: entry.get(name) or None for name in FIELDS}
    contact["hours"] = entry.get("hours") or ""
    if contact["tel"] is None and contact["text_to"] is None:
        contact["tel"] = re.sub(r"[^\d+]", "", str(entry["number"])) or None
    return contact


def _country(clinic: Clinic | None) -> list[Entry]:
    content = _content()
    country = clinic.settings.country if clinic and _is_known(clinic) else content["fallback"]
    entries: list[Entry] = content["countries"][country]
    return entries


def _is_known(clinic: Clinic | None) -> bool:
    return clinic is not None and clinic.settings.country in _content()["countries"]


def _is_verified(entry: Mapping[str, Any], today: date) -> bool:
    if not entry.get("verified_on") or not entry.get("verified_by"):
        return False
    return date.fromisoformat(str(entry["verified_on"])) >= today - timedelta(days=VERIFIED_DAYS)


@cache
def _content() -> Entry:
    content = read(CONTENT / "crisis_contacts.yml")
    content.only(("show_at_once", "always", "otherwise", "fits", "fallback", "countries"))
    countries = content.need("countries", dict)
    for country, entries in countries.items():
        for entry in entries:
            entry.only(KEYS)
            for key in ("role", "name", "number"):
                if not entry.need(key, str):
                    entry.fail(f"{key!r} is empty", key)
        for role in ("emergency", "crisis"):
            if role not in {entry["role"] for entry in entries}:
                countries.fail(f"{country} has no contact with the role {role!r}", country)
    content.one_of("fallback", tuple(countries))
    return content
