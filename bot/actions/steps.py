"""The steps that a state or an option of a dialogue file may name in ``do``: what an answer changes."""

from collections.abc import Callable, Mapping
from functools import partial

from bot.actions import data_rights, measures, reflection, urge
from bot.actions.recording import record_again
from bot.actions.stage import Stage
from bot.store import answers, conversations, facts


def consent_given(stage: Stage) -> None:
    """Keep the consent with the version of its text; what was not told before it, is told now."""
    _keep_consent(stage, "given")
    record_again(stage)


def consent_refused(stage: Stage) -> None:
    _keep_consent(stage, "refused")


def cannot_be_reached(stage: Stage) -> None:
    facts.set(stage.tx, stage.turn.conversation_id, "cannot_be_reached", True)


def delete_session(stage: Stage) -> None:
    """What was just written in the dialogue that runs, and the answer that it shall go."""
    state = stage.state
    if state is not None:
        session = str(stage.get("session"))
        answers.delete(stage.tx, stage.turn.conversation_id, dialogue=state.dialogue, session=session)


def delete_left_halfway(stage: Stage) -> None:
    """What was answered before the patient stopped halfway (RT3)."""
    for left in (stage.get("stopped_form"), *(stage.get("paused_form") or ())):
        dialogue = next((one.name for one in stage.book.dialogues.values() if left and one.form == left["form"]), None)
        if dialogue is not None:
            answers.delete(stage.tx, stage.turn.conversation_id, dialogue=dialogue, session=str(left["session"]))
    forget_paused(stage)


def forget_paused(stage: Stage) -> None:
    stage.set("paused_form", [])
    stage.set("stopped_form", None)


def share_session(stage: Stage) -> None:
    """What is written in the dialogue that runs is for the therapist to see, although it ended early."""
    turn, state = stage.turn, stage.state
    if state is not None:
        answers.save(
            stage.tx,
            conversation_id=turn.conversation_id,
            message_id=turn.message_id,
            dialogue=state.dialogue,
            session=str(stage.get("session")),
            step="then",
            wording=turn.wording(state.wording),
            value="share",
        )


def mark_medicine_question(stage: Stage) -> None:
    """The note that begins with this message asks about the medicine."""
    turn = stage.turn
    answers.save(
        stage.tx,
        conversation_id=turn.conversation_id,
        message_id=turn.message_id,
        dialogue="note",
        session=turn.message_id,
        step="about",
        wording="",
        value="medicine_question",
    )


def _limit(reason: str, stage: Stage) -> None:
    """Information and numbers only (ON4, ON5), or no reflection (ON6)."""
    stage.set("limited", reason)


def _keep_consent(stage: Stage, consent: str) -> None:
    conversations.set_consent(stage.tx, stage.turn.conversation_id, consent, stage.consent_version)
    stage.set("consent", consent)


STEPS: Mapping[str, Callable[[Stage], None]] = {
    "consent_given": consent_given,
    "consent_refused": consent_refused,
    "cannot_be_reached": cannot_be_reached,
    "forget_paused": forget_paused,
    "limit_under_18": partial(_limit, "under_18"),
    "limit_age": partial(_limit, "age"),
    "limit_not_patient": partial(_limit, "not_patient"),
    "limit_fits": partial(_limit, "fits"),
    "mark_medicine_question": mark_medicine_question,
    "delete_entry": data_rights.delete_entry,
    "delete_left_halfway": delete_left_halfway,
    "delete_session": delete_session,
    "share_session": share_session,
    **{f"wave_in_{minutes}": partial(urge.prompt_in, minutes) for minutes in (1, 2, 3)},
    "gad7_look": measures.gad7_look,
    "note_visits": measures.note_visits,
    "note_no_drop": urge.note_no_drop,
    "check_in_an_hour": urge.check_in_an_hour,
    "check_tonight": urge.check_tonight,
    **reflection.STEPS,
}
