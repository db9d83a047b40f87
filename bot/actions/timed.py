"""Timed lines: said only if they still fit, never after "stop"; then the open question is put again (design 9).

Which lines there are, and when each is owed, stands in ``bot/store/timed.py``; a dialogue may have checks of its own
(its table ``timed``), which the patient has asked for.
"""

from bot.actions import escalation, flow
from bot.actions.stage import Stage
from bot.actions.step import Step
from bot.store import conversations
from bot.store.rows import Escalation

SILENCE = ("SL1", "SL2")
ASKS_NOTHING = "SL2"
HANDED_BACK = "handed_back"  # A person held the conversation, and has left it.
SAFETY_FORM = "safety_form"
STILL = "still"


class Timed(Step):
    """A line whose moment has come. A question that is open comes again after it."""

    named = "action_timed"

    def act(self, stage: Stage) -> None:
        name = str(stage.turn.timed)
        checks = {
            check: code for one in stage.book.dialogues.values() for check, code in one.extra.get("timed", {}).items()
        }
        prompts = _prompts(stage)
        if stage.get("left"):
            stage.rest()
        elif name in prompts:
            _prompt(stage, prompts[name])
        elif name in checks:
            _check(stage, checks[name])
        else:
            _line(stage, name)


def _prompts(stage: Stage) -> dict[str, list[str]]:
    """The prompts that come by themselves, each with the questions that it goes on from."""
    return {
        name: codes for one in stage.book.dialogues.values() for name, codes in one.extra.get("prompts", {}).items()
    }


def _prompt(stage: Stage, codes: list[str]) -> None:
    """Go on as if the person had said that it is still there; nothing if another question is open by now."""
    state = stage.state if stage.turn.form is not None else None
    if state is None or state.code not in codes:
        stage.rest()
        return
    flow.enter(stage, state.options[STILL].next or str(state.next))


def _check(stage: Stage, code: str) -> None:
    """The question that a check begins with."""
    if stage.turn.form is not None:
        stage.say(f"utter_{code}_later")
    elif stage.turn.is_locked:
        escalation.locked(stage)
    else:
        flow.enter(stage, code)


def _line(stage: Stage, name: str) -> None:
    record = conversations.find(stage.tx, stage.turn.conversation_id).open_escalation
    if not _fits(stage, name, record):
        stage.rest()
        return
    is_seen = record is not None and record.is_seen
    stage.say(f"utter_timed_{'seen' if name == 'told' and is_seen else name}")
    state = stage.book.state(stage.turn.state)
    if name == ASKS_NOTHING:
        stage.rest()
    elif stage.turn.form is None and state is not None and state.menu:
        flow.ask(stage, state)


def _fits(stage: Stage, name: str, record: Escalation | None) -> bool:
    """Whether what made the line due is still so, at the moment at which it would be said."""
    if name == HANDED_BACK:
        return True
    if name in SILENCE:
        has_prompts = any(stage.get("at") in codes for codes in _prompts(stage).values())
        return stage.turn.form not in (None, SAFETY_FORM) and not stage.turn.is_locked and not has_prompts
    if record is None or stage.is_untold:
        return False
    if name in ("told", "not_told"):
        return record.is_told == (name == "told")
    return name != "nobody" or not record.is_seen
