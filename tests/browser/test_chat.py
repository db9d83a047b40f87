"""The conversation on the chat page, as a patient has it."""

import pytest
from playwright.sync_api import expect

from bot.store import messages
from tests.browser.dialogue import Dialogue, choices, scale
from tests.browser.phone import Phone
from tests.waiting import wait_until
from tests.web.api.houses import House

pytestmark = pytest.mark.browser


def test_a_patient_is_greeted_and_answered(phone: Phone, dialogue: Dialogue) -> None:
    dialogue.will_say({"text": "I hear you."})

    phone.say("i cannot sleep")

    phone.hears("I hear you.")
    assert phone.mine.all_text_contents() == ["i cannot sleep"]
    assert dialogue.texts == ["i cannot sleep"]


def test_a_choice_is_answered_with_one_tap(phone: Phone, dialogue: Dialogue) -> None:
    dialogue.will_say(choices("Is it safe to chat?", "Safe", "Not safe"), {"text": "Good."})
    phone.say("hello")

    phone.button("Safe").click()

    phone.hears("Good.")
    assert dialogue.answers == [{"choice": "safe"}]
    assert phone.mine.last.text_content() == "Safe"


def test_the_choices_of_an_older_question_stay_readable_and_cannot_be_tapped(phone: Phone, dialogue: Dialogue) -> None:
    dialogue.will_say(choices("First?", "Red", "Blue"), choices("Second?", "Round", "Square"))
    phone.say("hello")
    phone.button("Red").click()
    phone.hears("Second?")

    offered = phone.page.locator(".offered").first

    expect(offered).to_have_text("Offered: Red · Blue")
    expect(phone.button("Blue")).to_have_count(0)


def test_who_talks_to_a_patient_sees_that_they_write_and_what_they_have_read(
    phone: Phone, dialogue: Dialogue, house: House
) -> None:
    phone.say("hello")
    phone.hears("I have read that.")
    house.take_over(phone.conversation)
    with house.db.write() as tx:
        messages.staff_say(tx, house.conversation(phone.conversation), house.clinician, "I am here.")
    expect(phone.page.locator('[data-from="staff"] .text')).to_have_text("I am here.")

    phone.field.press_sequentially("so")

    writing = house.first_web().app.state.door.writing
    wait_until(lambda: writing.is_on(phone.conversation))
    wait_until(lambda: house.transcript(phone.conversation)[-1].read_at is not None)


def test_several_choices_are_ticked_and_sent_together(phone: Phone, dialogue: Dialogue) -> None:
    dialogue.will_say(choices("Which fit?", "At night", "At work", "None of these", multiple=True), {"text": "Thanks."})
    phone.say("hello")

    phone.page.get_by_label("At night").check()
    phone.page.get_by_label("At work").check()
    phone.button("Send this answer").click()

    phone.hears("Thanks.")
    assert dialogue.answers == [{"choices": ["at_night", "at_work"]}]
    assert phone.mine.last.text_content() == "At night, At work"


def test_none_of_these_takes_the_other_ticks_away(phone: Phone, dialogue: Dialogue) -> None:
    none = {"id": "none", "title": "None of these"}
    question = choices("Which fit?", "At night", "At work", multiple=True)
    dialogue.will_say({**question, "choices": [*question["choices"], none]}, {"text": "Thanks."})
    phone.say("hello")
    phone.page.get_by_label("At night").check()

    phone.page.get_by_label("None of these").check()
    expect(phone.page.get_by_label("At night")).not_to_be_checked()
    phone.button("Send this answer").click()

    phone.hears("Thanks.")
    assert dialogue.answers == [{"choices": ["none"]}]


def test_several_choices_can_be_skipped_with_one_tap(phone: Phone, dialogue: Dialogue) -> None:
    dialogue.will_say(choices("Which fit?", "At night", "Skip", multiple=True), {"text": "Thanks."})
    phone.say("hello")

    phone.button("Skip").click()

    phone.hears("Thanks.")
    assert dialogue.answers == [{"choices": ["skip"]}]


def test_sending_no_choice_says_what_to_do(phone: Phone, dialogue: Dialogue) -> None:
    dialogue.will_say(choices("Which fit?", "At night", "At work", multiple=True))
    phone.say("hello")

    phone.button("Send this answer").click()

    expect(phone.page.get_by_role("alert")).to_have_text("Pick at least one first, or write in your own words.")


@pytest.mark.parametrize(("highest", "picked"), [(10, 0), (10, 10), (12, 12)])
def test_a_scale_is_a_group_of_radio_buttons_with_words_at_both_ends(
    phone: Phone, dialogue: Dialogue, highest: int, picked: int
) -> None:
    phone.page.set_viewport_size({"width": 320, "height": 568})
    dialogue.will_say(scale("How strong?", "Skip", high=highest), {"text": "Noted."})
    phone.say("hello")
    steps = phone.page.get_by_role("group", name="How strong?").get_by_role("radio")
    expect(steps).to_have_count(highest + 1)
    expect(phone.page.get_by_role("radio", name="0: none")).to_have_count(1)
    expect(phone.page.get_by_role("radio", name=f"{highest}: very strong")).to_have_count(1)
    rows = steps.evaluate_all("all => all.map(one => Math.round(one.getBoundingClientRect().top))")
    assert len(set(rows)) == 2, "two rows on a small phone"

    steps.nth(picked).check()
    phone.button("Send this answer").click()

    phone.hears("Noted.")
    assert dialogue.answers == [{"value": picked}]


def test_a_scale_can_be_skipped_or_answered_in_words(phone: Phone, dialogue: Dialogue) -> None:
    dialogue.will_say(scale("How strong?", "Skip"), scale("How strong?", "Skip"), {"text": "Noted."})
    phone.say("hello")
    phone.say("it comes and goes")
    phone.button("Skip").click()

    phone.hears("Noted.")
    assert dialogue.answers == [{"choice": "skip"}]


def test_a_day_is_a_native_field(phone: Phone, dialogue: Dialogue) -> None:
    dialogue.will_say({"text": "Which day?", "date": True, "state": "T1"}, {"text": "Noted."})
    phone.say("hello")

    phone.page.get_by_label("Pick a day").fill("2026-11-20")
    phone.button("Send this answer").click()

    phone.hears("Noted.")
    assert dialogue.answers == [{"date": "2026-11-20"}]


def test_an_answer_that_is_open_no_more_is_explained_and_the_open_ones_are_shown(
    phone: Phone, dialogue: Dialogue, house: House
) -> None:
    dialogue.will_say(choices("First?", "Red", "Blue"))
    phone.say("hello")
    expect(phone.button("Red")).to_be_visible()
    phone.page.route("**/api/v1/stream", lambda route: route.abort())
    phone.page.route(
        "**/api/v1/messages",
        lambda route: route.fulfill(
            status=409,
            content_type="application/problem+json",
            json={"status": 409, "open": [{"id": "round", "title": "Round"}], "crisis_contacts": []},
        ),
    )

    phone.button("Red").click()

    expect(phone.page.locator("#notice")).to_contain_text("not open any more")
    expect(phone.button("Round")).to_be_visible()
    expect(phone.mine).to_have_text(["hello"])


@pytest.mark.parametrize(
    "text",
    [
        "< 5 mg, i <3 you, 0.5_mg, ½ & \U0001f642",
        "<script>window.hacked = 1</script>",
        "<img src=x onerror='window.hacked = 1'>",
        "&lt;b&gt; {{7*7}} ${1} </textarea></script>",
        "  two  spaces\n\tand a tab  ",
        "عربي and עברית",
    ],
)
def test_words_are_shown_and_kept_as_they_were_written(
    phone: Phone, dialogue: Dialogue, house: House, text: str
) -> None:
    dialogue.will_say({"text": f"You said: {text}"})

    phone.field.fill(text)
    phone.button("Send").click()

    expect(phone.bot).to_have_count(2)
    assert phone.mine.last.evaluate("element => element.textContent") == text
    assert phone.bot.last.evaluate("element => element.textContent") == f"You said: {text}"
    assert dialogue.texts == [text]
    assert phone.page.evaluate("window.hacked") is None


def test_markup_in_a_choice_is_text_too(phone: Phone, dialogue: Dialogue) -> None:
    title = "<b onclick=alert(1)>5 mg</b>"
    dialogue.will_say({"text": "Which?", "choices": [{"id": "a", "title": title}], "state": "T1"}, {"text": "OK."})
    phone.say("hello")

    phone.button(title).click()

    phone.hears("OK.")
    assert phone.mine.last.text_content() == title


def test_shift_and_enter_starts_a_line_and_the_field_grows(phone: Phone, dialogue: Dialogue) -> None:
    before = phone.field.evaluate("element => element.clientHeight")

    phone.field.press_sequentially("one")
    phone.field.press("Shift+Enter")
    phone.field.press_sequentially("two")
    after = phone.field.evaluate("element => element.clientHeight")
    phone.field.press("Enter")

    phone.hears("I have read that.")
    assert after > before
    assert dialogue.texts == ["one\ntwo"]


def test_what_is_too_long_is_kept_and_explained(phone: Phone, dialogue: Dialogue) -> None:
    letter = "\U0001f642" * 16_001

    phone.say(letter)

    expect(phone.page.locator("#length")).to_have_text(
        "This has 16,001 characters. The chat takes up to 16,000 at once. You can send it in two parts."
    )
    assert phone.field.input_value() == letter
    assert dialogue.texts == []


def test_as_much_as_is_allowed_is_sent_whole(phone: Phone, dialogue: Dialogue) -> None:
    letter = "\U0001f642" * 16_000

    phone.say(letter)

    phone.hears("I have read that.")
    assert dialogue.texts == [letter]


def test_a_person_who_joins_is_named(phone: Phone, house: House) -> None:
    conversation = phone.conversation
    house.take_over(conversation)
    with house.db.write() as tx:
        messages.staff_say(tx, house.conversation(conversation), house.clinician, "Hello, I am Ada.")

    expect(phone.page.locator('[data-from="staff"]')).to_contain_text("Hello, I am Ada.")
    expect(phone.page.locator('[data-from="staff"] .name')).to_contain_text("Ada")
    expect(phone.log).to_contain_text("The reflection helper is quiet.")
