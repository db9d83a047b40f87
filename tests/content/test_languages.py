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
# What Polish must have whole: onboarding, check-in, everything said in a crisis, and a wish for a person.
WHOLE = ("onboarding", "check_in", "safety", "timed", "person")
HELP_NOW = ("fixed", "help", "help_now", "widget")


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


@pytest.mark.parametrize("file", WHOLE)
def test_no_response_of_a_crisis_is_missing_in_polish(file: str) -> None:
    english, polish = content(CONTENT / f"en/{file}.yml"), content(CONTENT / f"pl/{file}.yml")

    assert set(polish["responses"]) == set(english["responses"])


def test_what_a_crisis_text_names_it_names_in_polish_too() -> None:
    """A number that stands in the English words stands in the Polish ones; only the hours may be said by others."""
    english, polish = content(CONTENT / "en/safety.yml")["responses"], content(CONTENT / "pl/safety.yml")["responses"]

    for name, variants in polish.items():
        wanted = set(re.findall(r"\{[^}]*\}", english[name][0]["text"]))
        assert set(re.findall(r"\{[^}]*\}", variants[0]["text"])) == wanted, name


def test_get_help_now_is_whole_in_polish() -> None:
    english, polish = content(CONTENT / "en/pages.yml"), content(CONTENT / "pl/pages.yml")

    assert shape({name: polish[name] for name in HELP_NOW}) == shape({name: english[name] for name in HELP_NOW})
    assert shape(polish).keys() <= shape(english).keys()


def test_the_crisis_texts_have_every_place_and_every_number_of_the_english_ones() -> None:
    english = shape(
        {name: part for name, part in content(CONTENT / "en/crisis.yml").items() if name not in ONLY_ENGLISH}
    )

    assert shape(content(CONTENT / "pl/crisis.yml")) == english


def test_a_polish_patient_is_greeted_in_polish() -> None:
    values = {"clinic_name": "Poradnia nad Wisłą", "emergency_number": "112", "crisis_line": "800 70 2222"}

    assert Responses().say("utter_ON1", values, language="pl")["text"].startswith("Dzień dobry.")
    assert Responses().say("utter_UR1", values, language="pl")["text"].startswith("You reached out")


def test_a_polish_patient_in_danger_reads_polish_and_the_number() -> None:
    values = {"emergency_number": "112", "crisis_line": "800 70 2222", "team_told": "Zespół już o tym wie."}

    first = Responses().say("utter_suicidal_ideation_urgent", values, language="pl")["text"]
    ladder = Responses().say("utter_Q1", values, language="pl")

    assert first.endswith("Możesz teraz z kimś porozmawiać: 800 70 2222. Zespół już o tym wie.")
    assert ladder["text"] == "Czy masz myśli o odebraniu sobie życia?"
    assert ladder["buttons"][0]["title"] == "Nie, nie mam takich myśli"
