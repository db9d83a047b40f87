"""`between doctor --embed URL`: whether a clinic's page embeds the widget as docs/embedding.md says."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import httpx

from bot.commands.finding import Finding
from bot.errors import NotFound
from bot.settings import Settings
from bot.store import clinics
from bot.store.database import Database

PATIENCE_SECONDS = 10
LOADER = "/widget.js"
ELEMENT = "between-sessions"
# What decides about a script and about a frame: the first of these that the policy has.
ORDERS = {
    "script-src": ("script-src-elem", "script-src", "default-src"),
    "frame-src": ("frame-src", "child-src", "default-src"),
}


def look_at_page(url: str, settings: Settings, database: Database) -> Iterator[Finding]:
    """What was found on the page at `url`, line by line."""
    try:
        answer = httpx.get(url, timeout=PATIENCE_SECONDS, follow_redirects=True, trust_env=False)
        answer.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        yield _finding("page", "bad", f"{url} cannot be read: {error}")
        return
    page = _Page()
    page.feed(answer.text)
    yield _finding("page", "ok", f"{answer.url} answers")
    clinic_id, ours = _loader(page.scripts, str(answer.url))
    if not clinic_id:
        yield _finding("script", "bad", 'there is no <script src="…/widget.js?clinic=…">')
        return
    public = ours == settings.public_url
    said = f"{ours} is asked for clinic {clinic_id!r}"
    yield _finding(
        "script", "ok" if public else "warning", said if public else f"{said}; ours is {settings.public_url}"
    )
    yield _origin(database, clinic_id, _origin_of(str(answer.url)))
    yield from _policy(", ".join(answer.headers.get_list("content-security-policy")), ours)
    has_number = bool(re.search(r"tel:", page.plain))
    yield _finding(
        "contacts",
        "ok" if has_number else "warning",
        f"crisis numbers stand in plain HTML inside <{ELEMENT}>"
        if has_number
        else f"no crisis number stands in plain HTML inside <{ELEMENT}>: write them there for when we are down",
    )


class _Page(HTMLParser):
    """Script addresses, and what stands inside the element as plain HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.plain = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "script" and values.get("src"):
            self.scripts.append(str(values["src"]))
        self._inside = self._inside or tag == ELEMENT
        if self._inside:
            self.plain += str(values.get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != ELEMENT


def _loader(scripts: list[str], page: str) -> tuple[str, str]:
    """The clinic that a loader on the page names, and the server that it comes from; empty if there is none."""
    for script in scripts:
        parts = urlsplit(str(httpx.URL(page).join(script)))
        if parts.path == LOADER:
            return parse_qs(parts.query).get("clinic", [""])[0], f"{parts.scheme}://{parts.netloc}"
    return "", ""


def _origin(database: Database, clinic_id: str, origin: str) -> Finding:
    try:
        with database.read() as tx:
            allowed = clinics.get(tx, clinic_id).settings.origins
    except NotFound:
        return _finding("clinic", "bad", f"there is no clinic {clinic_id!r}")
    if origin in allowed:
        return _finding("origin", "ok", f"{clinic_id} lets {origin} show its chat")
    listed = ",".join((*allowed, origin))
    return _finding("origin", "bad", f"{clinic_id} does not allow it: between clinic set {clinic_id} origins={listed}")


def _policy(policy: str, ours: str) -> Iterator[Finding]:
    """Whether a content security policy lets our script and frame through."""
    if not policy:
        yield _finding("policy", "ok", "the page sends no content security policy in a header")
        return
    lines = {words[0].lower(): words[1:] for part in re.split("[;,]", policy) if (words := part.split())}
    for name, orders in ORDERS.items():
        line = next((lines[one] for one in orders if one in lines), None)
        passes = line is None or any(_covers(source, ours) for source in line)
        said = f"{name} lets {ours} through" if passes else f"add: {name} {ours};"
        yield _finding("policy", "ok" if passes else "bad", said)


def _covers(source: str, ours: str) -> bool:
    scheme = urlsplit(ours).scheme
    if source in ("*", ours, f"{scheme}:", urlsplit(ours).netloc, "'strict-dynamic'"):
        return True
    wild = re.fullmatch(r"(?:(https?)://)?\*\.(.+)", source)
    return bool(wild and urlsplit(ours).netloc.endswith("." + wild[2]) and wild[1] in (None, scheme))


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _finding(name: str, state: str, said: str) -> Finding:
    return Finding(name=name, state=state, said=said)
