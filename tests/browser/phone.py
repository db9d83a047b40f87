"""A patient at the chat page: what they do and what they see, in a real browser."""

import json
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.waiting import wait_until

AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PATIENCE_MS = 12_000


class Phone:
    """One page. ``errors`` are what its scripts threw, ``foreign`` whom else it asked."""

    def __init__(self, page: Page, site: str) -> None:
        self.page, self.site = page, site
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self.may_leave = False
        self._ours = [site]
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._watch)

    def open(self, path: str = "/chat?clinic=demo") -> None:
        self.page.goto(self.site + path)
        if path.startswith("/chat"):
            expect(self.bot.last).to_be_visible(timeout=PATIENCE_MS)

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def mine(self) -> Locator:
        return self.page.locator('[data-from="patient"] .text')

    @property
    def bot(self) -> Locator:
        return self.page.locator('[data-from="bot"] .text')

    @property
    def field(self) -> Locator:
        return self.page.get_by_role("textbox", name="Your message")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def say(self, text: str) -> None:
        self.field.fill(text)
        self.field.press("Enter")

    def hears(self, text: str) -> None:
        """Wait until the bot has said this last."""
        expect(self.bot.last).to_have_text(text, timeout=PATIENCE_MS)

    @property
    def conversation(self) -> str:
        """The id of the conversation that this page has."""
        return str(self.page.evaluate("JSON.parse(sessionStorage['between.session']).conversation"))

    def storage(self) -> dict[str, Any]:
        """All that this device keeps of us."""
        both = "JSON.stringify([{...sessionStorage}, {...localStorage}])"
        session, local = json.loads(self.page.evaluate(both))
        return dict(session) | dict(local)

    def violations(self) -> str:
        """What axe-core finds, as text; empty if nothing."""
        found = Axe().run(
            self.page, options={"runOnly": {"type": "tag", "values": AXE_TAGS}, "resultTypes": ["violations"]}
        )
        return "\n".join(
            f"{one['id']}: {one['help']}: "
            + "; ".join(f"{node['html']} ({node['failureSummary']})" for node in one["nodes"])
            for one in found.response["violations"]
        )

    def until(self, script: str, arg: Any = None, *, seconds: float = 60) -> None:
        """Wait until a script gives something. `wait_for_function` polls with eval, which our policy forbids."""
        wait_until(lambda: bool(self.page.evaluate(script, arg)), seconds=seconds)

    def beyond_the_edge(self) -> list[str]:
        """What reaches beyond the right edge of the screen."""
        return list(
            self.page.evaluate(
                """Array.from(document.body.querySelectorAll("*"))
                     .filter((element) => !element.closest(".unseen") && element.getBoundingClientRect().width
                         && element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
                     .map((element) => element.outerHTML.slice(0, 80))"""
            )
        )

    def focused(self) -> str:
        """Text or label of what has the focus."""
        return str(
            self.page.evaluate(
                "(e => e.getAttribute('aria-label') || (e.labels && e.labels[0] && e.labels[0].textContent)"
                " || e.textContent || e.tagName)(document.activeElement)"
            )
        ).strip()

    def also_ours(self, origin: str) -> None:
        """Count a clinic's own site as one that may be asked."""
        self._ours.append(origin)

    def leave_to(self) -> list[str]:
        """Let the page go to the neutral page, which answers here. Gives the list of what was asked for."""
        self.may_leave = True
        asked: list[str] = []

        def answer(route: Route) -> None:
            asked.append(route.request.url)
            route.fulfill(status=200, content_type="text/html", body="<title>Weather</title>Sunny")

        self.page.context.route(lambda url: not url.startswith(tuple(self._ours)), answer)
        return asked

    def _watch(self, request: Request) -> None:
        theirs = urlsplit(request.url)
        if f"{theirs.scheme}://{theirs.netloc}" not in self._ours and not self.may_leave:
            self.foreign.append(request.url)
