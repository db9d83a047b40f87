"""A returning person (clinical content 4.12): who is asked for consent again, and who is not."""

import pytest

from bot.store import clinics, closing, conversations, escalations, members
from tests.actions.patient import Patient, finding
from tests.databases import Clock


def test_a_patient_who_comes_back_soon_is_not_asked_again(known: Patient, clock: Clock) -> None:
    clock.forward(days=150)

    known.open()

    assert "utter_RT1d" not in known.names
    assert known.asked == "RT2a"


def test_consent_is_asked_again_after_six_months(known: Patient, clock: Clock) -> None:
    clock.forward(days=183)
    known.open()
    assert known.asked == "RT1e"

    known.picks("more")
    assert known.asked == "RT1e"
    known.picks("agree")

    assert known.consent() == "given"
    assert "utter_ON7s" in known.names
    clock.forward(days=1)
    assert "utter_RT1d" not in known.open().names


def test_consent_is_asked_again_when_its_text_has_changed(known: Patient) -> None:
    with known.database.write() as tx:
        conversations.set_consent(tx, known.conversation, "given", "an older text")

    assert known.open().asked == "RT1e"


def test_consent_is_asked_again_when_the_clinic_adds_words_of_its_own(known: Patient) -> None:
    with known.database.write() as tx:
        clinic = conversations.find(tx, known.conversation).clinic_id
        clinics.change(tx, clinic, consent_text="Our psychologist reads it too.")
    assert known.open().asked == "RT1e"

    known.picks("agree")

    assert "utter_RT1d" not in known.open().names


@pytest.mark.parametrize("way", ["choice", "typed"])
def test_taking_consent_back_is_taken_at_its_word(known: Patient, clock: Clock, way: str) -> None:
    clock.forward(days=183)
    known.open()

    known.picks("no") if way == "choice" else known.says("no, do not keep it", "deny")

    assert known.consent() == "refused"
    assert known.asked == "ON7b"


def test_within_a_day_after_a_record_was_closed_it_stays_light(known: Patient, clock: Clock) -> None:
    known.says("i want to die", "risk_disclosure", risk=finding("urgent", "page", "suicidal_ideation"))
    with known.database.write() as tx:
        clinic = conversations.find(tx, known.conversation).clinic_id
        member = members.create(tx, clinic, "ada@clinic.example", "Ada", "clinician", "a long password 1")
        record = escalations.open_of(tx, known.conversation)
        assert record is not None
        closing.close(tx, member, record.id, "C1", "We spoke.", record.last_signal_seq)
    clock.forward(hours=2)

    known.open()

    assert known.asked == "RT1g"
    assert "reflection" not in known.offered
    assert any("The team knows." in text for text in known.texts)
    clock.forward(hours=25)
    assert known.open().asked != "RT1g"
