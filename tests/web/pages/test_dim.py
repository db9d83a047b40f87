"""Low light is dim, and can still be read: contrast as WCAG 2.2 has it, and a ceiling on brightness."""

import re

import pytest

from bot.web.pages.assets import FOLDER
from tests.web.console.test_tokens import SHAPE_PAIRS, TEXT_PAIRS, contrast, luminance, schemes

STAFF_ONLY = ("urgent", "same-day", "note")


def dim() -> dict[str, str]:
    own = re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", (FOLDER / "css/dim.css").read_text(encoding="utf-8"))
    return schemes()["dark"] | dict(own)


def patients(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [pair for pair in pairs if not any(colour.startswith(STAFF_ONLY) for colour in pair)]


@pytest.mark.parametrize(("ink", "ground"), patients(TEXT_PAIRS))
def test_text_can_be_read_in_low_light(ink: str, ground: str) -> None:
    assert contrast(dim()[ink], dim()[ground]) >= 4.5


@pytest.mark.parametrize(("shape", "ground"), patients(SHAPE_PAIRS))
def test_borders_and_focus_rings_can_be_seen_in_low_light(shape: str, ground: str) -> None:
    if shape == "emergency":
        shape = "emergency-text"  # The button's edge is not what tells it: its text is.

    assert contrast(dim()[shape], dim()[ground]) >= 3


@pytest.mark.parametrize("ground", ["page", "surface", "sunken", "patient", "bot", "staff", "accent-soft"])
def test_no_ground_shines(ground: str) -> None:
    assert luminance(dim()[ground]) < 0.03


def test_nothing_is_white_and_what_is_read_is_warm() -> None:
    colours = dim()
    red, blue = (int(colours["text"][at : at + 2], 16) for at in (1, 5))

    assert luminance(colours["text"]) < 0.6
    assert red > blue
