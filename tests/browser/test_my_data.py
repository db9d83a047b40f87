"""The patient's own data on the chat page: one file with everything, and deletion with a reference to keep (4.20)."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bot.store import erasure
from tests.browser.dialogue import Dialogue
from tests.browser.phone import Phone
from tests.web.api.houses import House

pytestmark = pytest.mark.browser


def test_everything_comes_as_one_file(phone: Phone, dialogue: Dialogue) -> None:
    dialogue.will_say({"text": "I hear you."})
    phone.say("i cannot sleep")
    phone.hears("I hear you.")

    phone.page.locator("#comfort summary").click()
    with phone.page.expect_download() as download:
        phone.button("Download my chat").click()

    stored = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert "i cannot sleep" in [message["text"] for message in stored["messages"]]


def test_everything_is_deleted_after_a_second_look_and_a_reference_is_given(
    phone: Phone, dialogue: Dialogue, house: House
) -> None:
    dialogue.will_say({"text": "I hear you."})
    phone.say("i cannot sleep")
    phone.hears("I hear you.")
    phone.page.locator("#comfort summary").click()
    phone.button("Delete everything").click()
    phone.button("Keep it").click()
    expect(phone.mine).to_have_text(["i cannot sleep"])

    phone.button("Delete everything").click()
    phone.button("Delete for good").click()

    expect(phone.page.locator("#my-data")).to_contain_text("Your reference: ")
    with house.db.read() as tx:
        receipt = erasure.receipts(tx)[-1]
    expect(phone.page.locator("#my-data")).to_contain_text(receipt.id)
    expect(phone.page.get_by_text("i cannot sleep")).to_have_count(0)
