"""The record shows what 7.1 of the clinical content asks for, in the person's own words, and hides no doubt."""

import html
import re

import pytest

from bot.store import erasure
from bot.web.console.reaching import number_in
from tests.web.console.conftest import Staff
from tests.web.console.ward import Ward


def text_of(page: str) -> str:
    """The page as it is read: without marks, with spaces made one."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def marks(page: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(r"<mark>(.*?)</mark>", page, flags=re.DOTALL)]


def test_exactly_the_phrase_is_highlighted_in_the_exact_words(ward: Ward, ada: Staff) -> None:
    case = ward.case()
    written = "  I cant😀 go on.\n< 5 mg & I want to kill myself <b>tonight</b>"
    case.say(written, "emergency", "suicidal_ideation", phrase="kill myself")

    page = ada.get(case.path).text

    assert set(marks(page)) == {"kill myself"}
    quote = re.search(r'<blockquote class="words"[^>]*>(.*?)</blockquote>', page, flags=re.DOTALL)
    assert quote is not None
    assert html.unescape(re.sub(r"</?mark>", "", quote.group(1))) == written
    assert "<b>tonight" not in page


def test_the_messages_before_and_after_stand_around_it(ward: Ward, ada: Staff) -> None:
    case = ward.case()
    case.say("long before")
    case.bot("What is on your mind?")
    case.say("i want to kill myself", "emergency", "suicidal_ideation", phrase="kill myself")
    case.bot("I am telling the team now.")
    case.say("some time after")
    case.say("last of all")

    said = text_of(ada.get(case.path).text.split('id="said"')[1].split('id="reach"')[0])

    assert re.search(
        r"before · Bot .*What is on your mind\? .*i want to kill myself .*after · Bot .*I am telling", said
    )
    assert "long before" not in said
    assert "some time after" not in said
    assert re.search(r"The last thing they wrote .* ago .*last of all", said)


def test_the_persons_own_words_come_before_answers_to_questions(ward: Ward, ada: Staff) -> None:
    case = ward.case()
    case.say("i want to die", "urgent", "suicidal_ideation", phrase="want to die")
    case.answer("Q3", "Not sure", "not_sure", level="emergency")

    page = text_of(ada.get(case.path).text)

    assert page.index("i want to die") < page.index("Not sure")
    assert re.search(r"Do you feel you might act on these thoughts\? Not sure Emergency Q3", page)


def test_why_it_fired_names_level_category_layer_and_rule(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()

    why = text_of(ada.get(case.path).text.split('id="why"')[1].split('id="story"')[0])

    assert re.search(r"Emergency Suicidal thoughts, plans or acts .* A fixed phrase rule matched", why)
    assert "suicidal_ideation.test" in why
    assert "began the safety questions" in why


def test_a_finding_without_a_phrase_says_that_the_whole_message_was_flagged(ward: Ward, ada: Staff) -> None:
    case = ward.case()
    case.say("everyone would be better off", "urgent", "suicidal_ideation")

    page = ada.get(case.path).text

    assert "The whole message was flagged, not one phrase." in page
    assert marks(page) == []


def test_of_a_very_long_message_the_part_around_the_phrase_comes_first(ward: Ward, ada: Staff) -> None:
    case = ward.case()
    case.say("blue " * 1500 + "kill myself" + " grey" * 1500, "emergency", "suicidal_ideation", phrase="kill myself")

    page = ada.get(case.path).text
    first = re.search(r"<blockquote[^>]*>(.*?)</blockquote>", page, flags=re.DOTALL)

    assert first is not None
    assert len(first.group(1)) < 1000
    assert "<mark>kill myself</mark>" in first.group(1)
    assert "Show the whole message (15011 characters)" in page


def test_an_old_message_is_shown_though_thirty_newer_ones_came(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()
    for number in range(40):
        case.say(f"later message {number}.")

    page = ada.get(case.path).text

    assert "The last 30 messages" in page
    assert "i want to <mark>kill myself</mark> tonight" in page
    assert "later message 9." not in page
    assert "later message 10." in page


@pytest.mark.parametrize(
    ("rule", "words", "tap"),
    [
        (None, "Safe to call: not known.", "tel:07700900123"),
        ("call_and_message", "Call and message. Naming the clinic is fine.", "tel:07700900123"),
        ("call_only", "Call only. Leave no message.", "tel:07700900123"),
        ("text_no_name", "Text only. Do not name the clinic.", "sms:07700900123"),
        ("not_safe", "Not safe at all. Do not call, do not write.", ""),
    ],
)
def test_how_it_is_safe_to_reach_them_is_said_in_clear_words(
    ward: Ward, ada: Staff, rule: str | None, words: str, tap: str
) -> None:
    case = ward.emergency()
    case.know(contact="07700 900123", **({"safe_contact": rule} if rule else {}))

    page = ada.get(case.path).text

    assert words in text_of(page)
    assert re.findall(r'href="((?:tel|sms):[^"]*)"', page) == ([tap] if tap else [])
    assert "07700 900123" in page


def test_a_person_whom_nobody_can_call_is_told_as_one(ward: Ward, ada: Staff) -> None:
    page = text_of(ada.get(ward.emergency().path).text)

    assert "No contact is recorded. Nobody can call this person" in page
    assert "Name they chose not known" in page
    assert "Age not known" in page


def test_what_is_known_is_shown_in_words_also_what_nobody_has_worded(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()
    case.know(
        name="Mara",
        age_band="adult",
        cue_profile=["night", "crowds"],
        emergency_person="Iwona 07700 900456",
        some_new_fact="value of it",
        safe_time="after ten",
    )

    page = text_of(ada.get(case.path).text)

    for words in ("Mara", "18 or over", "night or bedtime, crowds or shops", "some new fact value of it", "after ten"):
        assert words in page
    assert 'href="tel:07700900456"' in ada.get(case.path).text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("07700 900123", "07700900123"),
        ("+44 (0)7700-900 123 after six", "+4407700900123"),
        ("mob: 07700.900.123", "07700900123"),
        ("ask at flat 12", ""),
        ("", ""),
    ],
)
def test_a_number_is_found_in_what_was_typed(text: str, number: str) -> None:
    assert number_in(text) == number


def test_after_erasure_the_record_stays_with_its_phrase(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()
    path = case.path
    case.say("a canary sentence")
    erasure.erase(ward.db, "demo", case.conversation.id, actor="patient")

    page = ada.get(path)

    assert page.status_code == 200
    assert "The message has been erased." in page.text
    assert marks(page.text) == ["kill myself"]
    assert "canary" not in page.text


def test_who_has_read_it_is_shown(ward: Ward, ada: Staff, ben: Staff) -> None:
    case = ward.emergency()
    ben.get(case.path)
    ben.get(case.path)
    ada.post(f"{case.path}/claim")

    history = text_of(ada.get(case.path).text.split('id="history"')[1])

    assert re.search(r"Ada Nowak · claimed it .* Ben Osei · read it \(2 times\)", history)


def test_an_unknown_category_or_rule_does_not_break_the_page(ward: Ward, ada: Staff) -> None:
    case = ward.case()
    case.say("something new", "urgent", "category_of_tomorrow")

    assert "category of tomorrow" in ada.get(case.path).text
    assert "category of tomorrow" in ada.get("/console").text


def test_the_conversation_shows_all_with_times_and_flags(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()
    case.bot("I am telling the team now.", choices=[{"id": "yes", "title": "Yes"}, {"id": "no", "title": "No"}])

    page = ada.get(f"/console/conversations/{case.conversation.id}").text

    assert marks(page) == ["kill myself"]
    assert "Offered: Yes / No" in page
    assert case.path in page
    assert re.search(
        r"Patient</strong> · <time [^>]*>\d\d:\d\d:\d\d</time> · <span class=\"level level-emergency\"", page
    )


def test_a_long_conversation_is_read_in_parts(ward: Ward, ada: Staff) -> None:
    case = ward.case()
    for number in range(205):
        case.say(f"message {number}.")

    newest = ada.get(f"/console/conversations/{case.conversation.id}").text
    earlier = re.search(r'href="(/console/conversations/[^"]*before=\d+)"', newest)

    assert "message 204." in newest
    assert "message 3." not in newest
    assert earlier is not None
    assert "message 3." in ada.get(earlier.group(1)).text
