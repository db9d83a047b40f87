"""`between doctor --embed`: a page that embeds the widget, with the mistakes that webmasters make."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.commands.surroundings import load_settings
from bot.store import clinics
from bot.store.database import open_database
from bot.store.rows import ClinicSettings
from tests.command_line import Between
from tests.web.api.servers import Served

OURS = "https://chat.example"
SCRIPT = f'<script src="{OURS}/widget.js?clinic=north" async></script>'
ELEMENT = '<between-sessions clinic="north"><a href="tel:999">999</a></between-sessions>'
POLICY = f"default-src 'none'; script-src {OURS}; frame-src {OURS}"


class Site:
    """A clinic's page, as a test makes it."""

    def __init__(self) -> None:
        self.html, self.headers = SCRIPT + ELEMENT, {"Content-Security-Policy": POLICY}
        self.served = Served(Starlette(routes=[Route("/", self._page)]))

    async def _page(self, request: Request) -> Response:
        return HTMLResponse(self.html, headers=self.headers)


@pytest.fixture
def site(data_dir: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    site = Site()
    monkeypatch.setenv("PUBLIC_URL", OURS)
    database = open_database(load_settings(), migrate=True)
    with database.write() as tx:
        clinics.create(tx, "north", ClinicSettings(name="North clinic", origins=(site.served.url,)))
    database.close()
    yield site
    site.served.stop()


def test_a_page_that_follows_the_document_is_in_order(between: Between, site: Site) -> None:
    done = between("doctor", "--embed", site.served.url)

    assert done.code == 0, done.out
    assert "BAD" not in done.out
    assert "!" not in done.out


@pytest.mark.parametrize(
    ("html", "policy", "said"),
    [
        (ELEMENT, POLICY, "there is no <script"),
        (SCRIPT.replace("north", "south") + ELEMENT, POLICY, "there is no clinic 'south'"),
        (SCRIPT + ELEMENT, "default-src 'self'", f"add: script-src {OURS};"),
        (SCRIPT + ELEMENT, f"default-src 'self'; script-src {OURS}", f"add: frame-src {OURS};"),
        (SCRIPT, POLICY, "write them there for when we are down"),
        (SCRIPT.replace(OURS, "https://old.example") + ELEMENT, "", f"ours is {OURS}"),
    ],
    ids=["no script", "wrong clinic", "script not allowed", "frame not allowed", "no plain contacts", "other server"],
)
def test_each_mistake_is_named_with_what_to_do(between: Between, site: Site, html: str, policy: str, said: str) -> None:
    site.html, site.headers = html, {"Content-Security-Policy": policy} if policy else {}

    assert said in between("doctor", "--embed", site.served.url).out


def test_a_site_that_the_clinic_does_not_allow_is_told_the_command(between: Between, site: Site) -> None:
    database = open_database(load_settings())
    with database.write() as tx:
        clinics.change(tx, "north", origins=("https://www.north.example",))
    database.close()

    done = between("doctor", "--embed", site.served.url)

    assert done.code == 1
    assert f"between clinic set north origins=https://www.north.example,{site.served.url}" in done.out


def test_a_page_that_does_not_answer_is_bad(between: Between, site: Site) -> None:
    assert between("doctor", "--embed", site.served.url + "/nothing").code == 1
