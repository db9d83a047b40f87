"""A patient's own pages: the pattern, the plan, the notes, who has read them, and what can be done with all of it."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Download, Locator, expect

from bot.store import answers, audit, conversations, messages
from tests.browser.dialogue import Dialogue
from tests.browser.phone import Phone
from tests.browser.test_access import LOOKS, no_violations
from tests.web.api.houses import House

pytestmark = pytest.mark.browser

CHECK_INS = [(7, 5, 4, "no"), (6, 6, 5, "lower"), (4, 7, 3, "no"), (5, 4, "skip", "no"), (3, 3, 7, "no")]
SCRIPT = "<img src=x onerror=document.title='in'> < 5 mg & ½"


def keep_diary(house: House, conversation: str) -> None:
    """Five check-ins and two urges on past days, a note, a plan, and a clinician who has opened it."""
    clock = house.db.clock
    now = clock()
    for day, (pull, worry, sleep, change) in enumerate(CHECK_INS):
        house.db.clock = lambda day=day: now - timedelta(days=12 - 2 * day)  # type: ignore[misc]
        save(house, conversation, "check_in", pull=pull, anxiety=worry, sleep=sleep, dose_change=change)
        if day < 2:
            save(house, conversation, "urge", before=8)
    save(house, conversation, "note", note=SCRIPT, note_sent="send")
    save(house, conversation, "plan", early_signs="I stop answering calls", after_a_slip="skip")
    house.db.clock = clock
    with house.db.write() as tx:
        about = {"kind": "conversation", "subject": conversation}
        audit.write(tx, clinic_id="demo", actor=house.clinician.id, act="open", **about)


def save(house: House, conversation: str, dialogue: str, **given: Any) -> None:
    turn = house.turns(conversation)[0].id
    with house.db.write() as tx:
        about = conversations.load(tx, "demo", conversation)
        message = messages.bot_say(tx, about, {"text": "Good morning."}, turn_id=turn, kind="reply", hidden=False)
        for step, value in given.items():
            text = value if step in ("note", "early_signs") else None
            place = {"conversation_id": conversation, "message_id": message.id, "session": message.id}
            answers.save(tx, **place, dialogue=dialogue, step=step, wording=f"{step}?", value=value, text=text)


@pytest.fixture
def diary(phone: Phone, house: House) -> Phone:
    """A patient with a diary, at their own pages."""
    return at_own_pages(phone, house)


def at_own_pages(phone: Phone, house: House) -> Phone:
    keep_diary(house, phone.conversation)
    phone.page.locator("#comfort summary").click()
    phone.page.get_by_role("link", name="My pages: pattern, plan, notes").click()
    expect(phone.page.get_by_role("heading", name="My pattern")).to_be_visible()
    return phone


def section(phone: Phone, name: str) -> Locator:
    return phone.page.get_by_role("region", name=name)


def test_the_pattern_is_drawn_said_and_stands_in_a_table(diary: Phone) -> None:
    chart = diary.page.get_by_role("img", name="Pull to take a tablet, 0 to 10.")
    expect(chart).to_have_accessible_name(
        re.compile(r"^Pull to take a tablet, 0 to 10\. 5 numbers, from 3 to 7\. The last was 3, on ")
    )
    diary.page.get_by_text("Show the numbers: Hours of sleep").click()
    table = diary.page.get_by_role("table", name="Hours of sleep")

    cells = table.get_by_role("cell").all_inner_texts()
    assert cells == ["4", "", "5", "lower", "3", "", "no number", "", "7", ""]
    expect(diary.page.get_by_role("img", name="When a pull came, by day of the week.")).to_be_visible()


def test_plan_notes_and_readers_are_the_patients_own_words_as_text(diary: Phone) -> None:
    expect(section(diary, "My plan")).to_contain_text("I stop answering calls")
    expect(section(diary, "My plan")).not_to_contain_text("skip")
    expect(section(diary, "My notes")).to_contain_text(SCRIPT)
    expect(section(diary, "My notes")).to_contain_text("Sent to the team")
    expect(section(diary, "Who has read it")).to_contain_text("Ada opened it on")
    assert diary.page.title() == "Chat"


def test_no_address_carries_a_token(diary: Phone) -> None:
    token = diary.page.evaluate("JSON.parse(sessionStorage['between.session']).token")
    addresses = diary.page.evaluate("[location.href, ...performance.getEntriesByType('resource').map((e) => e.name)]")

    assert not any(token[-20:] in address for address in addresses)


def test_an_entry_is_deleted_after_being_asked_twice(diary: Phone, house: House) -> None:
    conversation = diary.conversation
    first = section(diary, "My entries").get_by_role("button", name=re.compile("^Delete ?: Urge")).first

    first.click()
    assert len(urges(house, conversation)) == 2
    section(diary, "My entries").get_by_role("button", name=re.compile("^Delete for good ?: Urge")).click()
    expect(diary.page.get_by_role("status").filter(has_text="Done.")).to_be_visible()

    assert len(urges(house, conversation)) == 1
    assert diary.focused() == "My entries"


def urges(house: House, conversation: str) -> list[Any]:
    with house.db.read() as tx:
        return answers.of(tx, conversation, "urge")


def test_the_file_for_people_and_the_file_for_machines_hold_every_word(diary: Phone) -> None:
    readable = downloaded(diary, "Download to read").read_text("utf-8")
    whole = json.loads(downloaded(diary, "Download for machines").read_text("utf-8"))

    for words in (SCRIPT, "I stop answering calls", "Reflection helper: Hello. I am a computer program"):
        assert words in readable
    assert "not a test" in readable
    assert SCRIPT in [one["text"] for one in whole["answers"]]


def downloaded(phone: Phone, name: str) -> Path:
    with phone.page.expect_download() as waiting:
        phone.button(name).click()
    download: Download = waiting.value
    return Path(download.path())


def test_everything_is_deleted_with_a_date_and_a_reference(diary: Phone, house: House) -> None:
    conversation = diary.conversation
    diary.button("Delete everything").click()
    diary.button("Delete for good").click()

    expect(diary.page.get_by_role("status").filter(has_text="Your reference:")).to_be_visible()
    assert house.transcript(conversation) == []
    assert diary.storage() == {}
    expect(diary.page.get_by_role("heading", name="My plan")).to_be_hidden()


def test_a_correction_is_said_in_the_chat_where_it_is_screened(diary: Phone, dialogue: Dialogue) -> None:
    diary.page.get_by_role("link", name="Correct something in the chat").click()

    diary.hears("I have read that.")
    expect(diary.mine.last).to_have_text("I want to correct something.")
    assert dialogue.texts == ["I want to correct something."]


def test_without_a_chat_there_is_nothing_to_see(open_phone: Callable[..., Phone]) -> None:
    phone = open_phone()
    phone.page.goto(phone.site + "/me?clinic=demo")

    expect(phone.page.get_by_text("Please open the chat here first.")).to_be_visible()
    expect(phone.button("Delete everything")).to_be_hidden()


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "low light", "forced colours"])
def test_axe_finds_nothing_on_them_at_any_width(
    open_phone: Callable[..., Phone], house: House, look: dict[str, object]
) -> None:
    phone = open_phone(**look)
    phone.open()
    at_own_pages(phone, house)
    for width in (320, 1280):
        phone.page.set_viewport_size({"width": width, "height": 740})
        wide = phone.page.evaluate("document.scrollingElement.scrollWidth")

        assert wide <= width
        no_violations(phone)
