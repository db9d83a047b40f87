"""Help at hand: contacts without bot, script or network, a person, the crisis card, and a quick way out."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from tests.browser.dialogue import Dialogue
from tests.browser.phone import Phone
from tests.waiting import wait_until

pytestmark = pytest.mark.browser

CALL_EMERGENCY = "Call 999 or 112"


@pytest.mark.parametrize("path", ["/chat?clinic=demo", "/help-now", "/chat?clinic=unheard-of", "/"])
def test_contacts_stand_on_every_page_without_script(open_phone: Callable[..., Phone], path: str) -> None:
    phone = open_phone(java_script_enabled=False)

    phone.page.goto(phone.site + path)

    visible = [link.get_attribute("href") for link in phone.page.get_by_role("link").all() if link.is_visible()]
    assert any(href in ("tel:999", "tel:112") for href in visible)
    assert "tel:116123" in visible


def test_without_script_the_page_says_so_and_every_button_leads_somewhere(open_phone: Callable[..., Phone]) -> None:
    phone = open_phone(java_script_enabled=False)
    asked = phone.leave_to()
    phone.page.goto(phone.site + "/chat?clinic=demo")
    expect(phone.page.get_by_role("heading", name="The chat is not open here")).to_be_visible()
    expect(phone.field).to_be_hidden()

    phone.page.locator("#help summary").click()
    expect(phone.page.locator("#help").get_by_role("link", name=CALL_EMERGENCY)).to_be_visible()
    phone.button("Talk to a person").click()
    expect(phone.page.get_by_role("heading", name="Talk to a person")).to_be_visible()
    phone.page.go_back()
    phone.page.get_by_role("link", name="Leave quickly").click()

    phone.page.wait_for_url(lambda url: not url.startswith(phone.site))
    assert asked


def test_where_the_modules_do_not_come_the_plain_page_shows(open_phone: Callable[..., Phone]) -> None:
    phone = open_phone()
    phone.page.route("**/js/chat/*.js", lambda route: route.abort())
    phone.page.clock.install()
    phone.page.goto(phone.site + "/chat?clinic=demo")

    phone.page.clock.run_for(13_000)

    expect(phone.page.get_by_role("heading", name="The chat is not open here")).to_be_visible()


def test_modules_that_come_late_still_open_the_chat(open_phone: Callable[..., Phone]) -> None:
    phone = open_phone()
    held: list[Route] = []
    phone.page.route("**/js/chat/main.js", lambda route: held.append(route))
    phone.page.clock.install()
    phone.page.goto(phone.site + "/chat?clinic=demo", wait_until="commit")
    phone.page.locator("#text").wait_for()
    phone.field.fill("written early")
    phone.page.clock.run_for(13_000)
    expect(phone.page.get_by_role("heading", name="The chat is not open here")).to_be_visible()

    for route in held:
        route.continue_()

    expect(phone.field).to_have_value("written early")
    expect(phone.button("Send")).to_be_enabled()


def test_two_key_presses_open_the_contacts_on_a_fresh_page(phone: Phone) -> None:
    phone.page.keyboard.press("Tab")
    phone.page.keyboard.press("Enter")

    expect(phone.page.locator("#help").get_by_role("link", name=CALL_EMERGENCY)).to_be_visible()
    assert phone.focused() == "Get help now"


def test_one_key_opens_the_contacts_while_writing_and_escape_gives_the_page_back(phone: Phone) -> None:
    phone.field.fill("half a sent")
    phone.page.keyboard.press("F1")
    expect(phone.page.locator("#help").get_by_role("link", name=CALL_EMERGENCY)).to_be_focused()

    phone.page.keyboard.press("Escape")

    expect(phone.page.locator("#help .sheet")).to_be_hidden()
    assert phone.focused() == "Get help now"
    expect(phone.field).to_have_value("half a sent")


def test_two_keys_ask_for_a_person_from_anywhere(phone: Phone, dialogue: Dialogue) -> None:
    phone.field.fill("half a sent")

    phone.page.keyboard.press("F2")
    phone.page.keyboard.press("Enter")

    phone.hears("I have read that.")
    assert dialogue.texts == ["I want to talk to a person."]
    expect(phone.field).to_have_value("half a sent")


def test_every_contact_has_something_to_tap_and_its_hours(phone: Phone) -> None:
    phone.page.locator("#help summary").click()

    contacts = phone.page.locator("#help .contact")

    assert contacts.count() == 4
    for contact in contacts.all():
        href = contact.get_by_role("link").first.get_attribute("href") or ""
        assert href.startswith(("tel:", "sms:"))
        expect(contact.locator(".contact-hours")).not_to_be_empty()


def test_contacts_need_no_network_once_the_page_is_there(phone: Phone) -> None:
    phone.page.context.set_offline(True)

    phone.page.locator("#help summary").click()

    expect(phone.page.locator("#help").get_by_role("link", name=CALL_EMERGENCY)).to_be_visible()


def test_talk_to_a_person_sends_a_fixed_sentence(phone: Phone, dialogue: Dialogue) -> None:
    phone.button("Talk to a person").click()

    phone.hears("I have read that.")
    expect(phone.mine).to_have_text(["I want to talk to a person."])
    assert dialogue.texts == ["I want to talk to a person."]


def test_danger_pins_a_card_with_contacts_that_names_no_level(phone: Phone) -> None:
    phone.say("i want to kill myself")

    card = phone.page.get_by_role("region", name="Help for you now")
    expect(card).to_be_visible()
    expect(card.get_by_role("link", name=CALL_EMERGENCY)).to_be_visible()
    words = (card.text_content() or "").lower()
    assert not [level for level in ("emergency level", "urgent", "same_day", "same day") if level in words]
    assert phone.page.locator("[role=alert]").filter(has_text="call").count() == 1


@pytest.mark.parametrize(("width", "height"), [(320, 568), (360, 640), (390, 844)])
def test_on_a_phone_the_first_two_numbers_of_the_card_need_no_scrolling(phone: Phone, width: int, height: int) -> None:
    phone.page.set_viewport_size({"width": width, "height": height})
    phone.say("i want to kill myself")

    card = phone.page.get_by_role("region", name="Help for you now")
    for name in ("Call 999 or 112", "Call 116 123"):
        expect(card.get_by_role("link", name=name)).to_be_in_viewport(ratio=1)
    expect(phone.mine.last).to_be_in_viewport(ratio=1)


def test_the_card_stays_through_more_messages_and_a_reload(phone: Phone) -> None:
    card = phone.page.get_by_role("region", name="Help for you now")
    phone.say("i want to kill myself")
    expect(card).to_be_visible()
    phone.say("forget it, i am fine")
    phone.hears("I have read that.")
    expect(card.get_by_role("link", name=CALL_EMERGENCY)).to_be_visible()

    phone.page.reload()

    expect(card.get_by_role("link", name=CALL_EMERGENCY)).to_be_visible()


def test_leave_quickly_leaves_nothing_on_this_device_and_a_neutral_page_in_its_place(phone: Phone) -> None:
    asked = phone.leave_to()
    phone.say("nobody may read this")
    phone.hears("I have read that.")
    assert phone.storage() != {}
    site = phone.site

    phone.page.get_by_role("link", name="Leave quickly").click()

    phone.page.wait_for_url(lambda url: not url.startswith(site))
    assert len(asked) == 1
    assert phone.page.title() == "Weather"
    phone.page.go_back()
    assert not phone.page.url.startswith(site)
    other = phone.page.context.new_page()
    other.goto(site + "/help-now")
    assert other.evaluate("localStorage.length") == 0
    phone.page.goto(site + "/help-now")
    assert phone.storage() == {}


def test_leaving_before_the_scripts_are_there_leaves_nothing_either(phone: Phone) -> None:
    phone.leave_to()
    site = phone.site
    phone.page.route("**/js/chat/*.js", lambda route: route.abort())
    phone.page.reload()
    assert phone.storage() != {}

    phone.page.get_by_role("link", name="Leave quickly").click()

    phone.page.wait_for_url(lambda url: not url.startswith(site))
    phone.page.goto(site + "/help-now")
    assert phone.storage() == {}


@pytest.mark.parametrize("where", ["page", "field", "sheet"])
def test_escape_twice_leaves(phone: Phone, where: str) -> None:
    phone.leave_to()
    if where == "field":
        phone.field.fill("secret")
    if where == "sheet":
        phone.page.locator("#help summary").click()
    site = phone.site

    phone.page.keyboard.press("Escape")
    phone.page.keyboard.press("Escape")

    phone.page.wait_for_url(lambda url: not url.startswith(site))


def test_escape_once_and_later_again_stays(phone: Phone) -> None:
    phone.page.keyboard.press("Escape")
    phone.page.keyboard.press("Shift")
    phone.page.keyboard.press("Escape")

    expect(phone.page.locator("body")).to_be_visible()  # Leaving would have hidden it within the key press.
    assert phone.page.url.startswith(phone.site)


def test_leaving_out_of_a_frame_takes_the_whole_page_away(open_phone: Callable[..., Phone]) -> None:
    phone = open_phone(width=1280, height=800)
    asked = phone.leave_to()
    phone.page.goto(phone.site + "/")
    phone.button("Support chat").click()
    frame = phone.page.frame_locator("iframe")
    expect(frame.locator('[data-from="bot"] .text').last).to_be_visible()
    site = phone.site

    frame.get_by_role("link", name="Leave quickly").click()

    phone.page.wait_for_url(lambda url: not url.startswith(site))
    assert len(asked) == 1


def test_leaving_still_delivers_what_was_not_sent_yet(phone: Phone, dialogue: Dialogue) -> None:
    phone.leave_to()
    phone.page.context.set_offline(True)
    phone.say("i need someone to know")
    expect(phone.button("Try again").first).to_be_visible()
    site = phone.site
    phone.page.evaluate("window.addEventListener('online', (event) => event.stopImmediatePropagation(), true)")
    phone.page.context.set_offline(False)

    phone.page.get_by_role("link", name="Leave quickly").click()
    phone.page.wait_for_url(lambda url: not url.startswith(site))

    wait_until(lambda: dialogue.texts == ["i need someone to know"])


def test_by_default_nothing_outlives_the_tab(phone: Phone) -> None:
    phone.say("hello")
    phone.hears("I have read that.")

    assert phone.page.evaluate("localStorage.length") == 0


def test_on_a_device_of_their_own_the_chat_goes_on_in_a_new_tab(phone: Phone) -> None:
    phone.say("remember me")
    phone.hears("I have read that.")
    phone.page.locator("#comfort summary").click()
    phone.page.get_by_label("This device is mine.").check()

    other = Phone(phone.page.context.new_page(), phone.site)
    other.open()

    expect(other.mine).to_have_text(["remember me"])
    other.page.locator("#comfort summary").click()
    other.page.get_by_label("This device is mine.").uncheck()
    assert other.page.evaluate("localStorage.length") == 0
