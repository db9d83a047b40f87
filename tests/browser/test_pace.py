"""Bubbles at a readable pace: one after the other, unless the patient, a person or danger says otherwise."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.dialogue import HELLO, Dialogue, choices
from tests.browser.phone import Phone

pytestmark = pytest.mark.browser

FIRST = "First, one thing to read in peace. " * 3
QUESTION = choices("And now a question?", "Yes please", "No thanks")


@pytest.fixture
def paused(open_phone: Callable[..., Phone], dialogue: Dialogue) -> Phone:
    """A phone whose clock stands still; the next turn has two bubbles."""
    phone = open_phone()
    phone.open()
    dialogue.will_say_together({"text": FIRST}, QUESTION)
    phone.page.clock.install()
    phone.page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=1))
    return phone


def test_the_second_bubble_and_its_answers_come_once_the_first_was_read(paused: Phone) -> None:
    paused.say("hello")
    expect(paused.bot.last).to_have_text(FIRST)
    expect(paused.page.locator("#typing")).to_be_visible()
    expect(paused.button("Yes please")).to_have_count(0)

    paused.page.clock.run_for(3_000)

    paused.hears(QUESTION["text"])
    expect(paused.button("Yes please")).to_be_visible()
    expect(paused.page.locator("#typing")).to_be_hidden()


def test_whoever_writes_on_sees_all_at_once(paused: Phone) -> None:
    paused.say("hello")
    expect(paused.bot.last).to_have_text(FIRST)

    paused.say("go on")

    expect(paused.bot).to_contain_text([HELLO["text"], FIRST.strip(), QUESTION["text"]])


def test_it_can_be_switched_off_and_stays_so(paused: Phone) -> None:
    paused.page.locator("#comfort summary").click()
    switch = paused.page.locator("#pace")
    expect(switch).to_have_attribute("aria-pressed", "true")
    switch.click()
    paused.page.keyboard.press("Escape")

    paused.say("hello")

    paused.hears(QUESTION["text"])
    assert paused.storage()["between.pace"] == '"no"'


def test_in_danger_nothing_waits(paused: Phone) -> None:
    paused.say("i want to kill myself")

    expect(paused.page.locator("#crisis")).to_be_visible()
    paused.hears(QUESTION["text"])
