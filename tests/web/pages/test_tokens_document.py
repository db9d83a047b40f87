"""docs/design-tokens.md says what the stylesheets say."""

import re

from bot.settings import ROOT
from tests.web.console.test_tokens import schemes
from tests.web.pages.test_dim import STAFF_ONLY, dim

DOCUMENT = (ROOT / "docs/design-tokens.md").read_text(encoding="utf-8")


def test_every_colour_stands_in_the_document_with_its_value_in_each_look() -> None:
    rows = re.findall(r"^\| `--([a-z-]+)` \| `(#\w+)` \| `(#\w+)` \|(?: `(#\w+)`)? +\|", DOCUMENT, re.M)
    looks = schemes()
    wanted = [
        (name, light, looks["dark"][name], "" if name.startswith(STAFF_ONLY) else dim()[name])
        for name, light in looks["light"].items()
    ]

    assert rows == wanted
