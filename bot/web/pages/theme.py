"""A clinic's own colour on the patients' pages and the widget: one colour in, every accent of tokens.css out.

The colour is made darker for the light look and lighter for the dark one until every text pair that it belongs to meets
WCAG 2.2 AA, so that no clinic can choose a button that nobody can read. Low light keeps its own colours (dim.css).
"""

import re
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

COLOUR = re.compile(r"[0-9a-f]{6}")
KEEP = "public, max-age=31536000, immutable"  # The colour stands in the address.
ENOUGH = 4.6  # WCAG asks for 4.5; rounding to whole channels takes a little.
STEP = 0.04
SOFT = 0.12
STRONG = 0.25

Channels = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True)
class Look:
    """Grounds and ink of one look, as in tokens.css: the ground on which an accent is hardest to read decides."""

    hardest: str
    surface: str
    on_accent: str
    away: str  # Where a colour moves to be told from the grounds.


LIGHT = Look(hardest="#eaefed", surface="#fdfefd", on_accent="#fbfefe", away="#000000")
DARK = Look(hardest="#233031", surface="#1a2425", on_accent="#0b2429", away="#ffffff")


async def stylesheet(request: Request) -> Response:
    """GET /theme/<rrggbb>.css. Anything but a colour is not there."""
    colour = request.path_params["colour"]
    if not COLOUR.fullmatch(colour):
        return Response("", 404, media_type="text/css")
    return Response(css("#" + colour), headers={"Cache-Control": KEEP}, media_type="text/css")


def css(colour: str) -> str:
    """The accents of both looks as custom properties."""
    light, dark = (
        "".join(f"--{name}: {value};" for name, value in accents(colour, look).items()) for look in (LIGHT, DARK)
    )
    return f":root {{{light}}}\n@media (prefers-color-scheme: dark) {{ :root {{{dark}}} }}\n"


def accents(colour: str, look: Look) -> dict[str, str]:
    """The tokens that follow from a clinic's colour in one look."""
    accent = colour
    for _ in range(int(1 / STEP) + 1):
        soft = mix(look.surface, accent, SOFT)
        if all(contrast(accent, ground) >= ENOUGH for ground in (look.hardest, look.on_accent, soft)):
            break
        accent = mix(accent, look.away, STEP)
    return {
        "accent": accent,
        "accent-strong": mix(accent, look.away, STRONG),
        "on-accent": look.on_accent,
        "accent-soft": soft,
        "patient": soft,
    }


def mix(one: str, other: str, share: float) -> str:
    """The first colour with so much of the second in it."""
    mixed = [round(a + (b - a) * share) for a, b in zip(_channels(one), _channels(other), strict=True)]
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def contrast(one: str, other: str) -> float:
    """Contrast as WCAG 2.2 defines it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (x / 255 for x in _channels(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(colour: str) -> Channels:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
