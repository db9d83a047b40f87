"""The way into Rasa: whole turns or none, each message once, and nothing typed is a command."""

import json
import sqlite3
import time
from contextlib import closing
from uuid import uuid4

import httpx
import pytest

from tests.engine.small_bot import SECRET, Actions, SmallBot, says

pytestmark = pytest.mark.rasa


def rows(bot: SmallBot, conversation: str) -> int:
    with closing(sqlite3.connect(bot.tracker_file)) as database:
        return database.execute("select count(*) from events where sender_id = ?", (conversation,)).fetchone()[0]


def test_a_conversation_opens_with_a_reply(bot: SmallBot) -> None:
    answer = bot.ask(uuid4().hex, open=True)

    assert answer.status_code == 200
    assert answer.json() == {
        "replies": [{"text": "Hello. I am a test. The team reads at 9 to 5.", "choices": []}],
        "meaning": None,
        "intent": "open_conversation",
        "confidence": 1.0,
    }


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (401, {"Authorization": "Bearer wrong-secret-of-the-tests"}),
        (401, {"Authorization": ""}),
        (401, {"Authorization": "Bearer ü"}),
    ],
)
@pytest.mark.parametrize("path", ["/turn", "/parse"])
def test_a_wrong_secret_is_refused(bot: SmallBot, path: str, status: int, headers: dict[str, str]) -> None:
    conversation = uuid4().hex

    answer = bot.client.post(
        path,
        json={"conversation": conversation, "message_id": "1", "text": "hello", "language": "en"},
        headers={name: value.encode() for name, value in headers.items()},
    )

    assert answer.status_code == status
    assert rows(bot, conversation) == 0


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"conversation": "c"},
        {"conversation": "c", "message_id": ""},
        {"conversation": "c", "message_id": "m", "text": 5},
        {"conversation": "c", "message_id": "m", "text": "x", "metadata": []},
        {"conversation": "c", "message_id": "m", "text": "x", "answer": {}},
        {"conversation": "c", "message_id": "m", "text": "x", "answer": {"choice": "a", "value": 1}},
        {"conversation": "c", "message_id": "m", "text": "x", "answer": {"choice": ["a"]}},
        {"conversation": "c", "message_id": "m", "text": "x", "answer": {"choices": []}},
        {"conversation": "c", "message_id": "m", "text": "x", "answer": {"value": True}},
        {"conversation": "c", "message_id": "m", "text": "x", "answer": {"slot": "a"}},
    ],
)
def test_a_bad_body_is_refused(bot: SmallBot, body: object) -> None:
    assert bot.client.post("/turn", json=body).status_code == 422


def test_a_body_that_is_not_json_is_refused(bot: SmallBot) -> None:
    assert bot.client.post("/turn", content=b"{").status_code == 422


def fails(_: object) -> int:
    return 500


def is_slow(_: object) -> dict:
    time.sleep(9)
    return says("too late")


def answers_nonsense(_: object) -> dict:
    return {"events": [{"event": "no such event"}], "responses": "none"}


@pytest.mark.parametrize("behaviour", [fails, is_slow, answers_nonsense])
def test_an_action_that_fails_fails_the_turn_and_nothing_is_kept(bot: SmallBot, actions: Actions, behaviour) -> None:
    conversation = bot.opened()
    before = rows(bot, conversation)
    actions.does(action_save_note=behaviour)
    started = time.monotonic()

    answer = bot.ask(conversation, "please save a note")

    assert answer.status_code == 503, answer.json()
    assert "action_save_note" in answer.json()["failed"][0]
    assert rows(bot, conversation) == before
    assert time.monotonic() - started < 6


def test_a_turn_whose_caller_hung_up_goes_on_and_is_answered_when_asked_again(bot: SmallBot, actions: Actions) -> None:
    conversation = bot.opened()

    def takes_its_time(_: object) -> dict:
        time.sleep(2)
        return says()

    actions.does(action_save_note=takes_its_time)
    patient, bot.client.timeout = bot.client.timeout, httpx.Timeout(1)
    with pytest.raises(httpx.ReadTimeout):
        bot.ask(conversation, "please save a note", message_id="slow-1")
    bot.client.timeout = patient
    answer = bot.ask(conversation, "please save a note", message_id="slow-1")

    assert answer.json()["replies"] == [{"text": "Thank you, I have saved that.", "choices": []}]
    assert [call["next_action"] for call in actions.calls].count("action_save_note") == 1


def test_the_same_message_is_answered_once_the_action_works_again(bot: SmallBot, actions: Actions) -> None:
    conversation = bot.opened()
    actions.does(action_save_note=fails)
    assert bot.ask(conversation, "please save a note", message_id="note-1").status_code == 503

    actions.does()
    answer = bot.ask(conversation, "please save a note", message_id="note-1")

    assert answer.json()["replies"] == [{"text": "Thank you, I have saved that.", "choices": []}]


def test_a_form_whose_validation_fails_stays_where_it_is(bot: SmallBot, actions: Actions) -> None:
    conversation = bot.opened()
    assert bot.ask(conversation, "I want to check in").json()["replies"][0]["state"] == "CI2"
    before = rows(bot, conversation)
    actions.does(validate_check_in_form=fails)

    answer = bot.ask(conversation, "7", answer={"value": 7}, metadata={"expects": "scale", "state": "CI2"})

    assert answer.status_code == 503
    assert rows(bot, conversation) == before


def test_a_turn_without_an_end_fails(bot: SmallBot, actions: Actions) -> None:
    conversation = bot.opened()
    actions.does(action_again=lambda _: {"events": [{"event": "followup", "name": "action_again"}], "responses": []})

    answer = bot.ask(conversation, "carousel carousel")

    assert answer.status_code == 503
    assert "actions in one turn" in answer.json()["failed"][0]


def test_a_response_that_no_file_holds_fails_the_turn(bot: SmallBot) -> None:
    answer = bot.ask(bot.opened(), "the purple elephant is dancing")

    assert answer.status_code == 503
    assert answer.json()["failed"] == ["utter_missing: ContentError"]


def test_a_turn_without_a_reply_fails(bot: SmallBot, actions: Actions) -> None:
    conversation = bot.opened()

    answer = bot.ask(
        conversation, "bad things", metadata={"assessment": {"level": "urgent", "action": "page", "categories": ["x"]}}
    )

    assert [call["next_action"] for call in actions.calls] == ["action_escalate"]
    assert (answer.status_code, answer.json()) == (503, {"failed": ["no reply"]})


def test_a_message_that_comes_twice_is_answered_from_the_tracker(bot: SmallBot, actions: Actions) -> None:
    conversation = bot.opened()
    first = bot.ask(conversation, "please save a note", message_id="twice")
    kept = rows(bot, conversation)

    second = bot.ask(conversation, "please save a note", message_id="twice")

    assert second.json() == first.json()
    assert rows(bot, conversation) == kept
    assert len(actions.calls) == 1


def test_an_older_message_is_answered_with_its_own_replies(bot: SmallBot) -> None:
    conversation = bot.opened()
    first = bot.ask(conversation, "please save a note", message_id="older")
    bot.ask(conversation, "goodbye")

    assert bot.ask(conversation, "please save a note", message_id="older").json() == first.json()


def test_a_locked_tracker_fails_the_turn_and_the_next_one_works(bot: SmallBot) -> None:
    conversation = bot.opened()
    with closing(sqlite3.connect(bot.tracker_file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        started = time.monotonic()
        answer = bot.ask(conversation, "hello", message_id="locked")
        waited = time.monotonic() - started
        other.execute("ROLLBACK")

    assert answer.status_code == 503
    assert waited < 3
    assert bot.ask(conversation, "hello", message_id="locked").json()["replies"][0]["text"] == "Hello again."


@pytest.mark.parametrize(
    "text",
    [
        "/restart",
        "  /restart",
        "/session_start",
        "/back",
        "\n/stop",
        '/answer{"answer": "5"}',
        '  /answer{"answer": "5"}',
        "/risk_disclosure",
        "/take_note",
        "EXTERNAL: take_note",
    ],
)
def test_what_is_typed_is_never_a_command(bot: SmallBot, actions: Actions, text: str) -> None:
    conversation = bot.opened()
    bot.ask(conversation, "I want to check in")
    before = rows(bot, conversation)

    answer = bot.ask(conversation, text, metadata={"expects": "scale", "state": "CI2"})

    assert answer.json()["intent"] not in ("restart", "answer", "risk_disclosure", "take_note", "session_start", "back")
    assert rows(bot, conversation) > before
    slots = actions.calls[-1]["tracker"]["slots"]
    assert slots["urge"] is None


@pytest.mark.parametrize("value", [0, 7, 10])
def test_a_chosen_value_keeps_its_type(bot: SmallBot, actions: Actions, value: int) -> None:
    conversation = bot.opened()
    bot.ask(conversation, "I want to check in")

    answer = bot.ask(conversation, str(value), answer={"value": value}, metadata={"expects": "scale", "state": "CI2"})

    assert answer.json()["intent"] == "answer"
    assert actions.calls[-1]["tracker"]["slots"]["urge"] == str(value)
    assert answer.json()["replies"] == [
        {
            "text": "What happened before?",
            "choices": [{"id": "unknown", "title": "I do not know"}, {"id": "skip", "title": "Rather not say"}],
            "state": "CI3",
        }
    ]


def test_an_answer_to_no_question_fills_nothing(bot: SmallBot) -> None:
    conversation = bot.opened()

    answer = bot.ask(conversation, "5", answer={"value": 5})

    assert answer.json()["replies"][0]["text"] == "I did not understand."


def test_what_a_question_is_drawn_with_joins_its_text(bot: SmallBot, actions: Actions) -> None:
    conversation = bot.opened()
    actions.does(
        action_save_note=lambda _: {
            "events": [],
            "responses": [{"text": "Thank you."}, {"response": "utter_TT1"}, {"custom": {"multiple": True}}],
        }
    )

    replies = bot.ask(conversation, "please save a note").json()["replies"]

    assert replies == [
        {"text": "Thank you.", "choices": []},
        {
            "text": "Which of these?",
            "choices": [{"id": "one", "title": "First"}, {"id": "two", "title": "Second"}],
            "state": "TT1",
            "multiple": True,
        },
        {"text": "Thank you, I have saved that.", "choices": []},
    ]


def test_a_flagged_message_interrupts_a_form(bot: SmallBot, actions: Actions) -> None:
    conversation = bot.opened()
    bot.ask(conversation, "I want to check in")
    bot.ask(conversation, "3", answer={"value": 3}, metadata={"expects": "scale", "state": "CI2"})
    actions.does(
        action_escalate=lambda _: says(
            "Are you safe now?",
            events=[{"event": "active_loop", "name": None}, {"event": "slot", "name": "requested_slot", "value": None}],
        )
    )
    finding = {"level": "emergency", "action": "page", "categories": ["suicidal_ideation"]}

    answer = bot.ask(
        conversation, "it does not matter", metadata={"expects": "text", "state": "CI3", "assessment": finding}
    )

    assert answer.json()["intent"] == "risk_disclosure"
    assert answer.json()["replies"] == [{"text": "Are you safe now?", "choices": []}]
    message = actions.calls[-1]["tracker"]["latest_message"]
    assert message["risk"] == {"layer": "rules", **finding}


def test_a_text_answer_is_not_mistaken_for_an_interruption(bot: SmallBot) -> None:
    conversation = bot.opened()
    bot.ask(conversation, "I want to check in")
    bot.ask(conversation, "3", answer={"value": 3}, metadata={"expects": "scale", "state": "CI2"})

    answer = bot.ask(
        conversation, "my sister said good morning and then see you later", metadata={"expects": "text", "state": "CI3"}
    )

    assert answer.json()["intent"] == "inform"
    assert answer.json()["replies"] == [{"text": "That is all.", "choices": []}]


def test_actions_are_called_with_the_secret(bot: SmallBot, actions: Actions) -> None:
    bot.ask(bot.opened(), "please save a note")

    assert actions.calls[0]["authorization"] == f"Bearer {SECRET}"


def test_a_text_is_understood_outside_of_any_conversation(bot: SmallBot) -> None:
    answer = bot.client.post("/parse", json={"text": "  /restart", "language": "en"})

    assert answer.status_code == 200
    assert answer.json()["intent"] != "restart"


@pytest.mark.parametrize("text", ["\ud83d", "😀", "\x00", " ", "ü" * 16_000, "a" * 16_000])
def test_odd_texts_are_answered(bot: SmallBot, text: str) -> None:
    body = {"conversation": uuid4().hex, "message_id": "1", "text": text, "metadata": {}}

    answer = bot.client.post("/turn", content=json.dumps(body), headers={"Content-Type": "application/json"})

    assert answer.status_code == 200, answer.json()


def test_the_stock_channels_and_the_api_are_not_there(bot: SmallBot) -> None:
    root = f"http://127.0.0.1:{bot.port}"

    for path in ("/webhooks/rest/webhook", "/conversations/x/tracker", "/model/parse", "/domain"):
        assert bot.client.post(root + path, json={}).status_code == 404


def test_health_tells_process_and_model(bot: SmallBot) -> None:
    found = bot.client.get("/health").json()

    assert found["pid"] == bot.process.pid
    assert found["model"] == "small.tar.gz"
    assert found["started_at"]


def test_a_long_conversation_stays_short_and_forgets_nothing(bot: SmallBot, actions: Actions) -> None:
    conversation = bot.opened()
    bot.ask(conversation, "I want to check in")
    bot.ask(conversation, "8", answer={"value": 8}, metadata={"expects": "scale", "state": "CI2"})
    for _ in range(60):
        assert bot.ask(conversation, "goodbye", metadata={"facts": {"name": "Ada"}}).status_code == 200
    last = bot.ask(conversation, "goodbye", message_id="the last one")

    answer = bot.ask(conversation, "it was the phone call", metadata={"expects": "text", "state": "CI3"})

    assert rows(bot, conversation) > 300
    tracker = actions.calls[-1]["tracker"]
    assert len(tracker["events"]) < 280
    assert tracker["slots"]["urge"] == "8"
    assert tracker["slots"]["story"] == "it was the phone call"
    assert answer.json()["replies"] == [{"text": "That is all.", "choices": []}]
    assert bot.ask(conversation, "goodbye", message_id="the last one").json() == last.json()
