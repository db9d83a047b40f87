"""Script injection in the console: whatever a patient or a colleague writes, staff see words."""

import re
from uuid import uuid4

import pytest

from bot.store import closing, escalations, members
from tests.hostile import ALL_IN_ONE, PAYLOADS, PLAIN, dangers, outline
from tests.web.console.conftest import Staff
from tests.web.console.ward import Case, Ward

FACTS = ("preferred_name", "med_word", "age_band", "patient_status", "contact", "safe_contact", "usual_times", "people")


def told(ward: Ward, word: str) -> Case:
    """A patient in danger who writes this word wherever patients can write, to staff who do the same."""
    case = ward.case()
    case.bot(word, choices=[{"id": "one", "title": word}])
    case.say(word)
    case.say("i want to kill myself", "emergency", "suicidal_ideation", phrase="kill myself")
    case.answer("Q1", word, "yes", level="emergency")
    case.tell("check_in", uuid4().hex, pull=7, anxiety=3, wish=(word, word))
    case.tell("reflection", uuid4().hex, moment=(word, word))
    case.tell("plan", uuid4().hex, ways=(word, word))
    case.note(word)
    case.know(**dict.fromkeys(FACTS, word))
    with ward.db.write() as tx:
        escalations.claim(tx, ward.ada, case.escalation.id)
        escalations.add_note(tx, ward.ada, case.escalation.id, word)
    return case


def pages(ward: Ward, ada: Staff, case: Case) -> dict[str, str]:
    conversation = f"/console/conversations/{case.conversation.id}"
    paths = ("/console", case.path, conversation, f"{conversation}/summary", "/console/duty", "/console/closed")
    found = {path.replace(case.escalation.id, "").replace(case.conversation.id, ""): ada.get(path) for path in paths}
    assert {answer.status_code for answer in found.values()} == {200}
    return {path: answer.text for path, answer in found.items()}


def test_no_words_of_anybody_change_what_a_page_is_made_of(ward: Ward, ada: Staff) -> None:
    made = []
    for word in (re.sub(r"\S", "x", ALL_IN_ONE), ALL_IN_ONE):
        case = told(ward, word)
        made.append(pages(ward, ada, case))
        with ward.db.write() as tx:
            seen = case.escalation.last_signal_seq
            closing.close(tx, ward.ada, case.escalation.id, outcome="C1", note="done", last_signal_seq=seen)

    plain, hostile = made
    assert "&lt;script&gt;window.pwned" in hostile["/console/escalations/"], "what was written is shown"
    for path in plain:
        assert dangers(hostile[path]) == []
        if path != "/console/closed":  # It has one more record now.
            assert outline(hostile[path]) == outline(plain[path]), path


@pytest.mark.parametrize("path", ["/console", "/console/login", "/console/search", "/console/nothing", "/console/duty"])
def test_nothing_in_an_address_does(ada: Staff, path: str) -> None:
    names = ("done", "before", "next", "words", "category", "since", "until", "weeks", "day")
    plain = ada.get(path, params=dict.fromkeys(names, PLAIN)).text

    for payload in PAYLOADS[::5]:
        hostile = ada.get(path, params=dict.fromkeys(names, payload)).text
        assert outline(hostile) == outline(plain)
        assert dangers(hostile) == []


def test_nothing_that_is_searched_for_or_typed_at_the_login_does(ada: Staff, stranger: Staff) -> None:
    for payload in (*PAYLOADS[::11], ALL_IN_ONE[:400]):
        asked = {"words": payload, "category": payload, "since": payload, "until": payload}
        plain = ada.post("/console/search", data=dict.fromkeys(asked, PLAIN)).text
        assert outline(ada.post("/console/search", data=asked).text) == outline(plain)
    typed = {"email": PAYLOADS[0], "password": PAYLOADS[0], "next": PAYLOADS[0]}
    answer = stranger.post("/console/login", data=typed)
    assert dangers(answer.text) == []
    assert "<script>window.pwned" not in answer.text


def test_a_members_own_name_is_words_too(ward: Ward, ada: Staff) -> None:
    with ward.db.write() as tx:
        members.create(tx, "demo", "eve@demo.example", PAYLOADS[1], "clinician", "a long enough password")

    page = ada.get("/console/duty").text

    assert dangers(page) == []
    assert PAYLOADS[1] not in page
