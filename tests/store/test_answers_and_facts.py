"""Answers are kept once per message and step; facts by name, the last value counts."""

import pytest

from bot.errors import NotFound
from bot.store import answers, conversations, facts
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
