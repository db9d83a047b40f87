"""What a patient wrote in the coping plan (clinical content 4.7), for the dialogues that give it back."""

from collections.abc import Mapping
from typing import Any

from bot.actions import wording
from bot.actions.stage import Stage
from bot.store.rows import Answer

PLAN = "plan"
PARTS = "utter_PL_parts"


def part(stage: Stage, step: str) -> str | None:
    """A part of the plan, in the patient's own last words; None if it was not written."""
    written = [one.value for one in _written(stage) if one.step == step]
    return str(written[-1]) if written else None


def whole(stage: Stage) -> Mapping[str, Any]:
    """The plan as it is now, a line for each part that was written, and the day of its last change."""
    titles = wording.titles(PARTS, stage.turn.language)
    lines = [f"{title}: {words}" for step, title in titles.items() if (words := part(stage, step))]
    if not lines:
        return {}
    last = max(one.at for one in _written(stage))
    return {"plan text": "\n".join(["", *lines]), "when": stage.local(last).date().isoformat()}


def for_a_slip(stage: Stage) -> Mapping[str, Any]:
    """What the patient wants to remember the morning after."""
    written = part(stage, "after_a_slip")
    return {"plan text": written} if written else {}


def _written(stage: Stage) -> list[Answer]:
    """Every part in every version, oldest first; what was picked from a button is none."""
    steps = wording.titles(PARTS, stage.turn.language)
    return [one for one in stage.answers(PLAN) if one.step in steps and one.text and one.value == one.text]
