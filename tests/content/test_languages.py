"""A second language is a folder: what it has fits the English in structure, and says that it waits for its review."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.content.reading import CONTENT
from bot.engine.responses import Responses

OTHERS = [path for path in sorted(CONTENT.glob("[a-z][a-z]/*.yml")) if path.parent.name != "en"]
ONLY_ENGLISH = ("problems",)  # For developers.


def content(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def shape(value: Any, at: str = "") -> dict[str, set[str]]:
    """Every text of a table by its place, with the placeholders in it."""
    if isinstance(value, Mapping):
        return {key: found for name, inner in value.items() for key, found in shape(inner, f"{at}/{name}").items()}
    return {at: set(re.findall(r"\{[^}]*\}", value))} if isinstance(value, str) else {}


def test_there_is_a_second_language() -> None:
    assert {path.parent.name for path in OTHERS} >= {"pl"}


@pytest.mark.parametrize("path", OTHERS, ids=str)
def test_a_translation_says_that_it_waits_for_its_review(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# AWAITING REVIEW")


@pytest.mark.parametrize("path", [one for one in OTHERS if "responses" in content(one)], ids=str)
def test_every_response_offers_what_the_english_one_offers(path: Path) -> None:
    english = Responses().languages["en"].responses

    for name, variants in content(path)["responses"].items():
        for variant in variants:
            offered = [button["payload"] for button in variant.get("buttons", ())]
            assert offered == [button["payload"] for button in english[name][0].buttons], name
            scale, expected = variant.get("custom", {}).get("scale"), english[name][0].custom.get("scale")
            assert (scale is None) == (expected is None), name
            if scale is not None and expected is not None:
                assert (scale["min"], scale["max"]) == (expected["min"], expected["max"])


def test_the_crisis_texts_have_every_place_and_every_number_of_the_english_ones() -> None:
    english = shape(
        {name: part for name, part in content(CONTENT / "en/crisis.yml").items() if name not in ONLY_ENGLISH}
    )

    assert shape(content(CONTENT / "pl/crisis.yml")) == english


def test_a_polish_patient_is_greeted_in_polish() -> None:
    values = {"clinic_name": "Poradnia nad Wisłą", "emergency_number": "112", "crisis_line": "800 70 2222"}

    assert Responses().say("utter_ON1", values, language="pl")["text"].startswith("Dzień dobry.")
    assert Responses().say("utter_UR1", values, language="pl")["text"].startswith("You reached out")
