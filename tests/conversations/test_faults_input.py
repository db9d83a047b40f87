"""What a browser, or somebody with its token, can send: it is text, or it is refused; nothing else happens."""

from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest

from bot.store import messages
from bot.web import tokens
from tests.chat import Chat
from tests.stack import CLINIC, Stack

pytestmark = pytest.mark.stack

JSON = {"Content-Type": "application/json"}


def stored_texts(stack: Stack, chat: Chat) -> list[str]:
    """Everything that is stored of a conversation from its patient."""
    with stack.database.read() as tx:
        return [one.text for one in messages.transcript(tx, chat.conversation) if one.sender == "patient"]


def assert_problem(answer: httpx.Response, *statuses: int) -> None:
    """A problem says what is wrong, and carries the crisis contacts."""
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["crisis_contacts"]
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "text",
    [
        "/restart",
        '/risk_disclosure{"a":1}',
        '  /answer{"answer":"agree"}',
        "/open_conversation",
        "/session_start",
        "／restart",
        '/inform{"med_word":"x"}',
        "EXTERNAL: /restart",
    ],
)
def test_a_command_of_rasas_is_text_like_any_other(stack: Stack, text: str) -> None:
    chat = stack.chat()
    question = chat.messages[-1]

    replies = chat.say(text)

    # The text is kept as it was written, the question stays open, and nothing was taken as an answer to it.
    assert stored_texts(stack, chat) == [text]
    assert replies
    assert [choice["id"] for choice in chat.open_choices()] == [choice["id"] for choice in question["choices"]]
    assert [one for one in stack.queue() if one.conversation_id == chat.conversation] == []


@pytest.mark.parametrize(
    "more",
    [
        {"sender": "somebody else"},
        {"conversation": "0" * 32},
        {"metadata": {"consent": "given"}},
        {"intent": "risk_disclosure"},
        {"from": "staff"},
    ],
)
def test_a_forged_field_is_refused(stack: Stack, more: dict[str, object]) -> None:
    chat = stack.chat()

    assert_problem(chat.post({"text": "hello", **more}), 422)
    assert stored_texts(stack, chat) == []


@pytest.mark.parametrize(
    "body",
    [{"choice": "agree"}, {"choice": "no-such-choice"}, {"choices": ["go_on"]}, {"value": 3}, {"date": "2026-11-22"}],
)
def test_an_answer_that_was_not_offered_is_refused_with_the_open_ones(stack: Stack, body: dict[str, object]) -> None:
    chat = stack.chat()

    answer = chat.post(body)

    assert_problem(answer, 409, 422)
    assert stored_texts(stack, chat) == []


@pytest.mark.parametrize(
    "body", [{}, {"text": ""}, {"text": "   "}, {"text": "a", "value": 1}, {"text": 7}, {"text": "x" * 16_001}]
)
def test_a_body_that_cannot_be_used_is_refused(stack: Stack, body: dict[str, object]) -> None:
    chat = stack.chat()

    assert_problem(chat.post(body), 413, 422)
    assert stored_texts(stack, chat) == []


def test_sixteen_thousand_characters_are_kept(stack: Stack) -> None:
    chat = stack.chat()
    text = "½ 😢 < 5 mg\n" * 1600

    assert chat.post({"text": text[:16_000]}, wait=None).status_code == 201
    assert stored_texts(stack, chat) == [text[:16_000]]


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b'"text"', b'{"text": "\xff\xfe"}', b'{"text": NaN}'])
def test_what_is_no_json_object_is_refused(stack: Stack, raw: bytes) -> None:
    chat = stack.chat()

    answer = chat.client.post("/api/v1/messages", content=raw, headers=chat.headers | JSON)

    assert_problem(answer, 400, 422)
    assert stored_texts(stack, chat) == []


@pytest.mark.parametrize("client_id", ["", "not-a-uuid", "../../etc"])
def test_a_client_id_that_is_none_is_refused(stack: Stack, client_id: str) -> None:
    chat = stack.chat()

    answer = chat.client.post("/api/v1/messages", json={"client_id": client_id, "text": "hello"}, headers=chat.headers)

    assert_problem(answer, 422)


def test_the_same_client_id_with_another_body_is_a_conflict(stack: Stack) -> None:
    chat = stack.chat()
    client_id = str(uuid4())
    chat.post({"text": "hello"}, client_id=client_id, wait=None)

    assert_problem(chat.post({"text": "hello again"}, client_id=client_id), 409)
    assert stored_texts(stack, chat) == ["hello"]


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer x.y.z", "Basic dXNlcjpwYXNz"])
def test_without_a_token_of_ours_nothing_is_told(stack: Stack, token: str) -> None:
    chat = stack.chat()

    for method, path in [("GET", "/api/v1/messages"), ("POST", "/api/v1/messages"), ("GET", "/api/v1/me/export")]:
        body = {"client_id": str(uuid4()), "text": "hello"} if method == "POST" else None
        answer = chat.client.request(method, path, json=body, headers={"Authorization": token} if token else {})
        assert_problem(answer, 401)


def test_an_expired_token_stores_nothing_and_can_be_renewed_so_that_nothing_is_lost(stack: Stack) -> None:
    chat = stack.chat()
    long_ago = datetime.now(UTC) - 2 * tokens.LIFE
    chat.token, _ = tokens.issue(
        stack.database.keyring, clinic_id=CLINIC, conversation_id=chat.conversation, now=long_ago
    )
    client_id = str(uuid4())

    assert_problem(chat.post({"text": "is anyone there"}, client_id=client_id), 401)
    assert_problem(chat.client.get("/api/v1/messages", headers=chat.headers), 401)
    assert stored_texts(stack, chat) == []
    chat.token = chat.client.post("/api/v1/token", headers=chat.headers).json()["token"]
    assert chat.post({"text": "is anyone there"}, client_id=client_id, wait=None).status_code == 201

    assert stored_texts(stack, chat) == ["is anyone there"]


def test_a_token_reads_and_writes_its_own_conversation_only(stack: Stack) -> None:
    hers, his = stack.chat(), stack.chat()

    hers.say("the word is heliotrope")

    assert "heliotrope" in str(hers.history())
    assert "heliotrope" not in str(his.history())
    assert (
        his.client.get(f"/api/v1/messages?conversation={hers.conversation}", headers=his.headers).text.count(
            "heliotrope"
        )
        == 0
    )


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_a_foreign_origin_is_refused(stack: Stack, origin: str) -> None:
    chat = stack.chat()
    headers = chat.headers | {"Origin": origin, "Sec-Fetch-Site": "cross-site"}

    answer = chat.client.post("/api/v1/messages", json={"client_id": str(uuid4()), "text": "hi"}, headers=headers)

    assert_problem(answer, 403)
    assert stored_texts(stack, chat) == []
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/webhooks/front_door/turn", "/webhooks/rest/webhook", "/conversations/x/tracker/events", "/model/parse"]
)
def test_rasa_answers_nobody_without_the_inner_secret(stack: Stack, path: str) -> None:
    body = {"conversation": "x", "message_id": "y", "text": "/restart", "sender": "x", "message": "/restart"}

    answer = httpx.post(f"{stack.settings.rasa_url}{path}", json=body, trust_env=False, timeout=10)

    assert answer.status_code in (401, 404, 405)


def test_the_actions_answer_nobody_without_the_inner_secret(stack: Stack) -> None:
    answer = httpx.post(f"{stack.settings.actions_url}/webhook", json={"next_action": "x"}, trust_env=False, timeout=10)

    assert answer.status_code == 401
