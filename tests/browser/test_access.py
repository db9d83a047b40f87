"""Bearable and usable: keyboard, screen reader, zoom, narrow screens, low light, forced colours."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from bot.store import messages
from tests.browser.dialogue import Dialogue, choices, scale
from tests.browser.phone import Phone
from tests.web.api.houses import House

pytestmark = pytest.mark.browser

LOOKS: list[dict[str, object]] = [
    {"color_scheme": "light"},
    {"color_scheme": "dark"},
    {"hour": 3},
    {"forced_colors": "active"},
]
MULTIPLE = choices("Which fit?", "At night", "At work", "None of these", multiple=True)


def no_violations(phone: Phone) -> None:
    assert phone.violations() == ""


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark", "low light", "forced colours"])
def test_axe_finds_nothing_in_the_main_states(
    open_phone: Callable[..., Phone], dialogue: Dialogue, look: dict[str, object]
) -> None:
    phone = open_phone(**look)
    phone.open()
    dialogue.will_say(choices("Safe?", "Safe", "Not safe"), scale("How strong?", "Skip"), MULTIPLE)
    dialogue.will_say({"text": "Which day?", "date": True, "state": "T1"}, {"text": "I hear you."})
    no_violations(phone)
    phone.say("hello")
    phone.hears("Safe?")
    no_violations(phone)
    phone.button("Safe").click()
    phone.hears("How strong?")
    no_violations(phone)
    phone.button("Skip").click()
    phone.hears("Which fit?")
    phone.button("Send this answer").click()
    no_violations(phone)
    phone.page.get_by_label("At work").check()
    phone.button("Send this answer").click()
    phone.hears("Which day?")
    no_violations(phone)
    dialogue.hears_danger()
    phone.say("i want to kill myself")
    expect(phone.page.locator("#crisis")).to_be_visible()
    no_violations(phone)
    phone.page.context.set_offline(True)
    phone.say("and nobody hears")
    expect(phone.button("Try again").first).to_be_visible()
    no_violations(phone)
    phone.page.locator("#help summary").click()
    no_violations(phone)
    phone.page.keyboard.press("Escape")
    phone.page.locator("#comfort summary").click()
    no_violations(phone)


@pytest.mark.parametrize("path", ["/", "/help-now", "/chat?clinic=unheard-of"])
@pytest.mark.parametrize("look", LOOKS[:2], ids=["light", "dark"])
def test_axe_finds_nothing_on_the_other_pages(
    open_phone: Callable[..., Phone], path: str, look: dict[str, object]
) -> None:
    phone = open_phone(width=1280, height=800, **look)
    phone.page.goto(phone.site + path)

    no_violations(phone)


def test_a_whole_conversation_is_held_with_the_keyboard_alone(phone: Phone, dialogue: Dialogue) -> None:
    dialogue.will_say(choices("Safe?", "Safe", "Not safe"), scale("How strong?", "Skip"), MULTIPLE, {"text": "Thanks."})
    press = phone.page.keyboard.press

    tab_to(phone, "Your message")
    phone.page.keyboard.type("hello")
    press("Enter")
    phone.hears("Safe?")
    back_to(phone, "Safe")
    press("Enter")
    phone.hears("How strong?")
    assert phone.focused() == "Your answer", "the place is kept when the tapped button goes"
    press("Tab")
    press("Space")
    press("ArrowRight")
    press("ArrowRight")
    tab_to(phone, "Send this answer")
    press("Enter")
    phone.hears("Which fit?")
    press("Tab")
    press("Tab")
    press("Space")
    tab_to(phone, "Send this answer")
    press("Enter")

    phone.hears("Thanks.")
    assert dialogue.answers == [{"choice": "safe"}, {"value": 2}, {"choices": ["at_work"]}]


def tab_to(phone: Phone, name: str) -> None:
    move(phone, "Tab", name)


def back_to(phone: Phone, name: str) -> None:
    move(phone, "Shift+Tab", name)


def move(phone: Phone, key: str, name: str) -> None:
    for _ in range(25):
        phone.page.keyboard.press(key)
        if phone.focused() == name:
            return
    raise AssertionError(f"{key} never came to {name!r}")


def test_the_focus_order_begins_with_help_and_every_stop_can_be_seen(phone: Phone, dialogue: Dialogue) -> None:
    dialogue.will_say(choices("Safe?", "Safe", "Not safe"))
    phone.say("hello")
    phone.hears("Safe?")
    phone.page.evaluate("document.activeElement.blur(); document.getSelection().removeAllRanges()")
    phone.page.locator("h1").evaluate(
        "element => { element.tabIndex = -1; document.body.prepend(element); element.focus() }"
    )
    stops = []
    for _ in range(12):
        phone.page.keyboard.press("Tab")
        stops.append(phone.focused())
        outline = phone.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", f"{stops[-1]} shows no focus"

    assert stops[:3] == ["Get help now", "Talk to a person", "Leave quickly"]
    assert stops[5:] == ["Conversation", "Take back", "Safe", "Not safe", "Your message", "Send", "Comfort and privacy"]


@pytest.mark.parametrize("size", ["normal", "larger"])
@pytest.mark.parametrize(("width", "height"), [(320, 568), (320, 256), (640, 400), (360, 400)])
def test_nothing_is_cut_off_on_narrow_and_zoomed_screens(
    open_phone: Callable[..., Phone], dialogue: Dialogue, width: int, height: int, size: str
) -> None:
    phone = open_phone(width=width, height=height)
    phone.page.add_init_script(f"sessionStorage['between.size'] = '\"{size}\"'")
    phone.open()
    dialogue.will_say(scale("How strong is it?", "Skip", high=12), MULTIPLE, {"text": "a" * 300 + " 🙂" * 50})
    phone.say("hello")
    phone.hears("How strong is it?")
    assert phone.beyond_the_edge() == []
    phone.button("Skip").click()
    phone.hears("Which fit?")
    assert phone.beyond_the_edge() == []
    dialogue.hears_danger()
    phone.say("i want to kill myself")
    expect(phone.page.locator("#crisis")).to_be_visible()

    assert phone.beyond_the_edge() == []
    phone.field.scroll_into_view_if_needed()
    expect(phone.field).to_be_in_viewport()
    phone.page.locator("#help summary").click()
    expect(phone.page.locator("#help").get_by_role("link").first).to_be_in_viewport()
    assert phone.beyond_the_edge() == []


@pytest.mark.parametrize("width", [320, 1280])
def test_everything_that_is_pressed_is_large_enough(
    open_phone: Callable[..., Phone], dialogue: Dialogue, width: int
) -> None:
    phone = open_phone(width=width)
    phone.open()
    dialogue.will_say(scale("How strong?", "Skip"))
    phone.say("hello")
    phone.hears("How strong?")

    small = phone.page.evaluate(
        """Array.from(document.querySelectorAll("a, button, summary, .step, .choice, textarea"))
             .map(element => [element.textContent.trim(), element.getBoundingClientRect()])
             .filter(([, box]) => box.width && (box.width < 24 || box.height < 24)).map(([text]) => text)"""
    )

    assert small == []


def test_each_message_is_announced_once_with_its_sender(phone: Phone, dialogue: Dialogue) -> None:
    watch_announcements(phone)
    dialogue.will_say(choices("Is it safe?", "Safe", "Not safe"), {"text": "Good."})

    phone.say("hello there")
    phone.hears("Is it safe?")
    phone.button("Safe").click()
    phone.hears("Good.")
    phone.until("window.announced.filter((text) => text === 'Sent').length >= 2")

    said = phone.page.evaluate("window.announced")
    assert [text for text in said if "hello there" in text] == ["You hello there"]
    assert [text for text in said if "Is it safe?" in text] == [
        "Reflection helper Is it safe? 2 answers to pick from are below."
    ]
    assert [text for text in said if "Good." in text] == ["Reflection helper Good."]
    assert said.count("Sent") == 2


def test_a_failure_to_send_is_announced(phone: Phone) -> None:
    watch_announcements(phone)
    phone.page.context.set_offline(True)

    phone.say("hello")

    expect(phone.page.locator("#spoken")).to_have_text(
        "Your message is not sent yet. It is kept here. The chat tries again by itself."
    )
    expect(phone.page.locator("#spoken")).to_have_role("status")


def test_a_resumed_conversation_is_not_read_out_from_its_beginning(phone: Phone) -> None:
    phone.say("hello")
    phone.hears("I have read that.")
    phone.page.add_init_script(
        """addEventListener("DOMContentLoaded", () => {
             window.live = [];
             const log = document.getElementById("log");
             const note = () => window.live.push(log.getAttribute("aria-live"));
             new MutationObserver(note).observe(log, { childList: true });
           })"""
    )

    phone.page.reload()
    phone.hears("I have read that.")

    assert set(phone.page.evaluate("window.live")) == {"off"}
    expect(phone.log).to_have_attribute("aria-live", "polite")


def watch_announcements(phone: Phone) -> None:
    """Note what a screen reader would be told: what is added to the log, and what the status lines say."""
    phone.page.evaluate(
        """() => {
             window.announced = [];
             const text = (node) => Array.from(node.children || []).filter((one) => !one.classList.contains("state"))
               .map((one) => one.textContent).join(" ").trim();
             new MutationObserver((records) => {
               for (const { addedNodes, target } of records) for (const node of addedNodes) {
                 if (target.closest("[aria-live=off]") || node.ariaLive === "off") continue;
                 if (target.id === "log") window.announced.push(text(node));
               }
             }).observe(document.getElementById("log"), { childList: true, subtree: true });
             const spoken = document.getElementById("spoken");
             new MutationObserver(() => spoken.textContent && window.announced.push(spoken.textContent))
               .observe(spoken, { childList: true, characterData: true, subtree: true });
           }"""
    )


@pytest.mark.parametrize(("hour", "look"), [(21, None), (22, "dim"), (3, "dim"), (6, "dim"), (7, None), (12, None)])
def test_low_light_is_on_by_itself_at_night(open_phone: Callable[..., Phone], hour: int, look: str | None) -> None:
    phone = open_phone(hour=hour)

    phone.open()

    assert phone.page.evaluate("document.documentElement.dataset.look || null") == look


def test_low_light_is_there_before_the_first_paint(open_phone: Callable[..., Phone]) -> None:
    phone = open_phone(hour=3)
    phone.page.route("**/js/chat/*.js", lambda route: route.abort())

    phone.page.goto(phone.site + "/chat?clinic=demo", wait_until="commit")
    phone.page.locator("body").wait_for()

    assert phone.page.evaluate("document.documentElement.dataset.look") == "dim"


def test_low_light_can_be_switched_and_the_choice_outlives_a_reload(open_phone: Callable[..., Phone]) -> None:
    phone = open_phone(hour=3)
    phone.open()
    phone.page.locator("#comfort summary").click()
    switch = phone.page.locator("#dim")
    expect(switch).to_have_attribute("aria-pressed", "true")

    switch.click()
    phone.page.reload()

    assert phone.page.evaluate("document.documentElement.dataset.look || null") is None


def test_text_can_be_made_larger(phone: Phone) -> None:
    phone.page.locator("#comfort summary").click()
    before = phone.bot.last.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")

    phone.page.get_by_role("radio", name="Larger").check()

    after = phone.bot.last.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
    assert after > before * 1.3


def test_nothing_on_the_page_moves(phone: Phone, dialogue: Dialogue) -> None:
    dialogue.will_say(choices("Safe?", "Safe", "Not safe"))
    phone.say("hello")
    phone.hears("Safe?")

    moving = phone.page.evaluate(
        """Array.from(document.querySelectorAll("*")).filter((element) => {
             const style = getComputedStyle(element);
             return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0
                 || style.scrollBehavior === "smooth";
           }).length + document.getAnimations().length"""
    )

    assert moving == 0


def test_whoever_reads_back_keeps_their_place_and_gets_a_button(phone: Phone, dialogue: Dialogue) -> None:
    dialogue.will_say(*({"text": f"{number} " + "long line of words " * 30} for number in range(4)))
    for number in range(4):
        phone.say("go on")
        expect(phone.bot).to_have_count(number + 2)
    dialogue.rasa.seconds = 1.0
    dialogue.will_say({"text": "The newest."})
    phone.say("one more")
    expect(phone.mine.last).to_have_text("one more")  # Sending shows the end; reading back begins after it.
    phone.page.locator("#scroller").hover()
    phone.page.mouse.wheel(0, -20000)
    phone.until("document.getElementById('scroller').scrollTop === 0")

    phone.hears("The newest.")
    assert phone.page.locator("#scroller").evaluate("element => element.scrollTop") == 0
    phone.button("More below").click()

    expect(phone.bot.last).to_be_in_viewport()
    expect(phone.button("More below")).to_be_hidden()


def test_a_message_after_a_pause_comes_into_view_by_itself(phone: Phone, house: House) -> None:
    phone.say("is someone there")
    phone.hears("I have read that.")
    conversation = house.conversation(phone.conversation)
    phone.page.evaluate("{ const real = Date.now; Date.now = () => real() + 60000; }")
    for number in range(3):
        with house.db.write() as tx:
            messages.staff_say(tx, conversation, house.clinician, f"{number} " + "I have read what you wrote. " * 20)
        expect(phone.page.locator('[data-from="staff"]')).to_have_count(number + 1)
        phone.page.evaluate("{ const real = Date.now; Date.now = () => real() + 60000; }")

    expect(phone.page.locator('[data-from="staff"]').last.locator(".text")).to_be_in_viewport()


def test_answers_below_the_screen_are_pointed_to(phone: Phone, dialogue: Dialogue) -> None:
    dialogue.will_say(choices("Which of these? " + "One more sentence to read. " * 30, "Red", "Blue"))
    phone.say("hello")
    expect(phone.button("Red")).not_to_be_in_viewport()

    phone.button("More below").click()

    expect(phone.button("Red")).to_be_in_viewport()
    expect(phone.button("More below")).to_be_hidden()
