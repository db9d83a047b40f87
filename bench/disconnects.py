"""The chat page in a real browser while its network fails at random: nothing may be lost, doubled or out of order.

    python -m bench.disconnects --number 1000 --seed 1

Each round writes a message and takes something away while it is on its way: the network, the request, its answer, the
page, or the web process. Ends with exit code 1 if what is stored, or what the page shows, is not what was written.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Browser, Error, Route

from bench.table import print_table
from bot.web.app import create_app
from tests.browser.conftest import chromium
from tests.browser.phone import Phone
from tests.web.api.houses import House
from tests.web.api.servers import Served

MESSAGES = "**/api/v1/messages"
SETTLED = "document.documentElement.dataset.ready === '' && (sessionStorage['between.outbox'] || '[]') === '[]'"
SHOWN = "(number) => document.querySelectorAll('[data-from=patient]').length >= number"
PATIENCE_SECONDS = 120
PER_CONVERSATION = 40


class Connection:
    """What stands between a patient's page and the store, and can be cut."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.served = Served(create_app(house.settings, house.db))

    def restart(self) -> None:
        port = self.served.port
        self.served.stop()
        self.served = Served(create_app(self.house.settings, self.house.db), port=port)


def disconnect(browser: Browser, house: House, *, number: int, seed: int) -> dict[str, int]:
    """So many disconnects, in conversations of usual length; gives what went wrong."""
    choose = random.Random(seed)
    connection = Connection(house)
    found = dict.fromkeys(("messages", "lost", "doubled", "out of order", "shown wrongly"), 0)
    try:
        for start in range(0, number, PER_CONVERSATION):
            count(found, *converse(browser, connection, choose, min(PER_CONVERSATION, number - start)))
            print(f"  {min(number, start + PER_CONVERSATION)}/{number}", file=sys.stderr, flush=True)
    finally:
        connection.served.stop()
    return found


def converse(
    browser: Browser, connection: Connection, choose: random.Random, number: int
) -> tuple[list[str], list[str], list[str]]:
    """One conversation: what was written, what is stored, what the page shows."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    phone = Phone(context.new_page(), connection.served.url)
    phone.open()
    written = [f"message {at}" for at in range(number)]
    for text in written:
        troubles = troubles_of(phone, connection)
        choose.choices(list(troubles.values()), weights=WEIGHTS)[0](text)
        phone.until(SETTLED, seconds=PATIENCE_SECONDS)
    told = connection.house.transcript(phone.conversation)
    stored = [one.text for one in told if one.sender == "patient"]
    phone.until(SHOWN, number, seconds=PATIENCE_SECONDS)
    shown = phone.mine.all_text_contents()
    context.close()
    return written, stored, shown


WEIGHTS = (6, 6, 6, 4, 1)


def troubles_of(phone: Phone, connection: Connection) -> dict[str, Callable[[str], None]]:
    """Each sends a text and cuts something while it is under way."""

    def offline(text: str) -> None:
        phone.page.context.set_offline(True)
        phone.say(text)
        phone.page.context.set_offline(False)

    def request_lost(text: str) -> None:
        phone.page.route(MESSAGES, lambda route: route.abort(), times=1)
        phone.say(text)

    def answer_lost(text: str) -> None:
        def lose(route: Route) -> None:
            with suppress(Error):  # A connection that was kept open from before a restart is reset.
                route.fetch()
            route.abort()

        phone.page.route(MESSAGES, lose, times=1)
        phone.say(text)

    def reload(text: str) -> None:
        phone.say(text)
        phone.page.reload()

    def restart(text: str) -> None:
        phone.say(text)
        connection.restart()

    return {one.__name__: one for one in (offline, request_lost, answer_lost, reload, restart)}


def count(found: dict[str, int], written: list[str], stored: list[str], shown: list[str]) -> None:
    found["messages"] += len(written)
    found["lost"] += sum(text not in stored for text in written)
    found["doubled"] += sum(stored.count(text) > 1 for text in written)
    found["out of order"] += sorted(stored) == sorted(written) and stored != written
    found["shown wrongly"] += shown != written


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="between-disconnects-") as folder, chromium() as browser:
        house = House(Path(folder))
        try:
            found = disconnect(browser, house, number=given.number, seed=given.seed)
        finally:
            house.stop()
    print_table(["seed", *found], [[str(given.seed), *map(str, found.values())]])
    return int(any(number for name, number in found.items() if name != "messages"))


if __name__ == "__main__":
    sys.exit(main())
