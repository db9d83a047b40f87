"""Where the running dialogue has been: the way back, and when a rest is due (clinical content 1.6).

The slot ``course`` belongs to one session: the questions it asked, how many since the last rest was offered,
since when, and how many in a row were left out, or not understood. A dialogue file says under ``pace`` when a rest
is offered, and at which state.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.actions import understanding
from bot.actions.dialogues import Pace, State
from bot.actions.stage import Stage
from bot.actions.understanding import Typed

SLOT = "course"


def of(stage: Stage) -> dict[str, Any]:
    """The course of the session that runs; a new one for another session."""
    known: Mapping[str, Any] = stage.get(SLOT) or {}
    session = stage.get("session") or stage.turn.message_id
    new: dict[str, Any] = {
        "session": session,
        "trail": [],
        "asked": 0,
        "skips": 0,
        "unclear": 0,
        "since": stage.tx.now.isoformat(),
    }
    return {**new, **known} if known.get("session") == session else new


def went(stage: Stage, state: State) -> None:
    """A question is put; a dialogue without a way back leaves no trace, so that it does not take another's."""
    course = of(stage)
    if stage.book.dialogues[state.dialogue].back and course["trail"][-1:] != [state.code]:
        stage.set(SLOT, {**course, "trail": [*course["trail"], state.code], "asked": course["asked"] + 1})


def answered(stage: Stage, state: State, *, left_out: bool, unclear: bool = False) -> None:
    """An answer was taken; ``unclear``: only because it was not understood twice."""
    if not stage.book.dialogues[state.dialogue].back:
        return
    course = of(stage)
    skips = course["skips"] + 1 if left_out and not unclear else 0
    stage.set(SLOT, {**course, "skips": skips, "unclear": course["unclear"] + 1 if unclear else 0})


def before(stage: Stage) -> str | None:
    """The question before the one that is open, which is forgotten; None if there is none."""
    course = of(stage)
    trail = [code for code in course["trail"] if code != stage.get("at")]
    if not trail:
        return None
    stage.set(SLOT, {**course, "trail": trail[:-1], "skips": 0})
    return str(trail[-1])


def rested(stage: Stage) -> None:
    """A rest was offered, or there was one: time, questions and skips count anew."""
    course = of(stage)
    if course["trail"]:
        stage.set(SLOT, {**course, "asked": 0, "skips": 0, "unclear": 0, "since": stage.tx.now.isoformat()})


def keep_place(stage: Stage, state: State, at: str) -> None:
    """Remember where the dialogue goes on after what is put in between."""
    item = {"form": state.form, "at": at, "session": stage.get("session") or stage.turn.message_id}
    stage.set("paused_form", [*(stage.get("paused_form") or []), item])


def forget_place(stage: Stage) -> None:
    """What was put in between leads elsewhere."""
    stage.set("paused_form", list(stage.get("paused_form") or [])[:-1])


def stop_here(stage: Stage) -> bool:
    """What was paused at one of its questions comes back with the offer of a summary instead of that question."""
    paused = stage.get("paused_form") or []
    state = stage.book.state(paused[-1]["at"]) if paused else None
    pace = _pace(stage, state) if state is not None else None
    if pace is None or paused[-1]["at"] not in pace.at:
        return False
    stage.set("paused_form", [*paused, {**paused[-1], "at": pace.stopped}])
    return True


def rest(stage: Stage, state: State) -> str | None:
    """The state that offers a rest, if one is due before this question."""
    pace = _pace(stage, state)
    if pace is None or state.code not in pace.at:
        return None
    course = of(stage)
    long = stage.tx.now - datetime.fromisoformat(course["since"]) >= timedelta(minutes=pace.minutes)
    return pace.rest if long or course["asked"] >= pace.questions else None


def pause(stage: Stage, state: State) -> str | None:
    """The state that stops the dialogue, if too many questions in a row were left out, or could not be answered."""
    pace = _pace(stage, state)
    course = of(stage)
    if pace is None:
        return None
    if course["unclear"] >= pace.unclear:
        return pace.lost
    return pace.skipped if course["skips"] >= pace.skips else None


def put_off(stage: Stage, state: State, typed: Typed) -> str | None:
    """The state that stops the dialogue, if the person says that the thread is lost, or of drink or drugs."""
    pace = _pace(stage, state)
    if pace is None or state.code in pace.states:
        return None
    if understanding.said(typed, "lost"):
        return pace.lost
    return pace.intoxicated if understanding.tells(typed, "intoxicated") else None


def _pace(stage: Stage, state: State) -> Pace | None:
    return stage.book.dialogues[state.dialogue].pace
