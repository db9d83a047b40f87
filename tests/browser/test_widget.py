"""The widget on a clinic's own page: another origin, with a strict content policy and hostile rules of style."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import jwt
import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from bot.store import clinics, conversations, messages
from tests.browser.dialogue import Dialogue
from tests.browser.host import SCRIPT, HostSite
from tests.browser.phone import Phone
from tests.web.api.houses import IDENTITY_SECRET, House

pytestmark = pytest.mark.browser


@pytest.fixture
def host(house: House, site: str) -> Iterator[HostSite]:
    """A clinic's page on an origin of its own, which the clinic has allowed."""
    with HostSite(site) as host:
        with house.db.write() as tx:
            clinics.change(tx, "demo", origins=(host.origin,))
        yield host


@pytest.fixture
def visitor(open_phone: Callable[..., Phone], host: HostSite) -> Phone:
    """Somebody on the clinic's page, on a small phone."""
    phone = open_phone()
    phone.also_ours(host.origin)
    phone.page.goto(host.origin)
    return phone


def opener(page: Page) -> Locator:
    return page.get_by_role("button", name="Support chat")


def inside(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title='Support chat']")


def open_chat(phone: Phone) -> FrameLocator:
    opener(phone.page).click()
    chat = inside(phone.page)
    expect(chat.locator('[data-from="bot"] .text').last).to_be_visible()
    return chat


def test_one_script_tag_opens_the_chat_under_a_strict_content_policy(visitor: Phone, dialogue: Dialogue) -> None:
    chat = open_chat(visitor)
    chat.get_by_role("textbox", name="Your message").fill("hello")
    chat.get_by_role("button", name="Send", exact=True).click()

    expect(chat.locator('[data-from="bot"] .text').last).to_have_text("I have read that.")
    assert dialogue.texts == ["hello"]


def test_the_contacts_are_one_tap_away_without_the_frame(visitor: Phone) -> None:
    visitor.page.get_by_role("button", name="Get help now").click()
    sheet = visitor.page.get_by_role("dialog", name="Get help now")

    expect(sheet.get_by_role("link", name="Call 999")).to_have_attribute("href", "tel:999")
    assert visitor.page.frames[1:] == []
    visitor.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(visitor.page.get_by_role("button", name="Get help now")).to_be_focused()


def test_on_a_small_phone_the_panel_covers_the_page_and_escape_gives_it_back(visitor: Phone) -> None:
    chat = open_chat(visitor)
    panel = visitor.page.get_by_role("dialog", name="Support chat")
    assert panel.bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 740}
    chat.get_by_role("textbox", name="Your message").focus()

    visitor.page.keyboard.press("Escape")

    expect(panel).to_be_hidden()
    expect(opener(visitor.page)).to_be_focused()


def test_a_closed_panel_keeps_the_conversation_and_shows_what_is_new(
    visitor: Phone, dialogue: Dialogue, house: House
) -> None:
    chat = open_chat(visitor)
    conversation = chat.locator("body").evaluate("() => JSON.parse(sessionStorage['between.session']).conversation")
    visitor.page.get_by_role("button", name="Close").click()
    house.take_over(conversation)
    with house.db.write() as tx:
        messages.staff_say(tx, conversations.load(tx, "demo", conversation), house.clinician, "I am here.")
    opened = visitor.page.get_by_role("button", name="Support chat: new message")

    opened.click()

    expect(chat.locator('[data-from="staff"] .text')).to_have_text("I am here.")
    visitor.page.get_by_role("button", name="Close").click()
    expect(visitor.page.get_by_role("button", name="Support chat", exact=True)).to_be_visible()


@pytest.mark.parametrize("where", ["in the frame", "on the page"])
def test_escape_twice_leaves_the_clinics_page_and_forgets(visitor: Phone, where: str) -> None:
    asked = visitor.leave_to()
    chat = open_chat(visitor)
    kept = visitor.page.frames[1]
    assert "between.session" in kept.evaluate("Object.keys(sessionStorage)")
    target = chat.get_by_role("textbox", name="Your message")
    if where == "on the page":
        target = visitor.page.get_by_role("button", name="Close")
    target.focus()
    ours = visitor.page.url

    visitor.page.keyboard.press("Escape")
    visitor.page.keyboard.press("Escape")

    visitor.page.wait_for_url(lambda url: not url.startswith(ours))
    assert len(asked) == 1
    visitor.page.goto(ours)
    opener(visitor.page).click()
    expect(chat.locator('[data-from="patient"]')).to_have_count(0)


def test_a_page_that_the_clinic_has_not_allowed_gets_contacts_and_no_chat(visitor: Phone, house: House) -> None:
    with house.db.write() as tx:
        clinics.change(tx, "demo", origins=())
    visitor.page.clock.install()
    visitor.page.reload()
    opener(visitor.page).click()

    visitor.page.clock.fast_forward("00:15")

    panel = visitor.page.get_by_role("dialog", name="Support chat")
    expect(panel.get_by_text("The chat does not answer right now.")).to_be_visible()
    expect(panel.get_by_role("link", name="Call 999")).to_be_visible()
    expect(inside(visitor.page).get_by_role("textbox")).to_have_count(0)


def test_without_us_the_pages_own_contacts_stay(open_phone: Callable[..., Phone], host: HostSite) -> None:
    host.body = (
        '<script src="{ours}/away.js" async></script><between-sessions clinic="demo"><a href="tel:999">Call 999</a>'
        "</between-sessions>"
    )
    phone = open_phone()
    phone.also_ours(host.origin)
    phone.page.goto(host.origin)

    expect(phone.page.get_by_role("link", name="Call 999")).to_be_visible()


def test_the_element_hides_its_plain_contacts_once_the_loader_is_there(visitor: Phone, host: HostSite) -> None:
    host.body += '<between-sessions clinic="demo" side="left"><a href="tel:999">Plain</a></between-sessions>'
    visitor.page.reload()

    expect(opener(visitor.page)).to_have_count(1)
    expect(visitor.page.get_by_role("link", name="Plain")).to_be_hidden()
    box = opener(visitor.page).bounding_box()
    assert box is not None
    assert box["x"] < 200


HOSTILE = """<style>* { all: unset !important; display: none; color: red !important; font-size: 3px !important;
 --text: red !important; --surface: red !important; transform: rotate(9deg) !important; }
 between-sessions { display: none !important; opacity: 0 !important; visibility: hidden !important; }
 button, dialog, iframe { display: none !important; width: 1px !important; }</style>"""


def test_hostile_rules_of_style_do_not_reach_it(visitor: Phone, host: HostSite) -> None:
    host.policy += "; style-src 'unsafe-inline'"
    host.body = HOSTILE + host.body
    visitor.page.reload()

    style = opener(visitor.page).evaluate(
        "e => (s => [s.fontSize, s.color, s.transform, s.opacity])(getComputedStyle(e))"
    )
    box = opener(visitor.page).bounding_box()

    assert style == ["16px", "rgb(251, 254, 254)", "none", "1"]
    assert box is not None
    assert box["height"] >= 44
    open_chat(visitor)


def test_the_bar_is_dim_at_night_and_follows_what_the_patient_chooses(
    open_phone: Callable[..., Phone], host: HostSite
) -> None:
    phone = open_phone(hour=3)
    phone.also_ours(host.origin)
    phone.page.goto(host.origin)
    ground = "element => getComputedStyle(element).backgroundColor"
    assert opener(phone.page).evaluate(ground) == "rgb(50, 42, 31)"
    chat = open_chat(phone)
    panel = phone.page.get_by_role("dialog", name="Support chat")
    expect(panel).to_have_css("background-color", "rgb(31, 27, 23)")

    chat.locator("#comfort summary").click()
    chat.locator("#dim").click()

    expect(panel).not_to_have_css("background-color", "rgb(31, 27, 23)")


def test_one_key_opens_the_numbers_from_the_panels_own_bar_too(visitor: Phone) -> None:
    visitor.page.keyboard.press("F1")
    expect(visitor.page.get_by_role("dialog", name="Get help now")).to_be_hidden()  # The key is the page's.
    open_chat(visitor)
    visitor.page.get_by_role("button", name="Close").focus()

    visitor.page.keyboard.press("F1")

    expect(visitor.page.get_by_role("dialog", name="Get help now").get_by_role("link").first).to_be_visible()
    assert visitor.violations() == ""
    visitor.page.keyboard.press("F2")
    expect(visitor.page.get_by_role("dialog", name="Get help now")).to_be_hidden()
    expect(inside(visitor.page).get_by_role("button", name="Talk to a person")).to_be_focused()


def test_the_clinics_colour_is_on_the_button_and_in_the_chat(
    open_phone: Callable[..., Phone], host: HostSite, house: House
) -> None:
    with house.db.write() as tx:
        clinics.change(tx, "demo", colour="#7a3b69")
    phone = open_phone()
    phone.also_ours(host.origin)
    phone.page.goto(host.origin)
    expect(opener(phone.page)).to_have_css("background-color", "rgb(122, 59, 105)")

    chat = open_chat(phone)

    expect(chat.get_by_role("button", name="Send", exact=True)).to_have_css("background-color", "rgb(122, 59, 105)")


def test_the_hosts_script_can_read_nothing_of_the_frame(visitor: Phone, dialogue: Dialogue) -> None:
    visitor.page.evaluate("heard = []; addEventListener('message', (event) => heard.push(event.data))")
    chat = open_chat(visitor)
    chat.get_by_role("textbox", name="Your message").fill("my secret")
    chat.get_by_role("textbox", name="Your message").press("Enter")
    expect(chat.locator('[data-from="bot"] .text').last).to_have_text("I have read that.")
    reach = """() => {
      const frame = document.querySelector("between-sessions").shadowRoot.querySelector("iframe");
      const tries = [() => frame.contentDocument.body.textContent, () => frame.contentWindow.document.title,
        () => frame.contentWindow.sessionStorage.length, () => frame.contentWindow.location.href,
        () => frame.contentWindow.name, () => frame.contentWindow.fetch("/")];
      return tries.map((attempt) => { try { return String(attempt()); } catch (error) { return error.name; } });
    }"""

    assert visitor.page.evaluate(reach) == ["TypeError"] + ["SecurityError"] * 5
    assert "secret" not in visitor.page.evaluate("JSON.stringify([heard, {...sessionStorage}, {...localStorage}])")
    kinds = visitor.page.evaluate("[...new Set(heard.map((one) => one.type))].sort()")
    assert set(kinds) <= {"open", "close", "size", "unread"}
    assert "open" in kinds


def test_the_frame_obeys_no_page_but_the_one_around_it(visitor: Phone) -> None:
    chat = open_chat(visitor)
    frame = visitor.page.frames[1]
    sent = """(origin) => dispatchEvent(new MessageEvent("message",
      {data: {type: "close", leave: true}, origin, source: window.parent}))"""

    frame.evaluate(sent, "https://elsewhere.example")

    expect(chat.get_by_role("textbox", name="Your message")).to_be_visible()
    assert "between.session" in frame.evaluate("Object.keys(sessionStorage)")


def test_two_logins_in_one_tab_never_share_a_conversation(
    visitor: Phone, host: HostSite, house: House, dialogue: Dialogue
) -> None:
    host.body = SCRIPT.replace(" async", ' data-identity-from="/chat-identity" async')
    host.identities = [signed("ann"), signed("ben"), signed("ben"), signed("ann"), signed("ann")]
    visitor.page.reload()
    chat = open_chat(visitor)
    chat.get_by_role("textbox", name="Your message").fill("only for ann")
    chat.get_by_role("textbox", name="Your message").press("Enter")
    expect(chat.locator('[data-from="bot"] .text').last).to_have_text("I have read that.")

    visitor.page.reload()
    open_chat(visitor)
    expect(chat.locator('[data-from="patient"] .text')).to_have_count(0)
    visitor.page.reload()
    open_chat(visitor)

    expect(chat.locator('[data-from="patient"] .text')).to_have_text(["only for ann"])
    assert host.identities == []


def signed(patient: str) -> str:
    claims = {"sub": patient, "exp": datetime.now(UTC) + timedelta(minutes=5), "jti": uuid4().hex}
    return jwt.encode(claims, IDENTITY_SECRET, algorithm="HS256")
