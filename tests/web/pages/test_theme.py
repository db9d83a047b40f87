"""A clinic's own colour: wherever it is used, it can be read."""

import random

import httpx
import pytest

from bot.store import clinics
from bot.web.pages.assets import FOLDER
from bot.web.pages.theme import DARK, LIGHT, Look, accents
from tests.web.api.houses import House
from tests.web.console.test_tokens import TEXT_PAIRS, contrast, schemes

CHOSEN = random.Random(7)
COLOURS = ["#000000", "#ffffff", "#ffff00", "#ff0000", "#00ff00", "#0000ff", "#808080", "#7a3b69"]
COLOURS += [f"#{CHOSEN.randrange(1 << 24):06x}" for _ in range(200)]


@pytest.mark.parametrize(("scheme", "look"), [("light", LIGHT), ("dark", DARK)])
def test_whatever_the_colour_every_text_pair_can_be_read(scheme: str, look: Look) -> None:
    too_faint = []
    for colour in COLOURS:
        tokens = schemes()[scheme] | accents(colour, look)
        too_faint += [
            (colour, ink, ground)
            for ink, ground in TEXT_PAIRS
            if {ink, ground} & set(accents(colour, look)) and contrast(tokens[ink], tokens[ground]) < 4.5
        ]

    assert too_faint == []


@pytest.mark.parametrize(("scheme", "look"), [("light", LIGHT), ("dark", DARK)])
def test_the_looks_are_those_of_the_tokens(scheme: str, look: Look) -> None:
    tokens = schemes()[scheme]

    assert (look.hardest, look.surface, look.on_accent) == (tokens["sunken"], tokens["surface"], tokens["on-accent"])


def test_a_colour_that_can_be_read_as_it_is_stays_as_it_is() -> None:
    assert accents("#1f6470", LIGHT)["accent"] == "#1f6470"


def test_the_pages_and_the_loader_take_the_clinics_colour(client: httpx.Client, house: House) -> None:
    with house.db.write() as tx:
        clinics.change(tx, "demo", colour="#7a3b69")

    for path in ("/chat", "/me", "/help-now", "/"):
        assert "/theme/7a3b69.css" in client.get(path).text
    assert "--accent: #7a3b69" in client.get("/theme/7a3b69.css").text
    loader = client.get("/widget.js?clinic=demo").text
    assert "#7a3b69" in loader
    assert "#1f6470" not in loader


def test_without_one_the_tokens_own_accents_stand(client: httpx.Client) -> None:
    assert "/theme/" not in client.get("/chat").text
    for accent in (schemes()["light"]["accent"], schemes()["dark"]["accent"]):
        assert accent in (FOLDER / "css/widget.css").read_text(encoding="utf-8")
        assert accent in client.get("/widget.js?clinic=demo").text


@pytest.mark.parametrize("colour", ["7a3b6", "7A3B69", "red", "7a3b69;", "7a3b69}body{display:none}"])
def test_only_a_colour_makes_a_stylesheet(client: httpx.Client, colour: str) -> None:
    answer = client.get(f"/theme/{colour}.css")

    assert (answer.status_code, answer.text) == (404, "")
