"""The sources of placeholders that a state of a dialogue file may name in ``with``.

``variant`` is no placeholder: it is the ending of the response's name ("utter_RT1_days").
"""

from collections.abc import Callable, Mapping
from typing import Any

from bot.actions import data_rights, log, measures, plan, reflection, urge
from bot.actions.stage import Stage

Values = Mapping[str, Any]


def check_in(stage: Stage) -> Values:
    """Pull, worry and sleep of the check-in that runs."""
    found = {name: stage.answered("check_in", step) for name, step in (("x", "pull"), ("y", "anxiety"), ("z", "sleep"))}
    return {name: str(value) for name, value in found.items() if isinstance(value, int)}


def contact(stage: Stage) -> Values:
    known = stage.facts().get("contact")
    return {"contact": known} if known else {}


def away(stage: Stage) -> Values:
    """How long the patient was away, in hours or days."""
    minutes = int(stage.turn.metadata.get("away_minutes") or 0)
    days, hours = round(minutes / (24 * 60)), round(minutes / 60)
    if hours < 1:
        return {}
    if hours < 20:
        return {"variant": "_hour"} if hours == 1 else {"variant": "_hours", "n": str(hours)}
    return {"variant": "_day"} if days <= 1 else {"variant": "_days", "n": str(days)}


VALUES: Mapping[str, Callable[[Stage], Values]] = {
    "check_in": check_in,
    "contact": contact,
    "away": away,
    "favourite_way": urge.favourite_way,
    "own_things": urge.own_things,
    "own_person": urge.own_person,
    "stored": data_rights.stored,
    "readers": data_rights.readers,
    "entry_to_delete": data_rights.entry_to_delete,
    "plan": plan.whole,
    "pattern": log.pattern,
    "own_pattern": log.pattern,
    "what_helped": log.what_helped,
    "thought_words": log.thought,
    "gad7": measures.number,
    "more_menu": measures.more_menu,
    "plan_for_a_slip": plan.for_a_slip,
    "urge_numbers": urge.numbers,
    **reflection.VALUES,
}
