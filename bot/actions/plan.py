"""What a patient wrote in the coping plan (clinical content 4.7), for the dialogues that give it back."""

from collections.abc import Mapping
from typing import Any

from bot.actions.stage import Stage

PLAN = "plan"


def part(stage: Stage, step: str) -> str | None:
    """A part of the plan, in the patient's own last words; None if it was not written."""
    written = [one.value for one in stage.answers(PLAN) if one.step == step and isinstance(one.value, str)]
    return written[-1] if written else None


def for_a_slip(stage: Stage) -> Mapping[str, Any]:
    """What the patient wants to remember the morning after."""
    written = part(stage, "after_a_slip")
    return {"plan text": written} if written else {}
