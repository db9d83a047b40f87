"""What an urge right now (clinical content 4.4) remembers: the ratings, what helped before, and a check to come."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.actions import plan
from bot.actions.recording import record
from bot.actions.stage import Stage
from bot.store import conversations, turns
from bot.store.findings import Finding
from bot.store.rows import Answer

URGE = "urge"
CHECK = "urge_check"
WAVE = "urge_wave"
VERY_HIGH = 9
AN_HOUR = timedelta(hours=1)
TONIGHT_HOURS = (20, 22)  # On the clinic's clock: asked for later than that, the check comes in an hour.
NO_DROP = Finding(level="note", action="review", categories=("escalating_use",), reasons=("urge: two rounds, no drop",))


def very_high(stage: Stage) -> bool:
    before = stage.answered(URGE, "before")
    return isinstance(before, int) and before >= VERY_HIGH


def not_lower(stage: Stage) -> bool:
    """Whether the last rating is as high as the first, or higher; what was not rated is not counted against anybody."""
    before, after = stage.answered(URGE, "before"), stage.answered(URGE, "after")
    return isinstance(before, int) and isinstance(after, int) and after >= before


def two_rounds_no_drop(stage: Stage) -> bool:
    """Exactly two ratings in this session, neither below the first: said once, not after every further round."""
    before = stage.answered(URGE, "before")
    rated = [one.value for one in _in(stage, str(stage.get("session"))) if one.step == "after"]
    return len(rated) == 2 and all(isinstance(one, int) and isinstance(before, int) and one >= before for one in rated)


def note_no_drop(stage: Stage) -> None:
    record(stage, NO_DROP, "answer")


def check_in_an_hour(stage: Stage) -> None:
    _check_at(stage, stage.tx.now + AN_HOUR)


def check_tonight(stage: Stage) -> None:
    _check_at(stage, tonight(stage.local(stage.tx.now)))


def tonight(here: datetime) -> datetime:
    """The first of the evening's hours that is still to come; late in the evening, in an hour."""
    hours = [here.replace(hour=hour, minute=0, second=0, microsecond=0) for hour in TONIGHT_HOURS]
    return next((at for at in hours if at > here), here + AN_HOUR)


def prompt_in(minutes: int, stage: Stage) -> None:
    """The next prompt of the wave comes by itself, if the person says nothing before."""
    conversation = conversations.find(stage.tx, stage.turn.conversation_id)
    turns.schedule(stage.tx, conversation, name=WAVE, at=stage.tx.now + timedelta(minutes=minutes))


def favourite_way(stage: Stage) -> Mapping[str, Any]:
    """The way that stood before the last drop of any session: it is offered first."""
    ways = [way for session in _sessions(stage) for way in _helped(session)]
    return {"favourite": ways[-1]} if ways else {}


def own_things(stage: Stage) -> Mapping[str, Any]:
    """What the person wrote in the plan, or said that helped or did with the hands, last."""
    hands = [one.value for one in stage.answers(URGE) if one.step == "hands" and isinstance(one.value, str)]
    known = plan.part(stage, "alone") or (hands[-1] if hands else None)
    return {"plan text": known} if known else {}


def own_person(stage: Stage) -> Mapping[str, Any]:
    """Who makes it easier, as the person wrote it (4.9)."""
    named = [one.value for one in stage.answers("support") if one.step == "easier" and isinstance(one.value, str)]
    return {"someone": named[-1]} if named else {}


def numbers(stage: Stage) -> Mapping[str, Any]:
    found = {name: stage.answered(URGE, name) for name in ("before", "after")}
    return {name: str(value) for name, value in found.items() if isinstance(value, int)}


def _check_at(stage: Stage, at: datetime) -> None:
    conversation = conversations.find(stage.tx, stage.turn.conversation_id)
    turns.schedule(stage.tx, conversation, name=CHECK, at=at)


def _in(stage: Stage, session: str) -> list[Answer]:
    return [one for one in stage.answers(URGE) if one.session == session]


def _sessions(stage: Stage) -> list[list[Answer]]:
    sessions = dict.fromkeys(one.session for one in stage.answers(URGE))
    return [_in(stage, session) for session in sessions]


def _helped(session: list[Answer]) -> list[str]:
    """The ways of one session after which the urge was rated lower than before."""
    before, way, found = None, None, []
    for one in session:
        if one.step == "before":
            before = one.value
        elif one.step == "way":
            way = one.value
        elif one.step == "after" and isinstance(before, int) and isinstance(one.value, int):
            if way is not None and one.value < before:
                found.append(str(way))
            before = one.value
    return found
