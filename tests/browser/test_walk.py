"""A walk through every state of the chat on a phone of 320 px, with what a screen reader would say printed."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from bot.store import messages
from tests.browser.claims import Walk
from tests.browser.dialogue import Dialogue, choices, scale
from tests.browser.phone import Phone
from tests.web.api.houses import House

pytestmark = pytest.mark.browser

FEWEST_CLAIMS = 120
SEVERAL = choices("Which fit?", "At night", "At work", "None of these", multiple=True)


def walk_through(phone: Phone, dialogue: Dialogue, house: House) -> Walk:
    """From the greeting to a crisis and a person, each state once."""
    walk = Walk(phone)
    walk.here("greeted")
    dialogue.will_say(choices("Is it safe to chat now?", "Safe", "Not safe"), scale("How strong?", "Skip"), SEVERAL)
    dialogue.will_say({"text": "Which day?", "date": True, "state": "T1"}, {"text": "Thank you."})
    phone.say("hello")
    phone.hears("Is it safe to chat now?")
    walk.here("asked with buttons")
    phone.button("Safe").click()
    phone.hears("How strong?")
    walk.here("asked with a scale")
    phone.button("Send this answer").click()
    walk.here("asked with a scale, nothing picked")
    phone.page.get_by_role("radio").nth(7).check()
    phone.button("Send this answer").click()
    phone.hears("Which fit?")
    walk.here("asked to pick several")
    phone.page.get_by_label("At work").check()
    phone.button("Send this answer").click()
    phone.hears("Which day?")
    walk.here("asked for a day")
    phone.page.get_by_label("Pick a day").fill("2026-11-20")
    phone.button("Send this answer").click()
    phone.hears("Thank you.")
    phone.button("Take back").click()
    expect(phone.button("Go back one question")).to_be_visible()
    walk.here("a tap taken back")
    phone.page.locator("#help summary").click()
    walk.here("the numbers open")
    phone.page.locator("#comfort summary").click()
    walk.here("comfort open", has_keys=False)
    phone.page.get_by_role("radio", name="Larger").check()
    walk.here("larger text")
    house.take_over(phone.conversation)
    expect(phone.log).to_contain_text("Ada from the team is here now.")
    with house.db.write() as tx:
        messages.staff_say(tx, house.conversation(phone.conversation), house.clinician, "I am here with you.")
    expect(phone.page.locator('[data-from="staff"] .text')).to_have_text("I am here with you.")
    walk.here("held by a person")
    phone.page.context.set_offline(True)
    phone.say("can you hear me")
    expect(phone.button("Try again").first).to_be_visible()
    walk.here("without network")
    phone.page.context.set_offline(False)
    expect(phone.page.get_by_text("Not sent yet. It is kept here.")).to_have_count(0)
    phone.say("i want to kill myself")
    expect(phone.page.locator("#crisis")).to_be_visible()
    walk.here("in danger")
    return walk


def test_every_claim_holds_in_every_state(open_phone: Callable[..., Phone], dialogue: Dialogue, house: House) -> None:
    phone = open_phone(width=320, height=568)
    phone.open()

    walk = walk_through(phone, dialogue, house)
    phone.page.goto(phone.site + "/me?clinic=demo")
    expect(phone.page.locator("#mine")).to_be_visible()
    walk.here("own pages")
    phone.page.goto(phone.site + "/help-now?clinic=demo")
    walk.here("the plain page", has_keys=False)

    assert walk.broken == []
    assert len(set(walk.claimed)) == len(walk.claimed) >= FEWEST_CLAIMS
    print("\n".join(walk.heard))  # `pytest -s` shows it.
