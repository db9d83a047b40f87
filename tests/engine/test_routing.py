"""The gate: a finding decides before the classifier, an answer is not an interruption, and stop always gets through."""

import pytest

from bot.engine.routing import RISK, Thresholds, route

PAGE = {"level": "urgent", "action": "page", "categories": ["suicidal_ideation"]}
ASK = {"level": "same_day", "action": "ask", "categories": ["escalating_use"]}
REVIEW = {"level": "note", "action": "review", "categories": ["psychosis_mania"]}
PERSON = {"level": "same_day", "action": "ask", "categories": ["request_human"]}
NOTHING = {"level": "none", "action": "none", "categories": []}


def routed(intent: str, confidence: float, metadata: dict | None = None, meaning: dict | None = None) -> str:
    return route(intent, confidence, metadata or {}, meaning, Thresholds()).intent


@pytest.mark.parametrize("intent", ["greet", "inform", "nlu_fallback", "stop", "ask_human", "goodbye", "answer", ""])
@pytest.mark.parametrize(
    ("assessment", "meaning"), [(PAGE, None), (ASK, None), (None, PAGE), (NOTHING, ASK), (REVIEW, PAGE), (PERSON, PAGE)]
)
def test_a_finding_of_either_layer_stops_the_flow(intent: str, assessment: dict | None, meaning: dict | None) -> None:
    for form in ({}, {"expects": "text", "state": "CI3"}, {"expects": "scale", "state": "D02"}):
        assert routed(intent, 1.0, {"assessment": assessment, **form}, meaning) == "risk_disclosure"


@pytest.mark.parametrize("finding", [None, NOTHING, REVIEW, {}])
def test_what_is_only_for_review_changes_nothing(finding: dict | None) -> None:
    assert routed("greet", 0.9, {"assessment": finding}, finding) == "greet"


@pytest.mark.parametrize(("assessment", "meaning"), [(PERSON, None), (None, PERSON), (PERSON, PERSON)])
def test_asking_for_a_person_is_no_risk(assessment: dict | None, meaning: dict | None) -> None:
    assert routed("inform", 0.9, {"assessment": assessment}, meaning) == "ask_human"
    assert routed("inform", 0.9, {"assessment": assessment, "state": "Q2"}, meaning) == "ask_human"


def test_the_worse_finding_is_kept_with_the_categories_of_both() -> None:
    risk = route("greet", 0.9, {"assessment": ASK}, PAGE, Thresholds()).risk

    assert risk == {
        "layer": "meaning",
        "level": "urgent",
        "action": "page",
        "categories": ["escalating_use", "suicidal_ideation"],
    }


@pytest.mark.parametrize(
    ("meaning", "spoken"),
    [
        ({**PAGE, "categories": ["pregnancy"]}, ["suicidal_ideation"]),
        (
            {**PAGE, "level": "emergency", "categories": ["overdose_poisoning"]},
            ["suicidal_ideation", "overdose_poisoning"],
        ),
        (NOTHING, ["suicidal_ideation"]),
    ],
)
def test_a_category_that_layer_two_alone_names_is_spoken_of_where_its_finding_is_the_worse(
    meaning: dict, spoken: list[str]
) -> None:
    risk = route("greet", 0.9, {"assessment": PAGE}, meaning, Thresholds()).risk

    assert risk is not None
    assert risk["categories"] == spoken


def test_layer_twos_word_on_suicide_is_always_taken_up() -> None:
    risk = route("greet", 0.9, {"assessment": {**PAGE, "categories": ["abrupt_stop"]}}, PAGE, Thresholds()).risk

    assert risk is not None
    assert risk["categories"] == ["abrupt_stop", "suicidal_ideation"]


@pytest.mark.parametrize("state", ["Q1", "Q3b", "SF2", "SF"])
@pytest.mark.parametrize(
    ("intent", "confidence", "expected"),
    [
        ("greet", 1.0, "inform"),
        ("check_in", 0.99, "inform"),
        ("nlu_fallback", 0.3, "inform"),
        ("risk_disclosure", 0.9, "inform"),
        ("answer", 1.0, "answer"),
        ("stop", 0.9, "stop"),
        ("stop", 0.3, "inform"),
        ("ask_human", 0.6, "ask_human"),
    ],
)
def test_an_open_safety_step_lets_only_answers_stop_and_a_person_through(
    state: str, intent: str, confidence: float, expected: str
) -> None:
    assert routed(intent, confidence, {"state": state, "expects": "choice"}) == expected


@pytest.mark.parametrize("intent", ["inform", "greet", "stop", "answer"])
def test_a_risk_inside_a_safety_step_is_an_answer_to_it_with_its_finding(intent: str) -> None:
    found = route(intent, 0.9, {"state": "Q2", "expects": "choice", "assessment": PAGE}, None, Thresholds())

    assert found.intent == ("answer" if intent == "answer" else "inform")
    assert found.risk is not None
    assert found.risk["categories"] == ["suicidal_ideation"]


@pytest.mark.parametrize(
    ("intent", "confidence", "expected"),
    [
        ("greet", 0.79, "inform"),
        ("greet", 0.8, "greet"),
        ("goodbye", 0.5, "inform"),
        ("nlu_fallback", 0.3, "inform"),
        ("inform", 0.2, "inform"),
        ("tell_hard", 0.95, "inform"),
        ("tell_good", 0.95, "inform"),
        ("stop", 0.4, "stop"),
        ("stop", 0.39, "inform"),
        ("ask_human", 0.55, "ask_human"),
        ("answer", 1.0, "answer"),
    ],
)
def test_in_a_form_an_interruption_must_be_sure(intent: str, confidence: float, expected: str) -> None:
    assert routed(intent, confidence, {"expects": "text", "state": "CI3"}) == expected


@pytest.mark.parametrize(("confidence", "expected"), [(0.79, "nlu_fallback"), (0.8, "risk_disclosure")])
def test_where_both_layers_are_silent_the_classifier_must_be_sure_of_a_risk(confidence: float, expected: str) -> None:
    assert routed("risk_disclosure", confidence) == expected


@pytest.mark.parametrize("state", [None, "", "CI1", "ON4", "QUIET", "Slow"])
def test_outside_of_forms_and_safety_steps_the_classifier_decides(state: str | None) -> None:
    assert routed("greet", 0.35, {"state": state}) == "greet"


def test_what_is_to_be_asked_about_lightly_stops_the_flow_where_no_risk_and_no_safety_step_does() -> None:
    form = {"expects": "text", "state": "TR3"}

    assert route("inform", 0.9, form, None, Thresholds(), is_checked=True).intent == RISK
    assert route("answer", 1.0, form, None, Thresholds(), is_checked=True).intent == "answer"
    assert route("inform", 0.9, {"state": "SF_dream"}, None, Thresholds(), is_checked=True).intent == "inform"
