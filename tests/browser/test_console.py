"""The staff console in a real browser: at a desk, on a phone, by keyboard, without JavaScript, with the line lost."""

# ruff: noqa: F811 - Fixtures that are imported are asked for by name.

import re
from datetime import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.store import channels, closing, escalations, members, rota
from bot.web.app import create_app
from bot.web.console.access import COOKIE
from tests.browser.desks import Desk, desk, ready  # noqa: F401 - desk is a fixture.
from tests.browser.phone import Phone
from tests.web.api.servers import Served
from tests.web.console.conftest import founded, served, ward  # noqa: F401 - These are fixtures.
from tests.web.console.night import night
from tests.web.console.test_summary import week
from tests.web.console.ward import EMAILS, PASSWORD, Case, Ward

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_has_a_barrier_or_is_wider_than_the_screen(
    ward: Ward,
    desk: Desk,
    width: int,
    scheme: str,
) -> None:
    mine, *_, script = night(ward)
    with ward.db.write() as tx:
        escalations.claim(tx, ward.ada, mine.escalation.id)
        escalations.add_note(tx, ward.ada, mine.escalation.id, "rang twice", shared=True)
        closing.close(tx, ward.ada, script.escalation.id, "C10", "drill", 9)
    page = desk(width=width, color_scheme=scheme)
    found = {}
    paths = ["/console", mine.path, script.path, f"/console/conversations/{mine.conversation.id}"]

    paths += [f"{paths[3]}/summary", "/console/search"]

    for path in (*paths, "/console/closed", "/console/keyboard", "/console/nothing"):
        page.goto(path)
        found[path] = Phone(page, "").violations()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.keyboard.press("?")
    found["help"] = Phone(page, "").violations()
    stranger = desk("/console", width=width, color_scheme=scheme, stranger=True)
    found["sign in"] = Phone(stranger, "").violations()

    assert {path: said for path, said in found.items() if said} == {}


def test_a_new_emergency_appears_is_told_and_leaves_the_focus_where_it_was(ward: Ward, desk: Desk) -> None:
    first = ward.case()
    first.say("took three extra", "same_day", "escalating_use")
    page = desk("/console")
    ready(page)
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Rising use")).to_be_focused()

    case = ward.emergency()

    expect(page.locator(f"#record-{case.escalation.id}")).to_be_visible()
    expect(page.get_by_role("link", name="Rising use")).to_be_focused()
    expect(page.locator("[data-announce]")).to_contain_text("New in the queue: Emergency")
    expect(page).to_have_title(re.compile(r"^\(1\) Queue"))


def test_the_clocks_go_on_and_say_when_a_limit_has_passed(ward: Ward, desk: Desk) -> None:
    ward.clock.at(minutes=4, seconds=57)
    case = ward.emergency()
    ward.clock.at()
    page = desk("/console")
    row = page.locator(f"#record-{case.escalation.id}")

    expect(row).to_contain_text(re.compile(r"OVERDUE: not acknowledged for \d+\ss longer than allowed"))
    expect(row).to_contain_text(re.compile(r"Waiting 5\smin \d+\ss"))


def test_a_lost_line_is_told_and_so_is_its_return(ward: Ward, desk: Desk, served: str) -> None:
    page = desk("/console")
    ready(page)
    page.route("**/stream*", lambda route: route.abort())

    page.evaluate("document.dispatchEvent(new CustomEvent('between:renewed'))")  # The stream is opened anew.

    expect(page.locator("[data-live]")).to_contain_text("Not live since")
    expect(page.locator("[data-announce]")).to_contain_text("Not live since")
    page.unroute("**/stream*")
    case = ward.emergency()
    expect(page.locator(f"#record-{case.escalation.id}")).to_be_visible()
    ready(page)


def test_an_ended_session_is_told_on_an_open_queue(
    ward: Ward, desk: Desk, founded: tuple[Path, dict[str, str]]
) -> None:
    page = desk("/console")
    ready(page)

    with ward.db.write() as tx:
        members.logout(tx, founded[1]["ada"])

    expect(page.locator("[data-live]")).to_contain_text("Your session has ended")


def test_from_the_queue_to_a_claimed_record_by_keyboard_alone(ward: Ward, desk: Desk) -> None:
    case = ward.emergency()
    page = desk("/console")
    ready(page)

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(case.path))
    ready(page)
    page.keyboard.press("c")

    expect(page.get_by_text("You have claimed this record.")).to_be_visible()
    ready(page)
    page.keyboard.press("n")
    expect(page.get_by_label("Add a note")).to_be_focused()
    page.keyboard.type("c ? q")
    expect(page.get_by_label("Add a note")).to_have_value("c ? q")
    assert case.escalation.claimed_by == ward.ada.id


def test_single_keys_can_be_switched_off(ward: Ward, desk: Desk) -> None:
    case = ward.emergency()
    page = desk(case.path)
    ready(page)
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_label("Use single keys").uncheck()
    page.get_by_role("button", name="Close", exact=True).click()

    page.keyboard.press("c")
    page.reload()
    ready(page)
    page.keyboard.press("c")

    assert case.escalation.claimed_by is None


def test_the_first_tab_leads_past_the_navigation(ward: Ward, desk: Desk) -> None:
    page = desk("/console")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()


def test_what_is_new_is_shown_without_losing_a_half_written_note(ward: Ward, desk: Desk) -> None:
    case = ward.emergency()
    with ward.db.write() as tx:
        escalations.claim(tx, ward.ada, case.escalation.id)
    page = desk(case.path)
    ready(page)
    page.get_by_label("Add a note").fill("rang once, and")
    case.say("i have taken them", "emergency", "overdose_poisoning", phrase="taken them")

    page.get_by_role("link", name="Show what is new").click()

    expect(page.locator(".column-said mark").first).to_have_text("taken them")
    expect(page.get_by_label("Add a note")).to_have_value("rang once, and")
    expect(page.locator("[name=last_signal_seq]")).to_have_value(str(case.escalation.last_signal_seq))
    expect(page.get_by_role("link", name="Show what is new")).to_be_hidden()


def test_a_note_is_kept_once_however_often_the_button_is_pressed(ward: Ward, desk: Desk) -> None:
    case = ward.emergency()
    page = desk(case.path)
    ready(page)
    page.get_by_label("Add a note").fill("rang twice")

    page.get_by_role("button", name="Save the note").dblclick()

    expect(page.get_by_text("The note is saved.")).to_be_visible()
    with ward.db.read() as tx:
        notes = escalations.load(tx, ward.ada, case.escalation.id).notes
    assert [note.text for note in notes] == ["rang twice"]


def test_all_of_it_works_on_a_phone_without_javascript(ward: Ward, desk: Desk) -> None:
    case = ward.emergency()
    case.know(contact="07700 900123", safe_contact="call_only")
    page = desk(case.path, width=320, stranger=True, java_script_enabled=False)

    sign_in(page)
    expect(page.locator(".column-said mark")).to_have_text("kill myself")
    page.get_by_role("button", name="Claim this record").click()
    expect(page.get_by_text("You have claimed this record.")).to_be_visible()
    expect(page.get_by_role("link", name="Call 07700900123")).to_have_attribute("href", "tel:07700900123")
    page.get_by_role("button", name="I have reached them").click()
    page.get_by_label("C1 Spoken to the person").check()
    page.get_by_label("Note for the record").fill("spoke to her, her sister stays tonight")
    page.get_by_role("button", name="Close the record").click()

    expect(page.get_by_text("The record is closed.")).to_be_visible()
    assert case.escalation.outcome == "C1"
    page.get_by_role("link", name="Back to the queue").click()
    expect(page.get_by_text("Nothing is open.")).to_be_visible()


def sign_in(page: Page) -> None:
    page.get_by_label("E-mail address").fill(EMAILS["ada"])
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_link_in_a_web_mail_opens_the_record_of_who_is_signed_in(ward: Ward, desk: Desk, served: str) -> None:
    case: Case = ward.emergency()
    page = desk(case.path)
    page.goto(served.replace("127.0.0.1", "localhost") + "/console/login")  # Another site, as a browser sees it.

    page.evaluate("address => { location.href = address }", served + case.path)

    expect(page).to_have_url(served + case.path)
    expect(page.locator(".column-said mark")).to_have_text("kill myself")


def test_the_page_lives_on_when_the_web_process_is_started_again(
    ward: Ward,
    browser: Browser,
    founded: tuple[Path, dict[str, str]],
) -> None:
    web = Served(create_app(ward.settings, ward.db))
    context = browser.new_context(base_url=web.url)
    context.add_cookies([{"name": COOKIE, "value": founded[1]["ada"], "url": web.url, "sameSite": "Strict"}])
    page = context.new_page()
    page.goto("/console")
    ready(page)

    web.stop()
    expect(page.locator("[data-live]")).to_contain_text("Not live since", timeout=15_000)
    case = ward.emergency()
    again = Served(create_app(ward.settings, ward.db), port=web.port)

    expect(page.locator(f"#record-{case.escalation.id}")).to_be_visible(timeout=15_000)
    context.close()
    again.stop()


def test_on_a_phone_queue_and_shift_are_in_reach_of_a_thumb_and_the_rest_behind_one_tap(ward: Ward, desk: Desk) -> None:
    page = desk("/console/closed", width=360)
    height = page.viewport_size["height"]  # type: ignore[index]

    for name in ("Queue", "Shift", "Search"):
        link = page.get_by_role("link", name=name, exact=True)
        box = link.bounding_box()
        assert box is not None
        assert box["y"] > height * 0.85
        assert min(box["width"], box["height"]) >= 44
    assert not page.get_by_role("link", name="Closed").is_visible()
    page.get_by_role("button", name="More").click()
    expect(page.get_by_role("link", name="Closed")).to_be_visible()
    page.get_by_role("link", name="Monthly sample").click()

    expect(page.get_by_role("heading", name="Monthly sample")).to_be_visible()


def test_the_week_of_a_patient_fits_on_one_sheet_with_its_footer(ward: Ward, desk: Desk) -> None:
    case = week(ward)
    page = desk(f"/console/conversations/{case.conversation.id}/summary")

    printed = page.pdf(prefer_css_page_size=True)

    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    page.emulate_media(media="print")
    expect(page.get_by_text("Not a diagnosis, not a test")).to_be_visible()
    expect(page.get_by_role("heading", name="Take it away as a file")).to_be_hidden()


def test_the_pages_of_a_manager_have_no_barrier_and_fit_on_a_narrow_phone(ward: Ward, desk: Desk) -> None:
    night(ward)
    with ward.db.write() as tx:
        members.set_role(tx, ward.ada.id, "manager")
        channels.add(tx, "demo", "mailtos://nurse:secret@mail.example", name="Telephone of the night duty")
        rota.add_shift(tx, "demo", ward.ada.id, weekday=2, starts=time(21, 30), ends=time(7, 45), place=0)
    page = desk(width=320)

    for name in ("shift", "statistics", "examples", "sample", "people", "settings", "audit", "drill", "duty"):
        page.goto(f"/console/{name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name

    assert Phone(page, "").violations() == ""
    page.set_viewport_size({"width": 1280, "height": 800})
    more = page.get_by_role("button", name="More")
    more.click()
    above, below = more.bounding_box(), page.locator("#more").bounding_box()
    assert above
    assert below
    assert abs(above["x"] - below["x"]) < 2, "what a button opens stands under it"
    assert 0 <= below["y"] - above["y"] - above["height"] < 12
