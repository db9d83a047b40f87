"""A desk of the staff console: a real browser in which Ada is signed in, on the ward of the console's tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bot.web.console.access import COOKIE
from tests.waiting import wait_until

Desk = Callable[..., Page]


@pytest.fixture
def desk(browser: Browser, served: str, founded: tuple[Path, dict[str, str]]) -> Iterator[Desk]:
    """A browser in which Ada is signed in, unless it is a stranger's."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_one(path: str = "", *, width: int = 1280, stranger: bool = False, **options: object) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            base_url=served,
            **options,  # type: ignore[arg-type]
        )
        contexts.append(context)
        if not stranger:
            context.add_cookies([{"name": COOKIE, "value": founded[1]["ada"], "url": served, "sameSite": "Strict"}])
        page = context.new_page()
        page.set_default_timeout(12_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
        if path:
            page.goto(path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert errors == [], "scripts must not fail, and nothing may break the content security policy"


def ready(page: Page) -> None:
    expect(page.locator("[data-live]")).to_have_text("Live")


def until(page: Page, script: str) -> None:
    """Wait until a script gives something. `wait_for_function` polls with eval, which our policy forbids."""
    wait_until(lambda: bool(page.evaluate(script)))
