"""A message that its patient took back: gone for the patient, marked for staff; what it started goes on."""

import pytest

from bot.errors import NotFound
from bot.store import answers, conversations, erasure, escalations, messages
from tests.store.conftest import CRISIS, Cast


def take_back(cast: Cast, message_id: str) -> None:
    with cast.db.write() as tx:
        messages.take_back(tx, cast.patient, message_id)


def keep_answer(cast: Cast, message_id: str, dialogue: str) -> None:
    with cast.db.write() as tx:
        answers.save(
            tx,
            conversation_id=cast.patient.id,
            message_id=message_id,
            dialogue=dialogue,
            session="s1",
            step="pull",
            wording="How strong?",
            value=10,
        )


def test_the_patient_is_shown_its_words_no_more_and_staff_are(cast: Cast) -> None:
    message = cast.says("not what I meant").message

    take_back(cast, message.id)

    with cast.db.read() as tx:
        (shown,) = messages.after(tx, cast.patient.id, 0)
        (read,) = messages.transcript(tx, cast.patient.id)
    assert (shown.public()["text"], shown.public()["taken_back"]) == ("", True)
    assert (read.text, read.taken_back_at is not None) == ("not what I meant", True)


def test_taking_back_twice_keeps_the_first_moment(cast: Cast) -> None:
    message = cast.says("7").message
    take_back(cast, message.id)
    with cast.db.read() as tx:
        first = messages.load(tx, cast.patient.id, message.id)

    take_back(cast, message.id)

    with cast.db.read() as tx:
        assert messages.load(tx, cast.patient.id, message.id) == first


def test_a_crisis_stays_open_and_the_words_stay_in_what_is_screened_next(cast: Cast) -> None:
    message = cast.says("i want to die", found=CRISIS).message

    take_back(cast, message.id)

    assert cast.open_escalation().signals[0].message_id == message.id
    with cast.db.read() as tx:
        assert escalations.queue(tx, "demo")
        assert messages.recent_texts(tx, cast.patient.id) == ["i want to die"]


def test_its_answer_counts_no_more_also_if_the_dialogue_keeps_it_later(cast: Cast) -> None:
    before, after = cast.says("10").message, cast.says("10").message
    keep_answer(cast, before.id, "check_in")

    take_back(cast, before.id)
    take_back(cast, after.id)
    keep_answer(cast, after.id, "check_in")

    with cast.db.read() as tx:
        assert answers.of(tx, cast.patient.id) == []
        assert len(answers.of(tx, cast.patient.id, taken_back=True)) == 2
        assert len(erasure.export(tx, cast.patient.id)["answers"]) == 2


def test_an_answer_in_a_safety_step_counts_all_the_same(cast: Cast) -> None:
    message = cast.says("Yes").message
    keep_answer(cast, message.id, answers.SAFETY)

    take_back(cast, message.id)

    with cast.db.read() as tx:
        assert len(answers.of(tx, cast.patient.id, answers.SAFETY)) == 1


def test_nobody_takes_back_what_somebody_else_said(cast: Cast) -> None:
    cast.says("hello")
    (said,) = cast.bot_says({"text": "Hello."})
    with cast.db.write() as tx:
        other, _ = conversations.start(tx, cast.clinic, language="en")
    mine = cast.says("mine").message

    with pytest.raises(NotFound):
        take_back(cast, said.id)
    with pytest.raises(NotFound), cast.db.write() as tx:
        messages.take_back(tx, other, mine.id)
