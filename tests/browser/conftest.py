"""A patient's phone: real Chromium on the real web process, with a dialogue whose lines each test writes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from shutil import which

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.dialogue import Dialogue
from tests.browser.phone import Phone
from tests.web.api.houses import House

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium, that asks nobody but the pages that are opened in it."""
    with sync_playwright() as playwright:
        path = next(filter(None, map(which, BROWSERS)))
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for the tests of a file, each of which has conversations of its own; use `house`."""
    house = House(tmp_path_factory.mktemp("house"))
    yield house
    house.stop()


@pytest.fixture
def house(shared_house: House) -> House:
    """A real database and the fake Rasa of the API's tests, as new."""
    shared_house.tidy()
    return shared_house


@pytest.fixture
def dialogue(house: House) -> Dialogue:
    """What the bot says, in the order in which a test wrote it."""
    return Dialogue(house.rasa)


@pytest.fixture
def site(house: House, dialogue: Dialogue) -> str:
    """The address of the web process."""
    return house.first_web().url


@pytest.fixture
def open_phone(browser: Browser, site: str) -> Iterator[Callable[..., Phone]]:
    """Takes a phone (or whatever the options make of it) that has loaded nothing yet."""
    contexts: list[BrowserContext] = []
    opened: list[Phone] = []

    def open_one(*, width: int = 360, height: int = 740, hour: int = 12, **options: object) -> Phone:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            timezone_id=zone_where_it_is(hour),
            **options,  # type: ignore[arg-type]
        )
        contexts.append(context)
        opened.append(Phone(context.new_page(), site))
        return opened[-1]

    yield open_one
    for context in contexts:
        context.close()
    for phone in opened:
        assert phone.errors == [], "the page's scripts must not fail"
        assert phone.foreign == [], "the page must ask nobody but us"


@pytest.fixture
def phone(open_phone: Callable[..., Phone]) -> Phone:
    """A small phone at noon, with the chat open."""
    phone = open_phone()
    phone.open()
    return phone


def zone_where_it_is(hour: int) -> str:
    """A time zone in which it is this hour of the day now."""
    ahead = (hour - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/UTC"  # Their sign is the other way round.
