"""What the widget costs a clinic's page: `.venv/bin/python -m bench.widget [rounds]`.

The same page with and without the script tag, in turn, in Chromium with its processor slowed four times: until when the
page is interactive (its document is parsed and no task longer than 50 ms is left), bytes over the network, long tasks;
then the opening of the panel, until the greeting can be read.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, expect

from bench.table import print_table
from bot.store import clinics
from tests.browser.conftest import chromium
from tests.browser.host import SCRIPT, HostSite
from tests.web.api.houses import House

SLOWED = 4
LONG_MS = 50
QUIET_MS = 1500
PARAGRAPH = "<p>" + "We see people who take medicines for worry, panic or sleep. " * 8 + "</p>"
PAGE = "<nav><a href='/'>Home</a></nav>" + "<section><h2>What we do</h2>" + PARAGRAPH * 60 + "</section>"
WATCH = """
window.long = [];
new PerformanceObserver((list) => long.push(...list.getEntries())).observe({ type: "longtask", buffered: true });
"""
READ = """() => {
  const parsed = performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd;
  const interactive = Math.max(parsed, ...long.map(({ startTime, duration }) => startTime + duration));
  return { interactive, long: long.map(({ duration }) => duration) };
}"""


@dataclass(frozen=True, kw_only=True)
class Load:
    """One load of the page."""

    interactive_ms: float
    long_ms: tuple[float, ...]
    size: int


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        house = House(Path(folder))
        try:
            with HostSite(house.first_web().url) as host:
                with house.db.write() as tx:
                    clinics.change(tx, "demo", origins=(host.origin,))
                measure(browser, host, rounds)
        finally:
            house.stop()


def measure(browser: Browser, host: HostSite, rounds: int) -> None:
    loads: dict[str, list[Load]] = {"without": [], "with": []}
    openings: list[Load] = []
    for _ in range(rounds):
        host.body = PAGE
        loads["without"].append(load(browser, host.origin)[0])
        host.body = PAGE + SCRIPT
        found, opening = load(browser, host.origin, opens=True)
        loads["with"].append(found)
        openings.append(opening)
    rows = [[name, *figures(found)] for name, found in loads.items()]
    later, larger = (
        median(getattr(one, name) for one in loads["with"]) - median(getattr(one, name) for one in loads["without"])
        for name in ("interactive_ms", "size")
    )
    rows.append(["added", f"{later:.0f}", f"{larger / 1000:.1f}", "", ""])
    rows.append(["panel opened, until the greeting", *figures(openings)])
    heading = f"processor slowed {SLOWED} times, {rounds} rounds, medians"
    print_table([heading, "interactive, ms", "kB over the network", f"tasks > {LONG_MS} ms", "longest, ms"], rows)


def figures(found: list[Load]) -> list[str]:
    tasks = [ms for one in found for ms in one.long_ms]
    return [
        f"{median(one.interactive_ms for one in found):.0f}",
        f"{median(one.size for one in found) / 1000:.1f}",
        f"{len(tasks) / len(found):.1f}",
        f"{max(tasks, default=0):.0f}",
    ]


def load(browser: Browser, address: str, *, opens: bool = False) -> tuple[Load, Load]:
    """Load the page in a browser that has cached nothing; then, if wanted, open the panel."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.add_init_script(WATCH)
    tools = context.new_cdp_session(page)
    sizes: list[int] = []
    tools.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    tools.send("Network.enable")
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    page.goto(address)
    page.wait_for_timeout(QUIET_MS)
    found = page.evaluate(READ)
    loaded = Load(interactive_ms=found["interactive"], long_ms=tuple(found["long"]), size=sum(sizes))
    opened = open_panel(page, sizes) if opens else loaded
    context.close()
    return loaded, opened


def open_panel(page: Page, sizes: list[int]) -> Load:
    sizes.clear()
    page.evaluate("window.long.length = 0")
    began = page.evaluate("performance.now()")
    page.get_by_role("button", name="Support chat").click()
    frame = page.frame_locator("iframe[title='Support chat']")
    expect(frame.locator('[data-from="bot"] .text').last).to_be_visible()
    took: float = page.evaluate("performance.now()") - began
    page.wait_for_timeout(QUIET_MS)
    found: dict[str, Any] = page.evaluate(READ)
    return Load(interactive_ms=took, long_ms=tuple(found["long"]), size=sum(sizes))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
