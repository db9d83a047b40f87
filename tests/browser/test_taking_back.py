"""Taking back a mistaken tap or message, as the patient sees it."""

import pytest
from playwright.sync_api import expect

from tests.browser.dialogue import Dialogue, choices
from tests.browser.phone import Phone
from tests.web.api.houses import House

pytestmark = pytest.mark.browser

TAKEN_BACK = "You took this back. Your team can still see it."


def test_a_message_is_taken_back_and_stays_so_after_a_reload(phone: Phone, house: House) -> None:
    phone.say("this was for somebody else")
    phone.hears("I have read that.")

    phone.button("Take back").click()

    expect(phone.mine).to_have_text([TAKEN_BACK])
    expect(phone.page.locator("#spoken")).to_have_text(TAKEN_BACK)
    expect(phone.field).to_be_focused()
    phone.page.reload()
    expect(phone.mine).to_have_text([TAKEN_BACK])
    expect(phone.button("Take back")).to_have_count(0)
    assert "this was for somebody else" in [one.text for one in house.transcript(phone.conversation)]


def test_after_a_mistaken_tap_its_question_can_be_asked_for_again(phone: Phone, dialogue: Dialogue) -> None:
    dialogue.will_say(choices("Is it safe?", "Safe", "Not safe"), {"text": "Good."})
    phone.say("hello")
    phone.hears("Is it safe?")
    phone.button("Safe").click()
    phone.hears("Good.")

    phone.button("Take back").click()
    expect(phone.button("Go back one question")).to_be_focused()
    phone.page.keyboard.press("Enter")

    expect(phone.mine).to_have_text(["hello", TAKEN_BACK, "Go back one question"])
    phone.hears("I have read that.")
    assert dialogue.texts[-1] == "Go back one question"


def test_only_the_newest_message_offers_it(phone: Phone) -> None:
    phone.say("one")
    phone.hears("I have read that.")
    phone.say("two")

    expect(phone.bot).to_have_count(3)
    expect(phone.button("Take back")).to_have_count(1)
    expect(phone.page.locator('[data-from="patient"]').last).to_contain_text("Take back")


def test_without_network_it_says_so_and_can_be_tried_again(phone: Phone) -> None:
    phone.say("one")
    phone.hears("I have read that.")
    phone.page.route("**/take-back", lambda route: route.abort())

    phone.button("Take back").click()

    expect(phone.page.locator("#notice")).to_contain_text("That did not work.")
    phone.page.unroute("**/take-back")
    phone.button("Take back").click()
    expect(phone.mine).to_have_text([TAKEN_BACK])
    expect(phone.page.locator("#notice")).to_be_hidden()


def test_the_card_for_danger_stays(phone: Phone) -> None:
    phone.say("i want to kill myself")
    card = phone.page.get_by_role("region", name="Help for you now")
    expect(card).to_be_visible()

    phone.button("Take back").click()

    expect(phone.mine).to_have_text([TAKEN_BACK])
    expect(card).to_be_visible()
