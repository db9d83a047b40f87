"""A returning person (clinical content 4.12): who is asked for consent again, and who is not."""

import pytest

from bot.store import conversations
from tests.actions.patient import Patient
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


@pytest.mark.parametrize("way", ["choice", "typed"])
def test_taking_consent_back_is_taken_at_its_word(known: Patient, clock: Clock, way: str) -> None:
    clock.forward(days=183)
    known.open()

    known.picks("no") if way == "choice" else known.says("no, do not keep it", "deny")

    assert known.consent() == "refused"
    assert known.asked == "ON7b"
