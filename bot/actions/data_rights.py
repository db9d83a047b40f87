"""What patients see and do with what is stored about them (clinical content 4.20)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.actions import wording
from bot.actions.stage import Stage
from bot.store import answers, audit, conversations, erasure
from bot.store.rows import Answer

DIALOGUE = "data_rights"
NAMES = "utter_DR_names"
LINES_AT_MOST = 12


def stored(stage: Stage) -> Mapping[str, Any]:
    """What there is, day by day, the last days first: "2026-11-24 check-in, note"."""
    names = wording.titles(NAMES, stage.turn.language)
    days: dict[str, list[str]] = {}
    for one in reversed(stage.answers()):
        if one.dialogue in names and names[one.dialogue] not in days.setdefault(day(stage, one.at), []):
            days[day(stage, one.at)].append(names[one.dialogue])
    lines = [f"{day} {', '.join(found)}" for day, found in days.items() if found]
    return {"list by date": "; ".join(lines[:LINES_AT_MOST])} if lines else {}


def readers(stage: Stage) -> Mapping[str, Any]:
    """Who of the team has opened it, and on which day, the last first."""
    seen = {f"{day(stage, at)} {name}": None for at, name in reversed(readings_of(stage))}
    return {"list by date": "; ".join(list(seen)[:LINES_AT_MOST])} if seen else {}


def entry_to_delete(stage: Stage) -> Mapping[str, Any]:
    """The day of the last entry of the kind that was named."""
    found = _entry(stage)
    return {"when": day(stage, found.at)} if found else {}


def delete_entry(stage: Stage) -> None:
    """Take the entry out of the logs, and say so in the audit trail."""
    found = _entry(stage)
    if found is None:
        return
    conversation = conversations.find(stage.tx, stage.turn.conversation_id)
    answers.delete(stage.tx, conversation.id, dialogue=found.dialogue, session=found.session)
    audit.write(
        stage.tx,
        clinic_id=conversation.clinic_id,
        actor="patient",
        act="delete entry",
        kind="conversation",
        subject=conversation.id,
    )


def readings_of(stage: Stage) -> list[tuple[datetime, str]]:
    """When who of the team opened the conversation, oldest first."""
    conversation = conversations.find(stage.tx, stage.turn.conversation_id)
    return [(one.at, one.by) for one in erasure.readings(stage.tx, conversation)]


def day(stage: Stage, at: datetime) -> str:
    """The day on the clinic's calendar, as it is written in every language."""
    return stage.local(at).date().isoformat()


def moment(stage: Stage, at: datetime) -> str:
    """Day and time on the clinic's clock."""
    return f"{stage.local(at):%Y-%m-%d %H:%M}"


def _entry(stage: Stage) -> Answer | None:
    """An answer of the last entry; what was picked from a menu afterwards is none."""
    kind = stage.answered(DIALOGUE, "deletes")
    menus = {code for code, state in stage.book.states.items() if state.menu}
    return next((one for one in reversed(stage.answers()) if one.dialogue == kind and one.step not in menus), None)
