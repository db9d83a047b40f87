"""GAD-7 (clinical content 4.21, appendix A.1), and how often somebody is here (4.25)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.actions import wording
from bot.actions.recording import record
from bot.actions.stage import Stage
from bot.store import answers, clinics, conversations, turns
from bot.store.findings import Finding

GAD7 = "gad7"
ITEMS = tuple(f"item_{number}" for number in range(1, 8))
EVERY = timedelta(days=14)
SEVERE = 15
LOOK = Finding(level="same_day", action="review", categories=(GAD7,), reasons=("GAD-7 of 15 or more",))
VISITS_A_DAY = 8


def gad7_used(stage: Stage) -> bool:
    """Whether the clinic uses it."""
    conversation = conversations.find(stage.tx, stage.turn.conversation_id)
    return stage.is_kept and clinics.get(stage.tx, conversation.clinic_id).settings.gad7


def gad7_due(stage: Stage) -> bool:
    """Every two weeks at most."""
    asked = [one.at for one in stage.answers(GAD7) if one.step == ITEMS[0]]
    return gad7_used(stage) and not any(at > stage.tx.now - EVERY for at in asked)


def total(stage: Stage) -> int | None:
    """The sum of the seven items of the session that runs; None if one was left out."""
    values = [stage.answered(GAD7, item) for item in ITEMS]
    return None if any(value is None for value in values) else sum(int(value) for value in values)


def gad7_severe(stage: Stage) -> bool:
    found = total(stage)
    return found is not None and found >= SEVERE


def gad7_look(stage: Stage) -> None:
    record(stage, LOOK, "answer")


def number(stage: Stage) -> Mapping[str, Any]:
    found = total(stage)
    return {"variant": "_part"} if found is None else {"n": str(found)}


def more_menu(stage: Stage) -> Mapping[str, Any]:
    """The button of the questions, where the clinic uses them."""
    title = wording.titles("utter_GA_title", stage.turn.language)
    return {GAD7: title[GAD7]} if gad7_used(stage) else {}


def visits_today(stage: Stage) -> int:
    today = stage.local(stage.tx.now).date()
    opened = [one for one in turns.of_conversation(stage.tx, stage.turn.conversation_id) if one.kind == "open"]
    return sum(stage.local(one.created_at).date() == today for one in opened)


def here_very_often(stage: Stage) -> bool:
    """More than eight visits today, and not asked about today."""
    today = stage.local(stage.tx.now).date()
    asked = [one for one in stage.answers("leaning") if stage.local(one.at).date() == today]
    return not asked and visits_today(stage) > VISITS_A_DAY


def note_visits(stage: Stage) -> None:
    """The count stands beside the answer, for staff to see."""
    turn = stage.turn
    answers.save(
        stage.tx,
        conversation_id=turn.conversation_id,
        message_id=turn.message_id,
        dialogue="leaning",
        session=str(stage.get("session") or turn.message_id),
        step="visits_today",
        wording="",
        value=visits_today(stage),
    )
