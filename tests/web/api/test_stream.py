"""The stream: what is new as it happens, from wherever the client broke off, until the conversation or token ends."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.store import conversations, escalations, messages
from bot.web import tokens
from tests.web.api.houses import House, Patient, Web
from tests.web.api.test_risk import DANGER


def test_messages_come_with_the_cursor_as_their_id(patient: Patient) -> None:
    with patient.stream() as events:
        opening = events.next("message")
        patient.say("Good morning", wait=0)
        said, reply = events.next("message"), events.next("message")

    assert [event[1]["text"] for event in (opening, said, reply)] == ["re: hello", "Good morning", "re: Good morning"]
    assert reply[2] == str(patient.get("messages").json()["cursor"])
    assert reply[1] == patient.get("messages").json()["messages"][-1]


def test_a_stream_resumes_after_the_last_event_that_was_seen(patient: Patient) -> None:
    with patient.stream() as events:
        _, _, last = events.next("message")
    patient.say("said while nobody listened")

    with patient.stream(last=last or "") as events:
        found = [events.next("message")[1]["text"] for _ in range(2)]

    assert found == ["said while nobody listened", "re: said while nobody listened"]


def test_many_messages_are_all_told(house: House, patient: Patient) -> None:
    with house.db.write() as tx:
        conversation = conversations.load(tx, "demo", patient.conversation)
        for number in range(230):
            messages.staff_say(tx, conversation, house.clinician, f"line {number}")

    with patient.stream() as events:
        found = [events.next("message")[1]["text"] for _ in range(231)]

    assert found[1:] == [f"line {number}" for number in range(230)]


def test_what_another_process_does_is_told(house: House) -> None:
    here = house.first_web().patient()
    there = here.at(house.web())

    with here.stream() as events:
        events.next("message")
        there.say("Good morning", wait=0)

        assert events.next("message")[1]["text"] == "Good morning"
        assert events.next("message")[1]["text"] == "re: Good morning"


def test_a_takeover_and_what_staff_say_are_told(house: House, patient: Patient) -> None:
    patient.say(DANGER)
    with patient.stream() as events, house.db.write() as tx:
        record = escalations.open_of(tx, patient.conversation)
        assert record
        escalations.claim(tx, house.clinician, record.id)
        messages.staff_say(tx, conversations.load(tx, "demo", patient.conversation), house.clinician, "I am Ada.")

    with patient.stream() as events:
        held = events.next("handover")
        with house.db.write() as tx:
            conversations.hand_back(tx, house.clinician, patient.conversation)
        back = events.next("handover")

    assert (held[1], back[1]) == ({"held": True, "name": "Ada"}, {"held": False})
    assert patient.texts()[-1] == "staff: I am Ada."


def test_a_crisis_is_told_when_it_comes_and_again_to_who_connects_anew(house: House, patient: Patient) -> None:
    with patient.stream() as events:
        patient.say(DANGER, wait=0)
        first = events.next("crisis")[1]
        house.rasa.meaning = {"level": "emergency", "action": "page", "categories": ["self_harm"], "reasons": []}
        patient.say("and so it goes", wait=0)
        raised = events.next("crisis")[1]

    with patient.stream() as events:
        again = events.next("crisis")[1]

    assert (first["level"], raised["level"], again["level"]) == ("urgent", "emergency", "emergency")
    assert first["contacts"]
    assert first["text"]


def test_typing_is_told_while_rasa_is_asked(house: House, patient: Patient) -> None:
    house.rasa.seconds = 0.3
    with patient.stream() as events:
        patient.say("Good morning", wait=0)

        assert events.next("typing")[1] == {"typing": True}
        assert events.next("typing")[1] == {"typing": False}


def test_the_stream_ends_when_the_conversation_is_erased(patient: Patient) -> None:
    with patient.stream() as events:
        events.next("message")
        assert patient.web.client.delete("/api/v1/me", headers=patient.headers).status_code == 200

        with pytest.raises(StopIteration):
            events.next()

    assert patient.get("stream").status_code == 404


def test_the_stream_ends_with_its_token(house: House, patient: Patient) -> None:
    now = house.db.clock() - tokens.LIFE + timedelta(seconds=1.5)
    patient.token, _ = tokens.issue(house.db.keyring, clinic_id="demo", conversation_id=patient.conversation, now=now)

    with patient.stream() as events:
        kinds = [kind for kind, _, _ in iter(events.next, None)]

    assert kinds == ["message"]


def test_a_quiet_stream_has_a_heart(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.stream.HEARTBEAT_SECONDS", 0.2)
    headers = patient.headers | {"Last-Event-ID": str(patient.get("messages").json()["cursor"])}

    with patient.web.client.stream("GET", "/api/v1/stream", headers=headers, timeout=5) as response:
        assert next(response.iter_lines()).startswith(": ping")


def test_an_id_that_is_no_cursor_is_refused(patient: Patient) -> None:
    headers = patient.headers | {"Last-Event-ID": "abc"}

    assert patient.web.client.get("/api/v1/stream", headers=headers).status_code == 422


def test_no_level_logs_what_a_stream_carries(patient: Patient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with patient.stream() as events:
        patient.say("the canary sings")
        while events.next("message")[1]["text"] != "re: the canary sings":
            pass

    assert "canary" not in caplog.text


def test_twenty_streams_at_once(web: Web) -> None:
    patients = [web.patient() for _ in range(20)]

    def listen(patient: Patient) -> str:
        with patient.stream(last=str(patient.started["cursor"])) as events:
            patient.say(f"I am {patient.conversation}", wait=0)
            return str(events.next("message")[1]["text"])

    with ThreadPoolExecutor(20) as some:
        heard = list(some.map(listen, patients))

    assert heard == [f"I am {patient.conversation}" for patient in patients]
