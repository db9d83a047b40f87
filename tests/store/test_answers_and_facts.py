"""Answers are kept once per message and step; facts by name, the last value counts."""

import pytest

from bot.errors import NotFound
from bot.store import answers, conversations, erasure, facts, formulations
from tests.store.conftest import Cast


def test_answers_are_kept_once_per_message_and_step(cast: Cast) -> None:
    message = cast.says("7", body={"value": 7}).message
    given = {"conversation_id": cast.patient.id, "message_id": message.id, "dialogue": "check_in", "session": "s1"}

    with cast.db.write() as tx:
        answers.save(tx, **given, step="CI1", wording="How strong?", value=6)
        answers.save(tx, **given, step="CI1", wording="How strong?", value=7, text="7", confirmed=False)
        answers.save(tx, **given, step="CI2", wording="And sleep?", value=["a", {"b": None}])

    with cast.db.read() as tx:
        kept = answers.of(tx, cast.patient.id, "check_in")
        assert answers.of(tx, cast.patient.id, "other") == []
    assert [(answer.step, answer.value, answer.text, answer.confirmed) for answer in kept] == [
        ("CI1", 7, "7", False),
        ("CI2", ["a", {"b": None}], None, True),
    ]


def test_an_answer_needs_a_message_of_its_conversation(cast: Cast) -> None:
    with cast.db.write() as tx:
        other, _ = conversations.start(tx, cast.clinic, language="en")
    message = cast.says("7").message
    given = {
        "message_id": message.id,
        "dialogue": "check_in",
        "session": "s1",
        "step": "CI1",
        "wording": "?",
        "value": 7,
    }

    with pytest.raises(NotFound), cast.db.write() as tx:
        answers.save(tx, conversation_id=other.id, **given)
    with pytest.raises(NotFound), cast.db.write() as tx:
        answers.save(tx, conversation_id="nothing", **given)


def test_facts_are_kept_by_name_and_the_last_value_counts(cast: Cast) -> None:
    with cast.db.write() as tx:
        facts.set(tx, cast.patient.id, "name", "Bo")
        facts.set(tx, cast.patient.id, "cue_profile", ["evening", "alone"])
        facts.set(tx, cast.patient.id, "name", "Bö")

    with cast.db.read() as tx:
        assert facts.get(tx, cast.patient.id) == {"name": "Bö", "cue_profile": ["evening", "alone"]}


def test_facts_of_nobody_are_refused(cast: Cast) -> None:
    with pytest.raises(NotFound), cast.db.write() as tx:
        facts.set(tx, "nothing", "name", "Bo")
    with cast.db.read() as tx:
        assert facts.get(tx, "nothing") == {}


def test_a_session_that_is_taken_out_takes_what_it_added_up_to_with_it(cast: Cast) -> None:
    with cast.db.write() as tx:
        for session in ("one", "two"):
            formulations.save(
                tx, conversation_id=cast.patient.id, session=session, model_version="1.0", detail={"band": "even"}
            )

    with cast.db.write() as tx:
        answers.delete(tx, cast.patient.id, dialogue="reflection", session="one")

    with cast.db.read() as tx:
        assert [one.session for one in formulations.of(tx, cast.patient.id)] == ["two"]


def test_a_formulation_that_was_shown_stays_so_when_it_is_computed_again(cast: Cast) -> None:
    given = {"conversation_id": cast.patient.id, "session": "one", "model_version": "1.0"}
    with cast.db.write() as tx:
        formulations.save(tx, **given, detail={"C": 1}, shown=True)
        formulations.save(tx, **given, detail={"C": 2})

    with cast.db.read() as tx:
        (found,) = formulations.of(tx, cast.patient.id)
        everything = erasure.export(tx, cast.patient.id)
    assert (found.detail, found.shown_at is not None) == ({"C": 2}, True)
    assert everything["formulations"][0]["detail"] == {"C": 2}
