"""Plays a worked case of the reflective session through the dialogue, question by question, as a patient would answer.

A case says what a patient answers per dimension of the model. What it does not name is answered "not sure" or left
out, never three times in a row. ``Voice`` is how one answers: by choices, or in typed words.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.actions.dialogue import book
from bot.actions.picture import DIALOGUE
from bot.content.reading import CONTENT

VIGNETTES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[1] / "reflection/vignettes.yml").read_text(encoding="utf-8")
)["vignettes"]
STEPS = {state.code: state.answer for state in book().states.values() if state.dialogue == DIALOGUE}
SHORT = ("focus", "order", "speed", "resemblance", "cue_timing")
FIT = {"does_not_fit": "no", None: "yes"}

Pick = tuple[str, Any]
Answer = Callable[[str, Pick], None]


def answer_of(case: Mapping[str, Any], code: str) -> Pick:
    """What the patient of a case answers at a state: a choice, several, a number, or a text."""
    answers, step = case["answers"], STEPS.get(code)
    if step is None:
        raise AssertionError(f"the session of {case['id']} went elsewhere: {code}")
    special: dict[str, Pick] = {
        "RS0": ("choice", "yes"),
        "D11b": ("choice", "yes"),
        "D11d": ("choice", "yes"),
        "D11e": ("choice", "yes"),
        "RS6": ("choice", "go_on" if set(answers) - {"dose_change", "new_body", *SHORT} else "stop"),
        "D10": ("choice", "list" if answers.get("inner_words") else "skip"),
        "RS11": ("choice", "skip"),
        "RS11t": ("choice", case["tie_answer"] or "cannot_say"),
        "RS11b": ("choice", "no_idea"),
        "RS12": ("choice", FIT[case["person_fit"]]),
        "RS_skipped": ("choice", "go_on"),
        "RS_rest": ("choice", "go_on"),
        "RS1u": ("choice", "go_on"),
        "D10h": ("choice", "no"),
        "RS14": ("choice", "stop"),
        "ES1": ("choice", "right"),
    }
    if code in special:
        return special[code]
    ratings = case["ratings"] or {}
    if code in ("RS1a", "RS13a", "RS1b", "RS13b"):
        value = ratings.get("craving" if code.endswith("a") else "anxiety")
        return ("choice", "skip") if value is None else ("value", value)
    if step in answers:
        value = answers[step]
        return (
            ("value", value) if isinstance(value, int) else ("choices" if isinstance(value, list) else "choice", value)
        )
    state = book().states[code]
    if "not_sure" in state.options:
        return ("choice", "not_sure")
    if state.input == "choices":
        return ("choices", ["none"]) if "none" in state.options else ("text", "skip")
    return ("text", "skip") if "skip" not in state.options else ("choice", "skip")


def difference(case: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Where a stored formulation is not the one that the case expects, as name -> (found, expected)."""
    expected = case["expected"]
    names = {
        "core_answered": "main_answered",
        "belief_points_before_cap": "belief_points",
        "evidence_strength": "strength",
    }
    differ = {
        name: (found[names.get(name, name)], value)
        for name, value in expected.items()
        if name != "points_by_dimension" and found[names.get(name, name)] != value
    }
    points = {name: {side: n for side, n in sides.items() if n} for name, sides in found["points"].items()}
    worth = {name: sides for name, sides in points.items() if sides}
    wanted = {name: sides for name, sides in expected["points_by_dimension"].items() if sides}
    return differ | ({"points": (worth, wanted)} if worth != wanted else {})


def responses() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load((CONTENT / "en/reflection.yml").read_text(encoding="utf-8"))["responses"]
    return found
