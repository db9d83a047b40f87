"""Script injection where it would run: every voice of the conversation says it, and nothing happens."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from bot.store import answers, clinics, messages
from tests.browser.dialogue import Dialogue, choices
from tests.browser.phone import Phone
from tests.hostile import PAYLOADS
from tests.web.api.houses import House

pytestmark = pytest.mark.browser

WORD = " ".join(PAYLOADS)
SHORT = PAYLOADS[1] + PAYLOADS[12]  # Where a long one would fill the screen.


def test_whatever_is_said_is_shown_as_words_and_nothing_runs(
    open_phone: Callable[..., Phone], dialogue: Dialogue, house: House
) -> None:
    own = {"role": "crisis", "name": SHORT, "number": "116 123", "tel": "116123", "hours": SHORT}
    with house.db.write() as tx:
        clinics.change(tx, "demo", name=SHORT, contacts=(own,))
    phone = open_phone()
    phone.open()
    dialogue.will_say(choices(SHORT, SHORT, "Other"), choices(SHORT, SHORT, multiple=True))
    phone.say(WORD)
    phone.hears(SHORT)
    phone.page.locator("#answers button").first.click()
    expect(phone.page.locator("#answers input")).to_have_count(1)
    phone.say("i want to kill myself")
    expect(phone.page.locator("#crisis")).to_be_visible()
    house.take_over(phone.conversation)
    with house.db.write() as tx:
        said = messages.staff_say(tx, house.conversation(phone.conversation), house.clinician, WORD)
        own_words = messages.transcript(tx, phone.conversation)[1]
        place = {"conversation_id": phone.conversation, "message_id": own_words.id, "session": "s"}
        for kind, step in (("note", "note"), ("plan", "ways"), ("check_in", "wish")):
            answers.save(tx, **place, dialogue=kind, step=step, wording=WORD, value=WORD, text=WORD)
    expect(phone.page.locator('[data-from="staff"] .text')).to_have_text(said.text)
    assert untouched(phone)

    phone.page.goto(phone.site + "/me?clinic=demo")
    expect(phone.page.locator("#mine")).to_contain_text(WORD.split()[0])

    assert untouched(phone)


def untouched(phone: Phone) -> bool:
    """Nothing ran, and no element is there that the page did not make."""
    strays = "script:not([src]):not([type]), iframe, object, embed, base, style, img, [onerror], [onload], [onfocus]"
    return phone.page.evaluate("window.pwned === undefined") and phone.page.locator(strays).count() == 0
