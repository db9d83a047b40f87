"""What is not accepted is refused with a problem that says what is allowed and whom to call, and is not stored."""

import json
from datetime import timedelta

import httpx
import pytest

from bot.errors import StoreUnavailable
from bot.web import tokens
from tests.web.api.houses import House, Patient, Web

ID = '"client_id": "0190b6a2-7a0e-4a0f-9d3a-0d5c3d2b1a00"'


def send(patient: Patient, content: bytes, **headers: str) -> httpx.Response:
    return patient.web.client.post("/api/v1/messages", content=content, headers=patient.headers | headers)


def assert_is_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert {"emergency", "crisis"} <= {contact["role"] for contact in problem["crisis_contacts"]}


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'"text"', 400),
        (b"\xff\xfe", 400),
        (b'{%s, "text": "\xe4"}' % ID.encode(), 400),
        (b'{%s, "value": NaN}' % ID.encode(), 400),
        (b"[" * 100_000, 400),
        (b"9" * 5_000, 400),
        (b'{%s, "text": "%s"}' % (ID.encode(), b"x" * 16_001), 422),
        (b'{%s, "text": "%s"}' % (ID.encode(), b"x" * 300_000), 413),
        (b'{%s, "text": ""}' % ID.encode(), 422),
        (b'{%s, "text": " \\n\\t\\u00a0 "}' % ID.encode(), 422),
        (b'{%s, "text": "half \\ud83d"}' % ID.encode(), 422),
        (b'{%s, "text": 5}' % ID.encode(), 422),
        (b"{%s}" % ID.encode(), 422),
        (b'{%s, "text": null}' % ID.encode(), 422),
        (b'{%s, "text": "a", "choice": "b"}' % ID.encode(), 422),
        (b'{%s, "value": true}' % ID.encode(), 422),
        (b'{%s, "value": 3.5}' % ID.encode(), 422),
        (b'{%s, "choices": "a"}' % ID.encode(), 422),
        (b'{%s, "date": "yesterday"}' % ID.encode(), 422),
        (b'{"text": "a"}', 422),
        (b'{"client_id": "1", "text": "a"}', 422),
        (b'{%s, "text": "a", "sender": "bot"}' % ID.encode(), 422),
        (b'{%s, "text": "a", "metadata": {}}' % ID.encode(), 422),
        (b'{%s, "text": "a", "conversation": "x"}' % ID.encode(), 422),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_body_that_is_no_message_is_refused(house: House, patient: Patient, content: bytes, status: int) -> None:
    answer = send(patient, content)

    assert_is_problem(answer, status)
    assert len(house.transcript(patient.conversation)) == 1


def test_a_text_that_is_too_long_is_told_how_long_it_may_be(patient: Patient) -> None:
    problem = patient.post(text="x" * 16_001).json()

    assert "16,000" in problem["detail"]
    assert (problem["characters"], problem["allowed"]) == (16_001, 16_000)


def test_half_a_character_is_told_to_be_one(patient: Patient) -> None:
    answer = send(patient, b'{%s, "text": "half \\ud83d"}' % ID.encode())

    assert answer.json()["type"].endswith("unreadable")


def test_what_a_patient_wrote_is_not_in_the_problem(patient: Patient) -> None:
    answer = patient.post(text="the canary sings", choice="x")

    assert "canary" not in answer.text


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer x.y.z", "Basic YTpi", "Bearer null"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "messages"),
        ("GET", "messages"),
        ("GET", "stream"),
        ("POST", "token"),
        ("GET", "me/export"),
        ("GET", "me/progress"),
        ("DELETE", "me"),
    ],
)
def test_without_a_token_of_ours_nothing_is_done(
    house: House, patient: Patient, method: str, path: str, authorization: str
) -> None:
    sent = {"client_id": "0190b6a2-7a0e-4a0f-9d3a-0d5c3d2b1a00", "text": "a"}

    answer = patient.web.client.request(
        method, f"/api/v1/{path}", json=sent, headers={"Authorization": authorization} if authorization else {}
    )

    assert_is_problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert len(house.transcript(patient.conversation)) == 1


def token_for(house: House, conversation: str, *, clinic: str = "demo", old: timedelta = timedelta()) -> str:
    now = house.db.clock() - old
    return tokens.issue(house.db.keyring, clinic_id=clinic, conversation_id=conversation, now=now)[0]


def test_an_expired_token_is_refused_with_the_contacts_of_its_clinic(house: House, web: Web) -> None:
    patient = web.patient(clinic="other")
    patient.token = token_for(house, patient.conversation, clinic="other", old=timedelta(minutes=16))

    answer = patient.post(text="a")

    assert_is_problem(answer, 401)
    assert answer.json()["type"].endswith("expired_token")


def test_a_token_of_another_clinic_does_not_open_a_conversation(house: House, patient: Patient) -> None:
    patient.token = token_for(house, patient.conversation, clinic="other")

    answer = patient.post(text="a")

    assert_is_problem(answer, 404)
    assert len(house.transcript(patient.conversation)) == 1


def test_a_token_in_the_address_counts_for_nothing(patient: Patient) -> None:
    answer = patient.web.client.get("/api/v1/messages", params={"token": patient.token, "access_token": patient.token})

    assert_is_problem(answer, 401)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://sub.example"},
    ],
    ids=str,
)
@pytest.mark.parametrize(("method", "path"), [("POST", "messages"), ("POST", "conversations"), ("GET", "messages")])
def test_a_page_of_another_site_is_refused(
    house: House, patient: Patient, method: str, path: str, headers: dict[str, str]
) -> None:
    sent = {"client_id": "0190b6a2-7a0e-4a0f-9d3a-0d5c3d2b1a00", "text": "a"}

    answer = patient.web.client.request(method, f"/api/v1/{path}", json=sent, headers=patient.headers | headers)

    assert_is_problem(answer, 403)
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert len(house.transcript(patient.conversation)) == 1


def test_our_own_page_is_not_refused(patient: Patient) -> None:
    headers = {"Origin": patient.web.url, "Sec-Fetch-Site": "same-origin"}

    answer = patient.web.client.get("/api/v1/messages", headers=patient.headers | headers)

    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/v1/nothing", 404), ("PUT", "/api/v1/messages", 405), ("OPTIONS", "/api/v1/messages", 405)],
)
def test_what_is_not_there_is_a_problem_too(web: Web, method: str, path: str, status: int) -> None:
    assert_is_problem(web.client.request(method, path), status)


@pytest.mark.parametrize("clinic", ["nobody", "", "x" * 200, 5, None])
def test_a_conversation_needs_a_clinic_that_is_set_up(web: Web, clinic: object) -> None:
    answer = web.client.post("/api/v1/conversations", content=json.dumps({"clinic": clinic}))

    assert_is_problem(answer, 404 if clinic == "nobody" else 422)


def test_the_log_says_where_the_store_could_not_be_used(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: object) -> None:
        raise StoreUnavailable("the canary sings")

    monkeypatch.setattr("bot.store.messages.after", fail)
    answer = patient.get("messages")

    assert_is_problem(answer, 503)
    assert "canary" not in answer.text + caplog.text
    assert "GET /api/v1/messages failed: StoreUnavailable at " in caplog.text


def test_an_error_that_nobody_expected_says_nothing(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("the canary sings")

    monkeypatch.setattr("bot.store.messages.after", fail)
    answer = patient.get("messages")

    assert_is_problem(answer, 500)
    assert "canary" not in answer.text + caplog.text
    assert "Traceback" not in answer.text
    assert "GET /api/v1/messages failed: RuntimeError" in caplog.text


def test_strangers_cannot_start_conversations_without_end(web: Web) -> None:
    address = {"X-Forwarded-For": "203.0.113.7"}
    answers = [
        web.client.post("/api/v1/conversations", json={"clinic": "demo"}, headers=address).status_code
        for _ in range(21)
    ]
    neighbour = web.client.post(
        "/api/v1/conversations", json={"clinic": "demo"}, headers={"X-Forwarded-For": "203.0.113.8"}
    )
    last = web.client.post("/api/v1/conversations", json={"clinic": "demo"}, headers=address)

    assert answers == [201] * 20 + [429]
    assert neighbour.status_code == 201
    assert_is_problem(last, 429)
    assert int(last.headers["retry-after"]) > 0
