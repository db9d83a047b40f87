"""Sending and reading messages: kept exactly, stored once, answered once, in order."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from tests.web.api.houses import House, Patient, Web


def test_a_message_is_stored_and_answered(patient: Patient) -> None:
    answer = patient.say("Hello there")

    assert answer["message"]["text"] == "Hello there"
    assert [reply["text"] for reply in answer["replies"]] == ["re: Hello there"]
    assert answer["crisis"] is None
    assert patient.texts() == ["bot: re: hello", "patient: Hello there", "bot: re: Hello there"]


def test_without_the_wish_to_wait_the_answer_comes_before_the_replies(house: House, patient: Patient) -> None:
    house.rasa.seconds = 1.0

    answer = patient.say("Hello there", wait=0)

    assert answer["replies"] == []
    assert [one.text for one in house.transcript(patient.conversation)] == ["re: hello", "Hello there"]


@pytest.mark.parametrize(
    "text",
    [
        "< 5 mg & ½ of it",
        "😟 tak, źle śpię",
        "  spaces around  ",
        "line\r\nline\n\ttab",
        "nul\x00inside",
        "/restart",
        '/risk_disclosure{"a":1}',
        '  /answer{"answer":"yes"}',
        "\u202eright to left",
        "e\u0301 is not é",
        "x" * 16_000,
        "😟" * 16_000,
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_a_text_is_kept_as_it_was_typed_and_is_never_a_command(house: House, patient: Patient, text: str) -> None:
    answer = patient.say(text)

    asked = house.rasa.asked[-1]
    assert answer["message"]["text"] == text
    assert house.transcript(patient.conversation)[1].text == text
    assert (asked["text"], asked["open"], asked["answer"]) == (text, False, None)


def test_the_same_message_five_times_at_once_is_one_message_with_one_reply(house: House, patient: Patient) -> None:
    client_id = str(uuid4())

    with ThreadPoolExecutor(5) as some:
        answers = list(some.map(lambda _: patient.post(text="I feel low", client_id=client_id), range(5)))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    assert len({answer.text for answer in answers}) == 1
    assert patient.texts() == ["bot: re: hello", "patient: I feel low", "bot: re: I feel low"]
    assert house.rasa.texts() == ["I feel low"]


def test_the_same_message_later_gives_the_same_answer(patient: Patient) -> None:
    client_id = str(uuid4())
    first = patient.post(text="I want to kill myself", client_id=client_id)
    patient.say("Something else")

    again = patient.post(text="I want to kill myself", client_id=client_id)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert first.json()["crisis"]["level"] in ("emergency", "urgent")


def test_a_client_id_with_another_body_is_refused(house: House, patient: Patient) -> None:
    client_id = str(uuid4())
    patient.say("one", client_id=client_id)

    answer = patient.post(text="two", client_id=client_id)

    assert answer.status_code == 409
    assert answer.json()["crisis_contacts"]
    assert len(house.transcript(patient.conversation)) == 3


def test_ten_messages_at_once_over_two_processes_are_answered_once_each_and_in_order(house: House) -> None:
    house.rasa.seconds = 0.05
    one, two = house.web(), house.web()
    here = one.patient()
    there = here.at(two)

    with ThreadPoolExecutor(10) as some:
        list(some.map(lambda number: (here, there)[number % 2].say(f"text {number}", wait=10), range(10)))

    told = house.transcript(here.conversation)
    said = [message.text for message in told if message.sender == "patient"]
    assert len(said) == 10
    assert house.rasa.texts()[1:] == said
    assert [one.text for one in told if one.sender == "bot"][1:] == [f"re: {text}" for text in said]
    assert not any(one.hidden for one in told)


def test_what_is_new_is_read_from_a_cursor(patient: Patient) -> None:
    first = patient.get("messages").json()
    patient.say("Hello there")

    news = patient.get("messages", after=first["cursor"]).json()

    assert [one["text"] for one in news["messages"]] == ["Hello there", "re: Hello there"]
    assert patient.get("messages", after=news["cursor"]).json() == {"messages": [], "cursor": news["cursor"]}


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9" * 30, "١"])
def test_a_cursor_that_is_none_is_refused(patient: Patient, after: str) -> None:
    assert patient.get("messages", after=after).status_code == 422


def test_a_patient_reads_no_conversation_but_her_own(web: Web, patient: Patient) -> None:
    patient.say("only mine")
    outsider = web.patient(clinic="other")

    assert outsider.texts() == ["bot: re: hello"]
    assert "only mine" not in outsider.get("me/export").text


def test_the_dialogue_is_told_what_it_needs(house: House, web: Web) -> None:
    patient = web.patient()
    house.consent(patient.conversation, "given")
    patient.say("I want to kill myself")

    opening, asked = (body["metadata"] for body in house.rasa.asked)
    assert (opening["resumed"], opening["away_minutes"], opening["consent"]) == (False, 0, "unasked")
    assert asked["consent"] == "given"
    assert asked["message_id"] == house.rasa.asked[-1]["message_id"]
    assert asked["assessment"]["action"] == "page"
    assert asked["assessment"]["categories"] == asked["open_escalation"]["categories"]
    assert asked["clinic"]["emergency_number"] == "999 or 112"
    assert asked["clinic"]["crisis_line"] == "Samaritans (116 123)"
    assert asked["clinic"]["team_told"] == "I am telling the team now."
