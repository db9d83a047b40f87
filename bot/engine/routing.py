"""Which intent a message ends up with, once both layers of the risk screen have been heard. Pure: no Rasa in here.

The order is the clinical content's (0.5): an answer to an open safety step, a risk, a person, then everything else. In
a form an answer must not be mistaken for an interruption, so an interrupting intent needs more confidence there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LEVELS = ("emergency", "urgent", "same_day", "note", "none")
STOPPING = ("page", "ask")
SAFETY_STEP = re.compile(r"(Q\d|SF)\w*")

RISK = "risk_disclosure"
HUMAN = "ask_human"
STOP = "stop"
TEXT_ANSWER = "inform"
TOLD = (TEXT_ANSWER, "tell_hard", "tell_good")  # Where a question is open, each of these is an answer to it.
CHOSEN_ANSWER = "answer"
FALLBACK = "nlu_fallback"
SEEN = "has_seen"
PASSES = (STOP, HUMAN)  # Out of any question, even if the classifier is not very sure.
HUMAN_CATEGORY = "request_human"
ASKED_ANYWAY = "suicidal_ideation"


@dataclass(frozen=True)
class Thresholds:
    """How sure the classifier must be: to leave a form for something else, or any step for stop or a person."""

    interrupts_at: float = 0.8
    passes_at: float = 0.4


@dataclass(frozen=True)
class Routed:
    intent: str
    confidence: float
    risk: dict[str, Any] | None = None  # The worst finding that stops the flow: layer, level, action, categories.


def route(
    intent: str,
    confidence: float,
    metadata: Mapping[str, Any],
    meaning: Mapping[str, Any] | None,
    thresholds: Thresholds,
    *,
    is_checked: bool = False,
) -> Routed:
    """The intent that Rasa's policies see. ``metadata`` is the turn's, ``meaning`` layer 2's finding.

    ``is_checked``: nothing that stops the flow, but to be asked about once, lightly.
    """
    risk = _worst(metadata.get("assessment"), meaning)
    asks_for_person = risk is not None and set(risk["categories"]) == {HUMAN_CATEGORY}
    if SAFETY_STEP.fullmatch(metadata.get("state") or ""):
        if intent == CHOSEN_ANSWER:
            return Routed(intent, confidence, risk)
        if asks_for_person:
            return Routed(HUMAN, 1.0, risk)
        if intent in (*PASSES, SEEN) and risk is None and _interrupts(intent, confidence, thresholds):
            return Routed(intent, confidence)
        return Routed(TEXT_ANSWER, 1.0, risk)
    if asks_for_person:
        return Routed(HUMAN, 1.0, risk)
    if risk is not None:
        return Routed(RISK, 1.0, risk)
    if is_checked and intent != CHOSEN_ANSWER:
        return Routed(RISK, 1.0)
    if metadata.get("expects") and (intent in TOLD or not _interrupts(intent, confidence, thresholds)):
        return Routed(TEXT_ANSWER, 1.0)
    if intent == RISK and confidence < thresholds.interrupts_at:  # The classifier alone, where both layers are silent.
        return Routed(FALLBACK, confidence)
    return Routed(intent, confidence)


def _interrupts(intent: str, confidence: float, thresholds: Thresholds) -> bool:
    if intent == CHOSEN_ANSWER:
        return True
    return confidence >= (thresholds.passes_at if intent in PASSES else thresholds.interrupts_at)


def _worst(assessment: Mapping[str, Any] | None, meaning: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The worse of the findings whose action stops the flow, with the categories to speak of.

    Layer 2 is less sure of the category than of the danger: beside rules that found as much, only its word on suicide
    is taken up, since that question is never wrong ("for you and for the baby" would be). Staff see what both found.
    """
    found: tuple[tuple[str, Mapping[str, Any]], ...] = (("rules", assessment or {}), ("meaning", meaning or {}))
    stopping = [(layer, finding) for layer, finding in found if finding.get("action") in STOPPING]
    if not stopping:
        return None
    layer, worst = min(stopping, key=lambda pair: (STOPPING.index(pair[1]["action"]), _rank(pair[1].get("level"))))
    spoken = [
        category
        for name, finding in stopping
        for category in finding.get("categories") or ()
        if name in ("rules", layer) or category == ASKED_ANYWAY
    ]
    categories = dict.fromkeys(spoken)
    return {"layer": layer, "level": worst.get("level"), "action": worst["action"], "categories": list(categories)}


def _rank(level: Any) -> int:
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)
