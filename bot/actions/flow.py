"""Moving through the dialogues: entering a state, pausing and resuming a form, ending it.

The open question's state stands in the slot ``at``; what was interrupted in ``paused_form``, the last one first to go
on; what was left for another day in ``stopped_form``.
"""

from collections.abc import Mapping
from typing import Any

from bot.actions import course, guesses
from bot.actions.conditions import CONDITIONS
from bot.actions.dialogues import State
from bot.actions.stage import Stage
from bot.actions.steps import STEPS
from bot.actions.values import VALUES

DUE = "due"
MENU = "MENU"
LIMITED_MENUS = {"under_18": "ON4e", "age": "MENU_INFO", "not_patient": "MENU_VISIT", "fits": "MENU_INFO"}


def enter(stage: Stage, code: str) -> None:
    """Go to a state: say what it says, pass over what does not fit, and stop where a question is open or the end is."""
    state = stage.book.states[_menu_for(stage) if code == MENU else code]
    gate = stage.book.dialogues[state.dialogue].gate
    if gate is not None and not state.menu and not CONDITIONS[gate.only_if](stage):
        _turn_away(stage, state, gate.otherwise)
        return
    if state.only_if is not None and not CONDITIONS[state.only_if](stage):
        _pass(stage, state)
        return
    if state.menu and _is_check_due(stage):
        _check_again(stage, state)
        return
    if state.aside is not None:
        course.keep_place(stage, state, state.aside)
    elif (rest := course.rest(stage, state)) is not None:
        course.keep_place(stage, state, state.code)
        enter(stage, rest)
        return
    for name in state.say:
        _say(stage, name, state)
    for step in state.do:
        STEPS[step](stage)
    if state.input is None:
        if not (state.resume and resume(stage)):
            _pass(stage, state)
    elif state.menu:
        ask(stage, state)
        finish(stage)
    else:
        stage.set("at", state.code)
        stage.set("tries", 0)
        stage.set(guesses.SLOT, None)
        if state.guess is not None:
            guesses.offer(stage, state)
        course.went(stage, state)
        assert_form(stage, state)


def assert_form(stage: Stage, state: State) -> None:
    """Let the form of the state run; one that begins gets a session of its own."""
    if state.form is None:
        raise ValueError(f"{state.code} asks in no form; make it a menu")
    if stage.running != state.form and not stage.get("session"):
        stage.set("session", stage.turn.message_id)
    stage.run(state.form)


def ask(stage: Stage, state: State, response: str | None = None) -> None:
    """Put a state's question."""
    _say(stage, response or state.wording, state, asks=True)


def start(stage: Stage, dialogue: str, *, interrupting: bool = False) -> None:
    """Begin a dialogue anew, in a session of its own; ``interrupting``: what was paused goes on afterwards."""
    if not interrupting:
        shelve(stage)
    stage.set("session", stage.turn.message_id)
    begin = stage.book.dialogues[dialogue].start
    if begin is None:
        raise ValueError(f"the dialogue {dialogue!r} has no start")
    enter(stage, begin)


def finish(stage: Stage) -> None:
    """End what runs: no question of a form is open any more."""
    stage.set("at", None)
    stage.set("session", None)
    stage.leave()


def pause(stage: Stage, at: str | None = None, *, said: Mapping[str, Any] | None = None) -> None:
    """Remember where the running form is (or will go on), and what was ``said`` there that may be an answer; end it."""
    at = at or stage.get("at")
    if stage.turn.form is not None and at is not None:
        item = {"form": stage.turn.form, "at": at, "session": stage.get("session"), "said": said}
        stage.set("paused_form", [*(stage.get("paused_form") or []), item])
    finish(stage)


def resume(stage: Stage) -> bool:
    """Go on with what was interrupted last; False if nothing was."""
    place = come_back(stage)
    if place is None:
        return False
    enter(stage, place["at"])
    return True


def come_back(stage: Stage) -> Mapping[str, Any] | None:
    """Be in the session again that was interrupted last, and give its place: nothing is put yet. None: nothing was."""
    paused = list(stage.get("paused_form") or [])
    if not paused:
        return None
    place: Mapping[str, Any] = paused.pop()
    stage.set("paused_form", paused)
    stage.leave()
    stage.set("session", place["session"])
    course.rested(stage)
    return place


def shelve(stage: Stage) -> None:
    """Put what was interrupted aside: it goes on only if the patient wants it, on another visit (RT3)."""
    paused = stage.get("paused_form") or []
    if paused:
        stage.set("stopped_form", paused[0])
        stage.set("paused_form", [])


def take_up(stage: Stage) -> bool:
    """Go on with what was put aside; False if nothing was."""
    stopped = stage.get("stopped_form")
    if stopped is not None and not stage.get("paused_form"):
        stage.set("paused_form", [stopped])
        stage.set("stopped_form", None)
    return resume(stage)


def forget(stage: Stage, dialogue: str) -> None:
    """A dialogue that begins anew does not go on from an earlier interruption too."""
    form = stage.book.dialogues[dialogue].form
    stage.set("paused_form", [one for one in stage.get("paused_form") or [] if one["form"] != form])


def menu(stage: Stage) -> None:
    """The choices that are open to this patient."""
    enter(stage, MENU)


def _menu_for(stage: Stage) -> str:
    return "MENU_UNKEPT" if stage.is_untold else LIMITED_MENUS.get(str(stage.get("limited")), MENU)


def _turn_away(stage: Stage, state: State, otherwise: str) -> None:
    """Not now: what was begun is put aside for another day."""
    if state.input is not None and stage.get("session"):
        course.keep_place(stage, state, state.code)
    finish(stage)
    shelve(stage)
    enter(stage, otherwise)


def _pass(stage: Stage, state: State) -> None:
    skipped = state.only_if is not None and not CONDITIONS[state.only_if](stage)
    following = (state.otherwise if skipped else None) or state.next
    if following is None:
        finish(stage)
        if stage.said == 0:  # No turn ends in silence, and a note that is sent leads somewhere.
            enter(stage, "STAY" if stage.turn.is_locked else MENU)
    else:
        enter(stage, following)


def _say(stage: Stage, name: str, state: State, *, asks: bool = False) -> None:
    values = dict(VALUES[state.values](stage)) if state.values else {}
    name += str(values.pop("variant", ""))
    stage.say(name, state=state.code if asks else None, **values)


def _is_check_due(stage: Stage) -> bool:
    """Q7 is asked once, at the first rest after the turn in which a clear no was given."""
    due = stage.get("check_again") or {}
    return due.get("is") == DUE and due.get("since") != stage.turn.message_id


def _check_again(stage: Stage, state: State) -> None:
    form = stage.turn.form
    stage.set("check_again", {"is": "asked"})
    item = {"form": form, "at": state.code, "session": stage.get("session")}
    stage.set("paused_form", [*(stage.get("paused_form") or []), item])
    finish(stage)
    stage.set("safety", {**(stage.get("safety") or {}), "queue": [], "asked": 0, "mode": "check"})
    enter(stage, "Q7")
