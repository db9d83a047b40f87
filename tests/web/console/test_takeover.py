"""A member talks to the patient: who it is stands in the chat, the bot is mute, and what the screen finds is shown."""

import html
import re
from uuid import uuid4

import httpx
import pytest

from bot.store import conversations, members, messages
from bot.store.rows import Message
from bot.web import tokens
from bot.web.words import words
from tests.content.reading_grade import grade
from tests.web.console.conftest import Staff
from tests.web.console.test_live import following
from tests.web.console.ward import Case, Ward


def path(case: Case) -> str:
    return f"/console/conversations/{case.conversation.id}"


def said(ward: Ward, case: Case) -> list[Message]:
    """What the patient sees."""
    with ward.db.read() as tx:
        return messages.after(tx, case.conversation.id, 0)


def holder(ward: Ward, case: Case) -> str | None:
    with ward.db.read() as tx:
        return conversations.load(tx, "demo", case.conversation.id).holder


def test_joining_tells_the_patient_who_it_is_and_that_it_is_a_person(ward: Ward, ada: Staff) -> None:
    with ward.db.write() as tx:
        members.set_title(tx, ward.ada.id, "nurse")
    case = ward.emergency()
    offered = html.unescape(ada.get(case.path).text)

    answer = ada.post(f"{path(case)}/join")

    assert f'action="{path(case)}/join"' in offered
    assert answer.headers["location"] == f"{path(case)}?done=joined#reply"
    last = said(ward, case)[-1]
    assert last.public()["from"] == "staff"
    assert last.name == "Ada, nurse"
    assert last.text == (
        "Hello, I am Ada, nurse at Riverside Clinic. I am a person, not the computer program. "
        "I have read what you wrote here."
    )
    assert holder(ward, case) == case.escalation.claimed_by == ward.ada.id


def test_before_joining_the_page_shows_what_the_patient_will_read(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()

    page = ada.get(path(case)).text

    assert "Hello, I am Ada at Riverside Clinic. I am a person" in page
    assert "data-reply" not in page


def test_what_is_sent_twice_is_said_once(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()
    ada.post(f"{path(case)}/join")
    form = {"text": "Are you safe <now>?", "once": uuid4().hex}

    answers = [ada.post(f"{path(case)}/say", data=form) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert [message.text for message in said(ward, case)].count("Are you safe <now>?") == 1
    assert "Are you safe &lt;now&gt;?" in ada.get(path(case)).text


def test_other_words_in_a_form_that_was_sent_are_kept_and_not_lost(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()
    ada.post(f"{path(case)}/join")
    once = uuid4().hex
    ada.post(f"{path(case)}/say", data={"text": "one", "once": once})

    answer = ada.post(f"{path(case)}/say", data={"text": "two", "once": once})

    assert answer.status_code == 409
    assert "This form was sent before, with other words." in answer.text
    assert ">two</textarea>" in answer.text


@pytest.mark.parametrize(("text", "words"), [(" ", "Write something first."), ("a" * 4001, "at most 4000 characters")])
def test_what_cannot_be_sent_says_why(ward: Ward, ada: Staff, text: str, words: str) -> None:
    case = ward.emergency()
    ada.post(f"{path(case)}/join")

    answer = ada.post(f"{path(case)}/say", data={"text": text})

    assert answer.status_code == 422
    assert words in answer.text


def test_a_colleague_reads_along_and_cannot_speak(ward: Ward, ada: Staff, ben: Staff) -> None:
    case = ward.emergency()
    ada.post(f"{path(case)}/join")

    joined = ben.post(f"{path(case)}/join")
    spoken = ben.post(f"{path(case)}/say", data={"text": "me too", "once": uuid4().hex})

    assert (joined.status_code, spoken.status_code) == (409, 409)
    assert "Ada Nowak is in this chat." in spoken.text
    assert ">me too</textarea>" in spoken.text
    assert "data-reply" not in ben.get(path(case)).text
    assert "Ada Nowak is in this chat." in ben.get(case.path).text
    assert "me too" not in [message.text for message in said(ward, case)]


def test_giving_it_back_is_told_and_lets_the_bot_answer(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()
    ada.post(f"{path(case)}/join")

    answer = ada.post(f"{path(case)}/leave")

    assert answer.headers["location"] == f"{path(case)}?done=left#reply"
    assert said(ward, case)[-1].text.startswith("I am leaving the chat now. The reflection helper, a computer program,")
    assert holder(ward, case) is None
    assert ada.post(f"{path(case)}/say", data={"text": "still me"}).status_code == 409


def test_giving_it_back_for_somebody_names_both(ward: Ward, ada: Staff, ben: Staff) -> None:
    case = ward.emergency()
    ada.post(f"{path(case)}/join")

    ben.post(f"{path(case)}/leave")

    assert said(ward, case)[-1].text.startswith("This is Ben. Ada is no longer in this chat.")
    assert said(ward, case)[-1].name == "Ben"


def test_a_ready_made_reply_stands_in_the_box_and_is_not_sent(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()
    ada.post(f"{path(case)}/join")
    before = len(said(ward, case))

    page = ada.get(f"{path(case)}?ready=emergency").text

    assert "Please call 999 or 112 now. I stay here in the chat while you do.</textarea>" in page
    assert len(said(ward, case)) == before


def test_what_the_screen_finds_during_a_takeover_comes_to_the_holder_at_once(ward: Ward, ada: Staff) -> None:
    case = ward.case()
    case.say("hello")
    ada.post(f"{path(case)}/join")
    with following(ada, f"{path(case)}/stream") as events:
        first = events.next("board")[1]
        case.say("i have taken them all", "emergency", "overdose_poisoning", phrase="taken them all")
        told = events.next("board")[1]

    assert first["say"] == ""
    assert told["say"] == (
        "The screen found something. Emergency: Overdose or poisoning. The patient wrote: i have taken them all"
    )
    assert "<mark>taken them all</mark>" in told["html"]
    assert "level-emergency" in told["html"]
    assert "Overdose or poisoning" in told["html"]


def patient_texts() -> list[str]:
    wording = words("en", "takeover")
    return [str(wording[name]) for name in ("joined", "left", "left_for")] + [
        str(one["text"]) for one in wording["ready"].values()
    ]


@pytest.mark.parametrize("text", patient_texts())
def test_what_a_patient_reads_is_short_plain_and_one_question(text: str) -> None:
    assert text.count("?") <= 1
    assert len(text.split()) <= 45
    assert max(len(sentence.split()) for sentence in re.split(r"(?<=[.!?]) ", text)) <= 20
    assert grade(text) < 7 or len(text.split()) < 12


def test_the_queue_shows_who_holds_a_chat_and_how_long_the_patient_waits(ward: Ward, ada: Staff, ben: Staff) -> None:
    case = ward.case()
    case.say("hello")
    ada.post(f"{path(case)}/join")
    answered = ben.get("/console").text
    with following(ben, "/console/queue/stream") as events:
        events.next("board")
        ward.clock.at(minutes=9)
        case.say("are you there?")
        ward.clock.at()
        told = events.next("board")[1]

    assert "Nothing waits for an answer." in answered
    assert "The patient has waited" in told["html"]
    assert "Ada Nowak is in this chat." in told["html"]
    assert "The patient wrote in" in told["say"]


def test_staff_see_that_the_patient_writes_and_what_they_have_read(ward: Ward, ada: Staff, served: str) -> None:
    case = ward.emergency()
    ada.post(f"{path(case)}/join")
    token, _ = tokens.issue(
        ward.db.keyring, clinic_id="demo", conversation_id=case.conversation.id, now=ward.clock()
    )  # fmt: skip
    patient = httpx.Client(base_url=served, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
    with following(ada, f"{path(case)}/stream") as events, patient:
        first = events.next("board")[1]["html"]
        assert patient.post("/api/v1/signs", json={"writing": True}).status_code == 204
        writing = events.next("board")[1]["html"]
        assert patient.post("/api/v1/signs", json={"read": said(ward, case)[-1].id}).status_code == 204
        seen = [events.next("board")[1]["html"] for _ in range(2)]

    assert "Not yet on the patient&#39;s screen." in first
    assert "The patient is writing" in writing
    assert "On the patient&#39;s screen since" in seen[-1]
