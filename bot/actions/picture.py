"""From the answers of a reflective session to its picture: what they add up to, kept with every answer.

Kept at once and not at the end, so that staff have it too when a person leaves in the middle, or a safety step stops
the session. The newest answer to a question counts; only confirmed ones do.
"""

from collections.abc import Mapping
from typing import Any

from bot.actions import wording
from bot.actions.stage import Stage
from bot.reflection import Formulation, Question, formulate, load_model
from bot.store import answers, formulations
from bot.store.escalations import open_of
from bot.store.rows import Answer, Escalation

DIALOGUE = "reflection"
FORM = "reflection_form"
LEFT_OUT = "skip"
NOT_SURE = "not_sure"
HUMAN = "request_human"


def keep(stage: Stage, *, session: str | None = None, safety: str | None = None, shown: bool = False) -> None:
    """Keep what the session's answers add up to; ``safety``: the category of a step that has stopped it."""
    session = session or str(stage.get("session") or stage.turn.message_id)
    given = answered(stage, session)
    result = formulate(given, louder=louder(stage, session), open_safety_step=safety or _open_step(stage))
    formulations.save(
        stage.tx,
        conversation_id=stage.turn.conversation_id,
        session=session,
        model_version=result.model_version,
        detail={"formulation": result.to_json(), "answers": dict(given)},
        shown=shown,
    )


def interrupted(stage: Stage, category: str | None) -> None:
    """A safety step has stopped the session that was paused last, or (None) has let it go on."""
    paused = stage.get("paused_form") or []
    if paused and paused[-1]["form"] == FORM and rows(stage, paused[-1]["session"]):
        keep(stage, session=paused[-1]["session"], safety=category)


def now(stage: Stage) -> Formulation:
    """What the session that runs adds up to at this moment."""
    return formulate(answered(stage), louder=louder(stage), open_safety_step=_open_step(stage))


def answered(stage: Stage, session: str | None = None) -> Mapping[str, Any]:
    """The model's questions that the session has an answer to; a question left out is "skip"."""
    model = load_model()
    given: dict[str, Any] = {}
    for one in rows(stage, session):
        if one.step in model.questions:
            given[one.step] = _value(model.questions[one.step], one.value)
    return given


def rows(stage: Stage, session: str | None = None) -> list[Answer]:
    """The answers of a session (of the one that runs), oldest first."""
    session = session or stage.get("session")
    return [one for one in stage.answers(DIALOGUE) if one.session == session]


def louder(stage: Stage, session: str | None = None) -> str | None:
    """The answer to the tie question."""
    return next((str(one.value) for one in reversed(rows(stage, session)) if one.step == "louder"), None)


def standing(stage: Stage) -> tuple[tuple[str, str], ...]:
    """The pairs of answers that contradict each other, and about which nobody has asked."""
    asked = [list(pair) for pair in (stage.get("course") or {}).get("pairs", ())]
    return tuple(pair for pair in now(stage).contradictions if list(pair) not in asked)


def title(stage: Stage, question: str) -> str:
    """What the person chose at a question, as the button says it."""
    state = next(one for one in stage.book.states.values() if one.dialogue == DIALOGUE and one.answer == question)
    return stage.titles(state.wording)[str(answered(stage)[question])]


def phrase(stage: Stage, table: str, question: str) -> str:
    """How the answer to a question is told back; empty if there is nothing to tell."""
    found = wording.table("reflection_facts", stage.turn.language)[table].get(question, {})
    value = answered(stage).get(question)
    return stage.in_own_words(str(found.get(value, ""))) if isinstance(value, str) else ""


def drop(stage: Stage, question: str) -> None:
    """An answer that was taken back by the answer to a contradiction: it counts as not sure."""
    turn = stage.turn
    answers.save(
        stage.tx,
        conversation_id=turn.conversation_id,
        message_id=turn.message_id,
        dialogue=DIALOGUE,
        session=str(stage.get("session")),
        step=question,
        wording=turn.wording("utter_RS11"),
        value=NOT_SURE,
    )
    keep(stage)


def stopping(record: Escalation) -> tuple[str, ...]:
    """The categories for which a record stops the session; a wish for a person, and what only staff look at, do not."""
    return tuple(one.category for one in record.signals if one.action == "page" and one.category != HUMAN)


def _value(question: Question, value: Any) -> Any:
    if value is None:
        return LEFT_OUT
    if question.kind == "inner_words":
        return [name for name in value if name != "none"]
    return value


def _open_step(stage: Stage) -> str | None:
    """The category of an open record that stops everything, the first one that was found."""
    record = open_of(stage.tx, stage.turn.conversation_id)
    return None if record is None else next(iter(stopping(record)), None)
