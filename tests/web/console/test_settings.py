"""Settings: each field says what is wrong at its place, each change is audited, no secret is shown again."""

import pytest

from bot.store import audit, clinics, members
from bot.store.rows import Clinic, ClinicSettings
from tests.web.console.conftest import Staff
from tests.web.console.ward import Ward

SECRET = "heliotrope" * 4
CONTACT = {
    "role": "crisis",
    "name": "Our own line",
    "number": "0800 111",
    "tel": "0800111",
    "verified_on": "2026-01-05",
    "verified_by": "Ada Nowak",
}


@pytest.fixture
def manager(ward: Ward, ada: Staff) -> Staff:
    with ward.db.write() as tx:
        members.set_role(tx, ward.ada.id, "administrator")
    return ada


def settings_of(ward: Ward) -> ClinicSettings:
    with ward.db.read() as tx:
        return clinics.get(tx, "demo").settings


def clinic_of(ward: Ward) -> Clinic:
    with ward.db.read() as tx:
        return clinics.get(tx, "demo")


def changed(ward: Ward) -> list[str]:
    with ward.db.read() as tx:
        return [row.subject for row in audit.of(tx, "demo", kind="setting")]


def test_a_section_is_saved_and_each_change_is_audited(ward: Ward, manager: Staff) -> None:
    form = {"section": "data", "retention_days": "90", "resume_days": "30", "legal_hold": "yes"}

    answer = manager.post("/console/settings", data=form)

    assert answer.headers["location"] == "/console/settings?done=saved#data"
    assert (settings_of(ward).retention_days, settings_of(ward).legal_hold) == (90, True)
    assert changed(ward) == ["retention_days", "legal_hold"]


@pytest.mark.parametrize(
    ("section", "field", "text", "said"),
    [
        ("data", "retention_days", "soon", "Enter a whole number from 1 to 3650."),
        ("data", "resume_days", "0", "Enter a whole number from 1 to 365."),
        ("clinic", "timezone", "Moon/Crater", "There is no such time zone."),
        ("clinic", "name", " ", "This cannot be empty."),
        ("embedding", "origins", "https://clinic.example/page", "Write each as https://clinic.example"),
        ("embedding", "identity_secret", "short", "Take at least 32 signs."),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field_and_kept_as_typed(
    ward: Ward, manager: Staff, section: str, field: str, text: str, said: str
) -> None:
    before = settings_of(ward)
    rest = {"name": "New name", "country": "UK", "language": "en", "timezone": "Europe/Paris", "therapist": "x"}

    answer = manager.post("/console/settings", data={**rest, "section": section, field: text})

    assert answer.status_code == 422
    assert f'id="{field}-wrong">{said}' in answer.text
    assert f'aria-describedby="{field}-wrong"' in answer.text
    assert settings_of(ward) == before


def test_a_secret_is_never_shown_again_and_stays_until_it_is_forgotten(ward: Ward, manager: Staff) -> None:
    manager.post("/console/settings", data={"section": "embedding", "identity_secret": SECRET})
    manager.post("/console/settings", data={"section": "embedding", "origins": "https://clinic.example"})
    kept = settings_of(ward)
    page = manager.get("/console/settings").text

    manager.post("/console/settings", data={"section": "embedding", "forget_secret": "yes"})

    assert (kept.identity_secret, kept.origins) == (SECRET, ("https://clinic.example",))
    assert SECRET not in page
    assert settings_of(ward).identity_secret == ""


def test_a_contact_is_entered_with_the_name_and_the_day_of_who_checked_it(ward: Ward, manager: Staff) -> None:
    nameless = manager.post("/console/settings/contacts", data={**CONTACT, "verified_by": ""})
    tomorrow = manager.post("/console/settings/contacts", data={**CONTACT, "verified_on": "2999-01-01"})
    undialled = manager.post("/console/settings/contacts", data={**CONTACT, "tel": "call us"})
    assert {one.status_code for one in (nameless, tomorrow, undialled)} == {422}
    assert settings_of(ward).contacts == ()

    manager.post("/console/settings/contacts", data=CONTACT)

    [own] = settings_of(ward).contacts
    assert (own["number"], own["verified_by"]) == ("0800 111", "Ada Nowak")
    assert "Checked on 2026-01-05 by Ada Nowak" in manager.get("/console/settings").text
    manager.post("/console/settings/contacts", data={"role": "crisis", "country": "yes"})
    assert settings_of(ward).contacts == ()
    assert changed(ward) == ["contacts", "contacts"]


def test_the_clinics_own_words_of_consent_stand_behind_ours_and_ask_everybody_again(ward: Ward, manager: Staff) -> None:
    own = "Our psychologist reads it too."
    before = clinic_of(ward).consent_version("1")

    manager.post("/console/settings", data={"section": "consent", "consent_text": own})

    assert settings_of(ward).consent_text == own
    assert clinic_of(ward).consent_version("1") != before == "1"
    page = manager.get("/console/settings").text
    assert f"even if you would rather I did not. {own}" in page


@pytest.mark.parametrize("text", ["Is that all right?", "no full stop", "{name} agrees.", "x" * 201])
def test_words_of_consent_that_cannot_stand_there_are_refused(ward: Ward, manager: Staff, text: str) -> None:
    answer = manager.post("/console/settings", data={"section": "consent", "consent_text": text})

    assert answer.status_code == 422
    assert settings_of(ward).consent_text == ""
