"""The 24 worked cases come out exactly, and the rules hold for any set of answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ContentError
from bot.reflection import Points, formulate, load_model
from bot.reflection.model import UNANSWERED

VIGNETTES = yaml.safe_load((Path(__file__).parent / "vignettes.yml").read_text(encoding="utf-8"))["vignettes"]
MODEL = load_model()


@pytest.mark.parametrize("case", VIGNETTES, ids=[case["id"] for case in VIGNETTES])
def test_each_worked_case_comes_out_exactly(case: dict[str, Any]) -> None:
    expected = case["expected"]

    result = formulate(case["answers"], louder=case["tie_answer"], open_safety_step=case["open_safety_step"])

    assert {
        "C": result.C,
        "A": result.A,
        "W": result.W,
        "T": result.T,
        "core_answered": result.main_answered,
        "belief_points_before_cap": result.belief_points,
        "belief_points_used": result.belief_points_used,
        "withdrawal_gate": result.withdrawal_gate,
        "withdrawal_level": result.withdrawal_level,
        "band": result.band,
        "tie_decided_by": result.tie_decided_by,
        "headline": result.headline,
        "evidence_strength": result.strength,
        "flags": list(result.flags),
    } == {key: value for key, value in expected.items() if key != "points_by_dimension"}
    assert result.points == {name: Points(**points) for name, points in expected["points_by_dimension"].items()}


def options(name: str) -> st.SearchStrategy[Any]:
    question = MODEL.questions[name]
    if question.kind == "scale":
        return st.one_of(st.integers(0, 10), st.sampled_from(UNANSWERED))
    if question.kind == "single":
        return st.sampled_from([*question.options, *UNANSWERED])
    items = [*question.options, *(item for group in question.groups.values() for item in group)]
    return st.lists(st.sampled_from(items), unique=True, max_size=8)


ANSWERS = st.fixed_dictionaries({}, optional={name: options(name) for name in MODEL.order})
LOUDER = st.sampled_from([None, "pull", "worry", "same", "cannot_say"])


@given(ANSWERS, LOUDER, st.randoms())
def test_the_order_of_the_answers_does_not_matter(answers: dict[str, Any], louder: str | None, random: Any) -> None:
    names = list(answers)
    random.shuffle(names)

    assert formulate(answers, louder=louder) == formulate({name: answers[name] for name in names}, louder=louder)


@given(ANSWERS, st.sampled_from(MODEL.order))
def test_a_missing_answer_is_the_same_as_not_sure_and_never_a_no(answers: dict[str, Any], name: str) -> None:
    without = {key: value for key, value in answers.items() if key != name}
    unsure = without | {name: "not_sure"}

    missing, not_sure = formulate(without), formulate(unsure)

    assert (missing.C, missing.A, missing.W, missing.band, missing.main_answered, missing.headline) == (
        not_sure.C,
        not_sure.A,
        not_sure.W,
        not_sure.band,
        not_sure.main_answered,
        not_sure.headline,
    )
    assert name not in not_sure.answered


@given(ANSWERS)
def test_the_caps_hold(answers: dict[str, Any]) -> None:
    result = formulate(answers)

    assert result.belief_points_used <= 3
    assert result.points.get("inner_words", Points()).C <= 3
    assert result.points.get("inner_words", Points()).A <= 3
    assert result.points.get("new_body", Points()).W <= 3
    assert (result.C <= 26, result.A <= 25, result.W <= 15) == (True, True, True)


@given(ANSWERS, st.sampled_from(["lower_7", "stopped_28", "missed_doses", "no_change"]))
def test_withdrawal_points_never_change_craving_or_anxiety(answers: dict[str, Any], change: str) -> None:
    quiet = answers | {"dose_change": "no_change", "new_body": ["none_of_these"]}
    loud = answers | {"dose_change": change, "new_body": ["tremor_or_jerks", "ringing_ears", "odd_taste_or_smell"]}

    assert (formulate(quiet).C, formulate(quiet).A) == (formulate(loud).C, formulate(loud).A)
    assert formulate(quiet).band == formulate(loud).band


@given(ANSWERS)
@settings(max_examples=200)
def test_the_tie_question_is_needed_only_while_it_would_decide(answers: dict[str, Any]) -> None:
    result = formulate(answers)

    changed = {formulate(answers, louder=louder).band for louder in ("pull", "worry", "same")}

    assert (len(changed) > 1) == result.needs_louder


def reachable() -> Iterator[tuple[str, str]]:
    for case in VIGNETTES:
        result = formulate(case["answers"], louder=case["tie_answer"], open_safety_step=case["open_safety_step"])
        yield result.band, result.headline


def test_every_band_and_headline_is_reachable() -> None:
    bands, headlines = zip(*reachable(), strict=True)

    assert set(bands) == {
        "mostly_craving",
        "mostly_anxiety",
        "both_craving_louder",
        "both_anxiety_louder",
        "both_even",
        "not_clear_yet",
    }
    assert {"withdrawal_or_rebound", "body_symptoms_unexplained", "safety_stop"} <= set(headlines)


@pytest.mark.parametrize("item", MODEL.questions["new_body"].groups["red_flag"])
def test_a_red_flag_symptom_is_a_safety_stop_by_itself(item: str) -> None:
    result = formulate({"new_body": [item]}, open_safety_step="abrupt_stop")

    assert result.headline == "safety_stop"
    assert result.flags == ("safety:withdrawal_emergency",)


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"mood": "low"}, "unknown question mood; allowed: dose_change"),
        ({"focus": "pill"}, "focus: 'pill'; allowed: feeling, tablet"),
        ({"only_solution": 11}, "only_solution: 11; allowed: a whole number from 0 to 10"),
        ({"only_solution": True}, "only_solution: True; allowed: a whole number from 0 to 10"),
        ({"new_body": ["hiccups"]}, "new_body: hiccups; allowed: balance_or_blurred_vision"),
    ],
)
def test_an_answer_that_the_model_does_not_have_is_refused(answers: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        formulate(answers)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("A: 3}}", "A: three}}", r"model\.yml:\d+: points are whole numbers for C, A, W, not 'A': 'three'"),
        ("kind: scale", "kind: slider", r"model\.yml:\d+: 'kind' is 'slider'; allowed: single, scale"),
        ("speed: none, order: together", "speed: never, order: together", r"unknown option 'never'; allowed: instant"),
        ("order: [dose_change", "order: [dose_chance", r"model\.yml:\d+: 'order' names 'dose_chance'; allowed: focus"),
        ("flag: life_event", "flagg: life_event", r"unknown key 'flagg'; allowed: flag, id, opens_gate, points"),
    ],
)
def test_a_mistake_in_the_model_is_named_by_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (Path(__file__).parents[2] / "bot/content/reflection.yml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "model.yml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(ContentError, match=message):
        load_model(path)
