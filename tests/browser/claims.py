"""What must hold on every screen of a patient's pages in every state: named claims, each asked of the real page.

A claim is a script that gives what breaks it. `Walk.here` asks all of them and tries the two keys for help; what fails
is told at the end by the name of the state and of the claim, so that one run tells everything that is wrong.
"""

import re
from difflib import SequenceMatcher

from playwright.sync_api import Locator, Page

from tests.browser.phone import Phone

SEEN = """(element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(".unseen")"""
# Name of the claim: what breaks it, as a list. `all(selector)` is what can be seen of it, `said` its name.
CLAIMS = {
    "the page says its language": "document.documentElement.lang ? [] : ['html']",
    "the page has a title": "document.title.trim() ? [] : ['title']",
    "there is one main part": "document.querySelectorAll('main').length === 1 ? [] : ['main']",
    "there is one heading of the first rank": "document.querySelectorAll('h1').length === 1 ? [] : ['h1']",
    "every control has a name": "all('a, button, summary, input, textarea').filter((e) => !said(e)).map(html)",
    "every control is 24 px or more": "all('a, button, summary, textarea, label').filter(tooSmall(24)).map(html)",
    "the fixed buttons are 44 px or more": "all('.fixed-row > *, .page-top .leave').filter(tooSmall(43.5)).map(html)",
    "help can be seen": "onTop(document.querySelector('#help') ? '#help summary' : 'h1')",
    "nothing reaches beyond the right edge": "all('body *').filter((e) => box(e).right > innerWidth + 1).map(html)",
    "the page does not scroll sideways": "document.scrollingElement.scrollWidth > innerWidth + 1 ? ['page'] : []",
    "nothing moves": "all('body *').filter(moves).map(html).concat(document.getAnimations().map(String))",
    "no text is smaller than 13 px": "all('body *').filter((e) => words(e) && size(e) < 12.9).map(html)",
    "no place in the tab order is forced": "all('[tabindex]').filter((e) => e.tabIndex > 0).map(html)",
    "nothing focusable is kept from screen readers": "all('[aria-hidden=true] :is(a, button, input)').map(html)",
    "every id stands once": "ids().filter((id, at, every) => every.indexOf(id) !== at)",
    "what a name points to is there": "refs().filter((id) => !document.getElementById(id))",
    "pictures say nothing or have a name": "all('svg, img').filter((e) => !e.ariaHidden && !said(e)).map(html)",
    "what is wrong is not told by colour alone": "all('[aria-invalid=true]').filter((e) => !said(e)).map(html)",
    "numbers can be tapped": "all('.contact').filter((e) => !e.querySelector('a[href^=tel], a[href^=sms]')).map(html)",
    "messages say who speaks": "all('.message').filter((e) => !e.querySelector('.name').textContent).map(html)",
    "the conversation is a log that speaks politely": "live('#log', 'log', 'polite')",
    "states are told in status lines": "live('#notice', 'status').concat(live('#spoken', 'status'))",
    "no sound and no film": "all('audio, video, marquee, blink').map(html)",
}
ASK = f"""() => {{
  const isSeen = {SEEN};
  const all = (selector) => Array.from(document.querySelectorAll(selector)).filter(isSeen);
  const html = (element) => element.outerHTML.slice(0, 90);
  const box = (element) => element.getBoundingClientRect();
  const labels = (element) => [...(element.labels || [])].map((one) => one.textContent).join();
  const said = (element) => (element.ariaLabel || labels(element) || element.textContent || "").trim();
  const inside = (element) => element.matches("input, a") && (element.closest("label, p, li, .step") || element);
  const tooSmall = (least) => (element) => {{
    const area = box(inside(element) || element);
    return area.width < least && area.width > 0 || area.height < least && area.height > 0;
  }};
  const size = (element) => parseFloat(getComputedStyle(element).fontSize);
  const words = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  const moves = (element) => (style => style.animationName !== "none" || parseFloat(style.transitionDuration) > 0
    || style.scrollBehavior === "smooth")(getComputedStyle(element));
  const ids = () => Array.from(document.querySelectorAll("[id]")).map((element) => element.id);
  const refs = () => ["aria-labelledby", "aria-controls", "aria-describedby", "for"].flatMap((name) =>
    all(`[${{name}}]`).flatMap((element) => element.getAttribute(name).split(" ")));
  const live = (selector, role, polite) => Array.from(document.querySelectorAll(selector)).filter((element) =>
    element.getAttribute("role") !== role || polite && element.getAttribute("aria-live") !== polite).map(html);
  const onTop = (selector) => {{
    const found = all(selector)[0];
    if (!found) return [selector];
    const {{ left, top, width, height }} = box(found);
    const there = document.elementFromPoint(left + width / 2, Math.max(0, top) + height / 2);
    return there && (found.contains(there) || there.closest(".sheet, .crisis")) ? [] : [selector];
  }};
  return {{ {", ".join(f'"{name}": {script}' for name, script in CLAIMS.items())} }};
}}"""


# An address, a hint that a value replaces, and lines whose moment is another test's; "More below" hangs on fonts.
WHEN = re.compile(r"(?<=Today )\d\d:\d\d|(?<=opened it on )[^.]+(?=\.)")
NOT_SAID = ("/url", "/placeholder", "status", "alert")


class Walk:
    """A walk through a patient's pages: what was claimed, what was wrong, and what a screen reader would say."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.claimed: list[str] = []
        self.broken: list[str] = []
        self.heard: list[str] = []
        self._before: list[str] = []

    def here(self, state: str, *, has_keys: bool = True) -> None:
        """Claim everything of this state; ``has_keys``: this page listens to the keys for help and for a person."""
        found: dict[str, list[str]] = self.phone.page.evaluate(ASK)
        for name, breaks in found.items():
            self.claim(state, name, not breaks, "; ".join(breaks))
        self.claim(state, "axe finds nothing", not (told := self.phone.violations()), told)
        self._hear(state)
        if has_keys:
            self._keys(state)

    def _hear(self, state: str) -> None:
        """Note what would be said here that was not said in the state before."""
        now = spoken(self.phone.page.locator("body"))
        changes = SequenceMatcher(a=self._before, b=now, autojunk=False).get_opcodes()
        self.heard += [
            f"== {state}",
            *(line for kind, _, _, start, end in changes if kind != "equal" for line in now[start:end]),
        ]
        self._before = now

    def claim(self, state: str, name: str, is_so: bool, told: str = "") -> None:
        self.claimed.append(f"{state}: {name}")
        if not is_so:
            self.broken.append(f"{state}: {name}: {told}")

    def _keys(self, state: str) -> None:
        page = self.phone.page
        page.keyboard.press("F1")
        self.claim(state, "one key opens the numbers", self.phone.focused().startswith("Call"), self.phone.focused())
        page.keyboard.press("Escape")
        self.claim(state, "Esc gives the page back", self.phone.focused() == "Get help now", self.phone.focused())
        self.claim(state, "focus can be seen", outline(page) != "none", self.phone.focused())
        page.keyboard.press("F2")
        at = self.phone.focused()
        self.claim(state, "a person is two keys away", at == "Talk to a person", at)


def outline(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))


def spoken(part: Locator) -> list[str]:
    """What a screen reader would say of a part of the page, in its order: name first, then what it is."""
    said = []
    for line in WHEN.sub("12:00", part.aria_snapshot()).splitlines():
        found = re.match(
            r"""\s*- (?:'|")?(?P<role>[\w/]+)(?: "(?P<name>(?:[^"\\]|\\.)*)")?(?P<more>[^:]*):?\s*(?P<text>.*)""", line
        )
        if found is None or found["role"] in NOT_SAID or found["name"] == "More below":
            continue
        states = re.findall(r"\[([\w=]+)\]", found["more"])
        words = ", ".join(filter(None, (found["name"], found["text"].strip("\"'"))))
        role = "" if found["role"] in ("text", "paragraph", "strong") else found["role"]
        parts = [part for part in (words, role, *states) if part]
        if words or states or role in ("log", "main", "banner", "list", "separator"):
            said.append(", ".join(parts))
    return said
