"""Words that would be markup, script or a way out of an attribute, if somebody forgot to escape them; and what to
compare: the outline of a page, which no word may change.
"""

from html.parser import HTMLParser
from itertools import product

RUN = "window.pwned=1"
OUT = ("", '"', "'", "`", "-->", "</script>", "</title>", "</textarea>", '"}', "]]>")
DO = (
    f"<script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<svg onload={RUN}>",
    f" onfocus={RUN} autofocus ",
    f"javascript:{RUN}",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'>",
    "<style>*{display:none}</style>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "{{7*7}}",
    "${7*7}",
    "\u2028" + RUN,
)
PAYLOADS = tuple(out + do for out, do in product(OUT, DO))
ALL_IN_ONE = " ".join(PAYLOADS)
PLAIN = "plain"

Outline = list[tuple[str, tuple[str, ...]]]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.outline: Outline = []
        self.dangers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.outline.append((tag, tuple(name for name, _ in attrs)))
        for name, value in attrs:
            leads = (value or "").strip().lower()
            if name.startswith("on") or (
                name in ("href", "src", "action") and leads.startswith(("javascript:", "data:"))
            ):
                self.dangers.append(f"<{tag} {name}={value!r}>")


def outline(html: str) -> Outline:
    """Every element of a page in order, with the names of its attributes."""
    return _read(html).outline


def dangers(html: str) -> list[str]:
    """Attributes that would run script."""
    return _read(html).dangers


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader
