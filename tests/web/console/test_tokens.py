"""Colour pairs of the shared tokens, computed as WCAG 2.2 defines contrast (success criteria 1.4.3 and 1.4.11)."""

import re
from pathlib import Path

import pytest

import bot

TOKENS = Path(bot.__file__).parent / "web" / "static" / "css" / "tokens.css"
GROUNDS = ("page", "surface", "sunken")
TEXT_PAIRS = [
    *((text, ground) for text in ("text", "muted", "accent", "accent-strong", "emergency-text") for ground in GROUNDS),
    *(("text", ground) for ground in ("accent-soft", "emergency-soft", "patient", "bot", "staff", "good-soft")),
    *(("muted", ground) for ground in ("accent-soft", "patient", "bot", "staff")),
    *((f"{level}-text", f"{level}-soft") for level in ("emergency", "urgent", "same-day", "note", "good")),
    *((f"{level}-text", ground) for level in ("urgent", "same-day", "note", "good") for ground in GROUNDS),
    *((ink, "emergency-soft") for ink in ("muted", "accent", "good-text")),
    ("accent", "accent-soft"),
    ("good-text", "accent-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-emergency", "emergency"),
    ("on-mark", "mark"),
]
SHAPE_PAIRS = [
    *((shape, ground) for shape in ("field-line", "focus") for ground in GROUNDS),
    *((f"{level}-edge", "surface") for level in ("urgent", "same-day", "note")),
    ("emergency", "surface"),
    ("emergency", "page"),
]


def schemes() -> dict[str, dict[str, str]]:
    light, dark = TOKENS.read_text(encoding="utf-8").split("@media (prefers-color-scheme: dark)")
    find = re.compile(r"--([a-z-]+):\s*(#[0-9a-f]{6});")
    first = dict(find.findall(light))
    return {"light": first, "dark": first | dict(find.findall(dark))}


def contrast(first: str, second: str) -> float:
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_text_can_be_read(scheme: str, ink: str, ground: str) -> None:
    colours = schemes()[scheme]

    assert contrast(colours[ink], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("shape", "ground"), SHAPE_PAIRS)
def test_borders_and_focus_rings_can_be_seen(scheme: str, shape: str, ground: str) -> None:
    colours = schemes()[scheme]

    assert contrast(colours[shape], colours[ground]) >= 3
