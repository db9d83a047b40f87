"""Receiving a message is one commit, once, whatever comes twice or at once."""

from typing import Any

import pytest
import sqlalchemy as sa

from bot.errors import Conflict, NotFound
from bot.safety import UNSCREENED, Assessment, Span
from bot.store import conversations, escalations, messages, outbox, turns
from bot.store.database import Transaction
from bot.store.rows import Conversation
from bot.store.schema import metadata
from tests.databases import Clock
from tests.store.conftest import CRISIS, NOTHING, YES_OR_NO, Cast


def rows_of(cast: Cast) -> dict[str, int]:
    """How many rows each table has."""
    with cast.db.read() as tx:
        return {
            table.name: tx.connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }


@pytest.mark.parametrize(
    "text",
    [
        "< 5 mg, ½ tablet",
        "\U0001f622 “enough”\n\ttabs and  spaces ",
        "/restart",
        "NUL \x00 and half a pair \ud83d",
        "x" * 16_000,
        "",
    ],
)
def test_a_text_is_stored_as_it_was_sent(cast: Cast, text: str) -> None:
    received = cast.says(text)

    assert received.message.text == text
    assert cast.shown() == [text]


def test_one_commit_stores_all_that_hangs_on_a_message(cast: Cast) -> None:
    received = cast.says("I want to die", found=CRISIS)

    with cast.db.read() as tx:
        assert [message.id for message in messages.transcript(tx, cast.patient.id)] == [received.message.id]
        assert [(found["layer"], found["level"]) for found in messages.assessments_of(tx, cast.patient.id)] == [
            ("rules", "emergency")
        ]
        assert [found.id for found in escalations.queue(tx, "demo")] == [received.escalation.id]
        assert [owed.escalation_id for owed in outbox.undelivered(tx, "demo")] == [received.escalation.id]
        assert turns.load(tx, received.turn.id).message == received.message
    assert (received.raised, received.duplicate) == (True, False)


def test_an_error_after_it_leaves_nothing_behind(cast: Cast) -> None:
    before = rows_of(cast)

    def fails(tx: Transaction) -> None:
        messages.receive(tx, cast.patient, client_id="1", body={"text": "die"}, text="die", assessment=CRISIS)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), cast.db.write() as tx:
        fails(tx)

    assert rows_of(cast) == before


def test_the_same_message_again_is_the_same_message(cast: Cast) -> None:
    first = cast.says("I want to die", client_id="1", found=CRISIS)
    before = rows_of(cast)

    again = cast.says("I want to die", client_id="1", found=CRISIS)

    assert again.duplicate
    assert not again.raised
    assert (again.message, again.escalation, again.turn) == (first.message, first.escalation, first.turn)
    assert rows_of(cast) == before


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"text": "yes"}, {"text": "yes "}),
        ({"text": "yes"}, {"choice": "yes"}),
        ({"value": 1}, {"value": "1"}),
        ({"choices": ["a", "b"]}, {"choices": ["b", "a"]}),
    ],
)
def test_another_message_under_the_same_client_id_is_a_conflict(
    cast: Cast, first: dict[str, object], second: dict[str, object]
) -> None:
    cast.says("x", client_id="1", body=first)

    with pytest.raises(Conflict):
        cast.says("x", client_id="1", body=second)
    assert cast.shown() == ["x"]


def test_the_order_of_keys_in_a_body_does_not_matter(cast: Cast) -> None:
    cast.says("x", client_id="1", body={"text": "x", "more": 1})

    assert cast.says("x", client_id="1", body={"more": 1, "text": "x"}).duplicate


def test_two_conversations_may_use_the_same_client_id(cast: Cast) -> None:
    with cast.db.write() as tx:
        other, _ = conversations.start(tx, cast.clinic, language="en")
        messages.receive(tx, other, client_id="1", body={"text": "a"}, text="a", assessment=NOTHING)

    assert not cast.says("b", client_id="1").duplicate


def test_a_body_of_two_kinds_is_a_mistake_of_the_caller(cast: Cast) -> None:
    with pytest.raises(ValueError, match="exactly one"):
        cast.says("x", body={"text": "x", "value": 0})


def test_what_the_screen_finds_is_quoted_from_the_original(cast: Cast) -> None:
    text = "Hello \U0001f622. I want to DIE tonight"
    span = Span(start=9, end=22, rule="s1", category="suicidal_ideation", level="urgent")
    milder = Span(start=0, end=5, rule="s9", category="suicidal_ideation", level="note")
    values = {"level": "emergency", "action": "page", "categories": ("suicidal_ideation", "self_harm")}
    found = Assessment(**values, spans=(milder, span), reasons=("s1",), rules_version="1")

    received = cast.says(text, found=found)

    by_rule, without_span = received.escalation.signals
    assert (by_rule.quote, by_rule.rule, by_rule.level) == ("I want to DIE", "s1", "urgent")
    assert (without_span.quote, without_span.rule, without_span.level) == (text, None, "emergency")
    with cast.db.read() as tx:
        assert messages.assessments_of(tx, cast.patient.id)[0]["rules_version"] == "1"


def test_a_message_that_could_not_be_screened_is_for_staff_to_see(cast: Cast) -> None:
    received = cast.says("something", found=UNSCREENED, unscreened=True)

    assert received.escalation.action == "review"
    assert [(signal.layer, signal.category) for signal in received.escalation.signals] == [
        ("unscreened", "not_screened")
    ]
    assert received.escalation.signals[0].quote == "something"


def test_after_a_refused_consent_a_message_is_assessed_and_not_escalated(cast: Cast) -> None:
    with cast.db.write() as tx:
        conversations.set_consent(tx, cast.patient.id, "refused", "v1")

    received = cast.says("I want to die", found=CRISIS)

    assert (received.escalation, received.raised) == (None, False)
    assert received.turn is not None
    with cast.db.read() as tx:
        assert messages.assessments_of(tx, cast.patient.id)[0]["level"] == "emergency"
        assert outbox.undelivered(tx, "demo") == []


def test_while_a_person_holds_the_conversation_there_is_no_turn_but_there_is_a_screen(cast: Cast) -> None:
    with cast.db.write() as tx:
        conversations.take_over(tx, cast.clinician, cast.patient.id)

    received = cast.says("I want to die", found=CRISIS)

    assert received.turn is None
    assert received.escalation.level == "emergency"


def test_another_clinics_conversation_is_not_found(cast: Cast) -> None:
    forged = Conversation(**{**vars(cast.patient), "clinic_id": "other"})

    with pytest.raises(NotFound), cast.db.write() as tx:
        messages.receive(tx, forged, client_id="1", body={"text": "x"}, text="x", assessment=NOTHING)


def test_a_cursor_gives_what_is_newer_and_visible(cast: Cast) -> None:
    first = cast.says("one").message
    cast.says("two")
    cast.says("three")

    with cast.db.read() as tx:
        assert [message.text for message in messages.after(tx, cast.patient.id, first.seq)] == ["two", "three"]
        assert [message.text for message in messages.after(tx, cast.patient.id, 0, limit=2)] == ["one", "two"]


def test_the_history_for_the_screen_is_what_was_typed_in_the_last_minutes(cast: Cast, clock: Clock) -> None:
    cast.says("long ago")
    clock.forward(minutes=6)
    cast.says("Yes", body={"choice": "yes"})
    for number in range(7):
        cast.says(f"typed {number}")

    with cast.db.read() as tx:
        assert messages.recent_texts(tx, cast.patient.id) == [f"typed {number}" for number in range(1, 7)]


def open_question(cast: Cast) -> str | None:
    with cast.db.read() as tx:
        found = messages.open_question(tx, cast.patient.id)
    return None if found is None else found.text


def test_a_question_is_open_until_it_is_answered(cast: Cast) -> None:
    assert open_question(cast) is None
    cast.bot_says({"text": "Hello"}, YES_OR_NO)
    assert open_question(cast) == "Is it safe?"

    cast.says("Yes", body={"choice": "yes"})

    assert open_question(cast) is None


def test_an_interruption_leaves_a_question_with_choices_open(cast: Cast) -> None:
    cast.bot_says(YES_OR_NO)
    cast.says("are you human?")
    cast.bot_says({"text": "No, a program."})

    assert open_question(cast) == "Is it safe?"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({"text": "Which?", "choices": [{"id": "a", "title": "A"}]}, "choice"),
        ({"text": "Which?", "choices": [{"id": "a", "title": "A"}], "multiple": True}, "choices"),
        ({"text": "How strong?", "scale": {"min": 0, "max": 10, "low": "none", "high": "very"}}, "scale"),
        ({"text": "When?", "date": True}, "date"),
        ({"text": "What may I call you?", "state": "ON11b"}, "text"),
    ],
)
def test_a_question_says_what_it_expects(cast: Cast, question: dict[str, Any], expected: str) -> None:
    [asked] = cast.bot_says(question)

    assert messages.expects(asked) == expected
    assert open_question(cast) == question["text"]


def test_typed_text_answers_a_question_that_expects_text(cast: Cast) -> None:
    cast.bot_says({"text": "What may I call you?", "state": "ON11b"})

    cast.says("Bo")

    assert open_question(cast) is None


def test_a_holding_reply_does_not_close_a_question(cast: Cast) -> None:
    cast.bot_says(YES_OR_NO)
    turn = cast.says("hm").turn
    with cast.db.write() as tx:
        turns.hold(tx, turn, "One moment")

    assert open_question(cast) == "Is it safe?"


def test_a_hidden_question_is_never_open(cast: Cast) -> None:
    with cast.db.write() as tx:
        conversations.take_over(tx, cast.clinician, cast.patient.id)
        [turn] = turns.of_conversation(tx, cast.patient.id)
        assert turns.lease(tx, cast.patient.id, "me")
        turns.settle(tx, turn, "me", [YES_OR_NO], meaning=None)

    assert open_question(cast) is None


def test_a_message_knows_the_question_that_was_open_when_it_was_written(cast: Cast) -> None:
    cast.bot_says(YES_OR_NO)
    answer = cast.says("Yes", body={"choice": "yes"}).message

    with cast.db.read() as tx:
        assert messages.question_of(tx, answer).text == "Is it safe?"


def test_a_message_is_public_in_the_shape_of_the_chat_api(cast: Cast) -> None:
    scale = {"min": 0, "max": 10, "low": "none", "high": "very"}
    [asked] = cast.bot_says({"text": "How strong?", "scale": scale, "state": "CI1"})
    mine = cast.says("7", body={"value": 7}).message

    assert asked.public() == {
        "id": asked.id, "from": "bot", "text": "How strong?", "choices": [], "scale": scale, "at": asked.at.isoformat(),
    }  # fmt: skip
    assert mine.public() == {"id": mine.id, "from": "patient", "text": "7", "choices": [], "at": mine.at.isoformat()}
    assert mine.body == {"value": 7}


def test_staff_who_write_hold_the_conversation(cast: Cast) -> None:
    with cast.db.write() as tx:
        said = messages.staff_say(tx, cast.patient, cast.clinician, "I am here")

    assert cast.now().holder == cast.clinician.id
    assert (said.public()["from"], said.public()["name"]) == ("staff", "Clara")
    assert cast.shown() == ["I am here"]


def test_staff_cannot_write_where_a_colleague_holds_or_in_another_clinic(cast: Cast) -> None:
    with cast.db.write() as tx:
        messages.staff_say(tx, cast.patient, cast.clinician, "I am here")

    with pytest.raises(Conflict) as conflict, cast.db.write() as tx:
        messages.staff_say(tx, cast.patient, cast.colleague, "me too")
    with pytest.raises(NotFound), cast.db.write() as tx:
        messages.staff_say(tx, cast.patient, cast.outsider, "and me")
    assert conflict.value.current == "Clara"
    assert cast.shown() == ["I am here"]


def test_a_message_to_an_ended_conversation_is_kept_and_opens_it_again(cast: Cast) -> None:
    with cast.db.write() as tx:
        conversations.end(tx, cast.patient.id)

    cast.says("one more thing")

    assert cast.shown() == ["one more thing"]
    assert cast.now().ended_at is None
