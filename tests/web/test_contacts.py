"""Crisis contacts: the clinic's own first, at most four, and nothing about them that is not so."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.content.reading import CONTENT, read
from bot.store.rows import Clinic, ClinicSettings, Escalation
from bot.web.contacts import all_contacts, contacts_for, fill, placeholders_for, unverified

NOW = datetime(2026, 11, 22, tzinfo=UTC)
COUNTRIES = tuple(read(CONTENT / "crisis_contacts.yml")["countries"])
OWN_LINES = (("poison", "Poisons desk"), ("urgent_medical", "Our doctors"))
OWN = {"role": "crisis", "name": "Our night line", "number": "020 7946 0000"}


def clinic(country: str = "UK", **settings: object) -> Clinic:
    return Clinic(id="c", settings=ClinicSettings(name="North", country=country, **settings), created_at=NOW)


def roles(clinic: Clinic | None, *categories: str) -> list[str | None]:
    return [contact["role"] for contact in contacts_for(clinic, categories)]


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_country_shows_an_emergency_number_and_a_crisis_line_first(country: str) -> None:
    found = contacts_for(clinic(country))

    assert [contact["role"] for contact in found][:2] == ["emergency", "crisis"]
    assert len(found) <= 4
    for contact in all_contacts(clinic(country)):
        assert contact["tel"] or contact["text_to"]
        assert not contact["tel"] or contact["tel"].isdecimal()


@pytest.mark.parametrize(
    ("category", "role"),
    [
        ("abuse_unsafe_home", "domestic_violence"),
        ("child_safeguarding", "child"),
        ("escalating_use", "substance"),
        ("self_harm", "crisis_text"),
        ("request_human", "crisis_text"),
    ],
)
def test_the_fourth_contact_fits_what_was_found(category: str, role: str) -> None:
    assert roles(clinic(), category) == ["emergency", "crisis", "poison", role]


@pytest.mark.parametrize("category", ["withdrawal_emergency", "overdose_poisoning"])
def test_a_number_with_two_purposes_is_shown_once_and_says_both(category: str) -> None:
    found = contacts_for(clinic(), (category,))

    assert [contact["tel"] for contact in found] == ["999", "116123", "111", None]
    assert found[2]["name"] == "NHS 111 (medical help, and poisoning)"
    said = placeholders_for(clinic(), None)
    assert said["poison_or_medical_line"] == said["urgent_medical_line"] == "NHS 111 (111)"


def test_a_clinics_own_line_for_two_purposes_keeps_both_its_names() -> None:
    day, night = ({"role": role, "name": name, "number": "020 7946 0000"} for role, name in OWN_LINES)

    found = contacts_for(clinic(contacts=(day, night)), ("withdrawal_emergency",))

    assert [contact["name"] for contact in found if contact["tel"] == "02079460000"] == ["Poisons desk · Our doctors"]


def test_two_lines_for_a_poisoning_are_both_named() -> None:
    ireland = placeholders_for(clinic("IE"), None)["poison_or_medical_line"]

    assert "Centre, public line (01 809 2166) or an urgent medical line" in ireland


def test_a_clinics_own_contact_takes_the_place_of_its_country() -> None:
    found = contacts_for(clinic(contacts=(OWN,)))

    assert found[1] == {**OWN, "tel": "02079460000", "text_to": None, "hours": ""}
    assert [contact["role"] for contact in found].count("crisis") == 1


@pytest.mark.parametrize("nowhere", [None, clinic("XX")])
def test_where_the_country_is_not_known_it_is_said(nowhere: Clinic | None) -> None:
    assert placeholders_for(nowhere, None)["emergency_number"] == "112, or your local emergency number"
    assert roles(nowhere)[:2] == ["emergency", "crisis"]


def test_placeholders_fall_back_as_the_clinical_content_says() -> None:
    poland = placeholders_for(clinic("PL"), None)

    assert poland["poison_or_medical_line"].startswith(poland["emergency_number"] + " or ")
    assert poland["urgent_medical_line"] == "an urgent medical line or out-of-hours doctor"
    assert placeholders_for(clinic(contacts=(OWN,)), None)["crisis_line"] == "Our night line (020 7946 0000)"


def test_a_number_is_verified_for_three_months() -> None:
    signed = {**OWN, "verified_by": "Dr Ada", "verified_on": "2026-09-01"}

    assert "crisis" in unverified(clinic(), date(2026, 11, 22))
    assert "crisis" not in unverified(clinic(contacts=(signed,)), date(2026, 11, 22))
    assert "crisis" in unverified(clinic(contacts=(signed,)), date(2026, 12, 31))


ESCALATION = Escalation(
    id="e",
    clinic_id="c",
    conversation_id="v",
    level="urgent",
    action="page",
    state="open",
    categories=(),
    opened_at=NOW,
    level_at=NOW,
    alerted_at=None,
    acknowledged_at=None,
    claimed_by=None,
    claimer_name=None,
    claimed_at=None,
    claim_expires_at=None,
    closed_at=None,
    outcome=None,
    last_signal_seq=1,
    signals=(),
)


@pytest.mark.parametrize(
    ("escalation", "consent", "told"),
    [
        (None, "given", "I am telling the team now."),
        (ESCALATION, "given", "I am telling the team now."),
        (replace(ESCALATION, alerted_at=NOW), "given", "I have told the team."),
        (replace(ESCALATION, acknowledged_at=NOW), "unasked", "I have told the team."),
        (replace(ESCALATION, alerted_at=NOW.replace(day=21)), "given", "I am telling the team now."),
        (replace(ESCALATION, alerted_at=NOW), "refused", "I cannot reach anyone for you."),
    ],
)
def test_the_team_was_told_only_if_it_was(escalation: Escalation | None, consent: str, told: str) -> None:
    assert placeholders_for(clinic(), escalation, consent=consent)["team_told"] == told


def test_a_sentence_that_cannot_be_filled_is_left_out() -> None:
    text = "Call {crisis_line}. They start at {next_open}. Stay with us."

    assert fill(text, {"crisis_line": "116 123", "next_open": ""}) == "Call 116 123. Stay with us."
