"""Sound and notices of the console: tested, muted, kept on the device, and never silent without saying so."""

# ruff: noqa: F811 - Fixtures that are imported are asked for by name.

import pytest
from playwright.sync_api import Page, expect

from bot.store import escalations
from tests.browser.desks import Desk, desk, ready, until  # noqa: F401 - desk is a fixture.
from tests.web.console.conftest import founded, served, ward  # noqa: F401 - These are fixtures.
from tests.web.console.ward import Ward

pytestmark = pytest.mark.browser

# What a test can know of a sound and of a notice: that they were asked for.
LISTENING = """
window.tones = [];
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...at) {
  window.tones.push(this.frequency.value);
  return start.apply(this, at);
};
window.notices = [];
window.Notification = class {
  static permission = "granted";
  static requestPermission() { return Promise.resolve("granted"); }
  constructor(title, options) { window.notices.push(`${title} ${options.body}`); }
};
document.hasFocus = () => false;
"""


def listening(desk: Desk, path: str) -> Page:
    """A desk at which somebody has clicked once, as browsers want it before they play a sound."""
    page = desk()
    page.add_init_script(LISTENING)
    page.goto(path)
    ready(page)
    page.locator("h1").first.click()
    expect(page.locator("[data-held-back]")).to_be_hidden()
    return page


def test_an_emergency_sounds_and_shows_a_notice_without_a_word_of_anybody(ward: Ward, desk: Desk) -> None:
    page = listening(desk, "/console?show=all")
    page.get_by_text("Sound: on").click()
    page.get_by_label("Show a notice").check()

    ward.emergency()

    until(page, "window.tones.length === 3 && window.notices.length === 1")
    assert page.evaluate("window.notices") == ["Between Sessions A conversation needs you."]


def test_who_reads_a_record_hears_of_another_one_and_is_led_to_it(ward: Ward, desk: Desk) -> None:
    page = listening(desk, ward.emergency().path)
    expect(page.locator("[data-elsewhere]")).to_be_hidden()

    ward.emergency()

    until(page, "window.tones.length >= 3")
    expect(page.locator("[data-elsewhere]")).to_contain_text("New in the queue: Emergency")


def test_muting_stays_on_the_device_and_is_said(ward: Ward, desk: Desk) -> None:
    page = listening(desk, "/console?show=all")
    page.get_by_text("Sound: on").click()
    page.get_by_label("Play a sound").uncheck()
    page.reload()
    ready(page)
    expect(page.get_by_text("Sound: muted on this device")).to_be_visible()
    page.get_by_text("Sound: muted on this device").click()

    case = ward.emergency()
    expect(page.locator(f"#record-{case.escalation.id}")).to_be_visible()
    assert page.evaluate("window.tones") == []
    page.get_by_role("button", name="Test the sound").click()

    until(page, "window.tones.length === 3")
    page.get_by_role("button", name="Test the notice").click()
    until(page, "window.notices.length === 1")
    assert page.evaluate("window.notices") == ["Between Sessions This is a test. Nobody is waiting."]


def test_an_emergency_sounds_again_until_somebody_has_acknowledged_it(ward: Ward, desk: Desk) -> None:
    case = ward.emergency()
    page = desk()
    page.add_init_script(LISTENING)
    page.clock.install()
    page.goto("/console?show=all")
    ready(page)
    page.locator("h1").click()
    page.clock.fast_forward(20_000)
    until(page, "window.tones.length >= 3")

    with ward.db.write() as tx:
        escalations.acknowledge(tx, ward.ben, case.escalation.id)
    expect(page.locator(f"#record-{case.escalation.id}")).to_contain_text("Acknowledged")
    heard = page.evaluate("window.tones.length")
    page.clock.fast_forward(60_000)

    assert page.evaluate("window.tones.length") == heard


def test_a_browser_that_holds_the_sound_back_is_told_in_plain_sight(ward: Ward, desk: Desk) -> None:
    page = desk()
    page.add_init_script("Object.defineProperty(AudioContext.prototype, 'state', { get: () => 'suspended' });")
    page.goto("/console")

    expect(page.locator("[data-held-back]")).to_contain_text("Your browser plays no sound until you have clicked")
