"""What is said outside of the longer dialogues: menus, one answer per intent, medicine questions, not understood."""

from datetime import datetime, timedelta

from bot.actions import dialogue, escalation, flow, guesses, wording
from bot.actions.dialogues import Dialogue, State
from bot.actions.given import Given
from bot.actions.interruptions import SAFETY_FORM, VERY_SURE
from bot.actions.stage import Stage
from bot.actions.step import Step
from bot.actions.understanding import Typed, option
from bot.store import answers

GENERAL = "general"
MEDICINE_FORM = "medicine_form"
LIKELY = 0.5
TOLD = ("inform", "tell_hard", "tell_good")  # The last two are told outside of any question only.
TOLD_AT_LEAST = 0.4
GOOD_AT_LEAST = 0.6  # Hearing something good in "bad" would hurt: rather nothing is read into it.
GUESSES = 2
ABOUT_MEDICINE = 0.35  # Of all that the classifier thinks of, this much is a question about the medicine.
NAMED = 0.25
ANY_ADVICE = "ask_medicine_any"
PAUSE = timedelta(minutes=30)
PAUSE_AFTER = 3
# Honest or needed at any time; everything else has to wait while an emergency or urgent record is open (5.7).
ALWAYS = ("are_you_human", "being_watched")
# In the middle of free text only these are questions to us; "thanks for last week" is part of a note.
IN_FREE_TEXT = (*ALWAYS, "why_do_you_ask", "help")
ENDINGS = ("goodbye",)
FALLBACK = "nlu_fallback"


class Reply(Step):
    """One reviewed answer per intent; outside of a form a menu follows where content says so."""

    named = "action_reply"

    def act(self, stage: Stage) -> None:
        intent = stage.turn.intent
        state = stage.state if stage.turn.form is not None else None
        if state is not None and intent not in IN_FREE_TEXT and _tells(stage, state, intent):
            dialogue.take(stage, state)
            return
        if intent in TOLD and state is None:
            _informed(stage)
            return
        reply(stage, intent)


def _tells(stage: Stage, state: State, intent: str) -> bool:
    """Whether this is told in answer to the open question: in free text, or where it sounds like one of the choices."""
    about_medicine = intent in stage.book.dialogues["medicine"].extra["follows"]
    return state.input == "text" or (about_medicine and guesses.is_answer(stage, state))


class Choose(Step):
    """An offered choice outside of any form."""

    named = "action_choose"

    def act(self, stage: Stage) -> None:
        turn = stage.turn
        state = stage.book.state(turn.state)
        guess = (turn.answer or {}).get("choice")
        if state is not None and state.code == "NU1" and guess in _extra(stage).extra["guesses"]:
            _do(stage, str(guess))
        elif state is not None and state.menu and (given := dialogue.read(stage, state)) is not None:
            stage.set("not_understood", 0)
            dialogue.settle(stage, state, given)
        elif turn.is_locked:
            escalation.locked(stage)
        else:
            flow.menu(stage)


class Improper(Step):
    """Sexual or abusive words at the bot (4.18, HO4): not talked about, and in the end left alone."""

    named = "action_improper"

    def act(self, stage: Stage) -> None:
        state = stage.state if stage.turn.form is not None else None
        if state is not None and state.input == "text":
            dialogue.take(stage, state)
            return
        if stage.turn.is_locked and state is None:
            escalation.locked(stage)
            return
        times = [at for at in stage.get("improper") or () if datetime.fromisoformat(at) > stage.tx.now - PAUSE]
        times = [*times, stage.tx.now.isoformat()][-PAUSE_AFTER:]
        stage.set("improper", times)
        if len(times) >= PAUSE_AFTER:
            stage.say("utter_HO4_pause")
        else:
            stage.say("utter_HO4")
            if state is None:
                flow.menu(stage)


class OffTopic(Step):
    """Outside of what this can help with: said in full once, no scolding (4.16)."""

    named = "action_off_topic"

    def act(self, stage: Stage) -> None:
        if stage.turn.is_locked:
            escalation.locked(stage)
        elif refuse_advice(stage):
            return
        elif stage.get("off_topic"):
            stage.say("utter_OT1_again")
        else:
            stage.set("off_topic", True)
            flow.enter(stage, "OT1")


class NotUnderstood(Step):
    """Two guesses, then a menu, then it is kept for the team (4.23)."""

    named = "action_not_understood"

    def act(self, stage: Stage) -> None:
        not_understood(stage)


def not_understood(stage: Stage) -> None:
    if stage.turn.is_locked:
        escalation.locked(stage)
        return
    if _names_an_option(stage) or _heard(stage) or refuse_advice(stage):
        return
    if (told := _told(stage)) is not None:
        reply(stage, told)
        return
    tries = int(stage.get("not_understood") or 0) + 1
    stage.set("not_understood", tries % 3)
    if tries == 1:
        _guess(stage)
    elif tries == 2:
        flow.enter(stage, "NU2")
    else:
        _keep_for_team(stage)
        flow.enter(stage, "NU3")


def _heard(stage: Stage) -> bool:
    """Thanks for something heavy that the risk screen noted without an alarm; False if it noted nothing like it."""
    noted = stage.turn.metadata.get("assessment") or {}
    if noted.get("action") != "review" or not set(noted.get("categories") or ()) & set(_extra(stage).extra["heavy"]):
        return False
    stage.say("utter_heavy")
    flow.menu(stage)
    return True


def refuse_advice(stage: Stage) -> bool:
    """The refusal of 1.2, where a text is about the medicine although it is not clear how; False if it is not."""
    if not wants_advice(stage):
        return False
    found = _advice(stage)
    best, sure = found[0]
    reply(stage, best if sure >= max(NAMED, LIKELY * sum(chance for _, chance in found)) else ANY_ADVICE)
    return True


def wants_advice(stage: Stage) -> bool:
    """Whether most of what the classifier thinks of is a question about the medicine."""
    return stage.turn.answer is None and sum(sure for _, sure in _advice(stage)) >= ABOUT_MEDICINE


def _advice(stage: Stage) -> list[tuple[str, float]]:
    return [(name, sure) for name, sure in stage.turn.ranking if name in _extra(stage).extra["advice"]]


def reply(stage: Stage, intent: str) -> None:
    """Say the answer to an intent; a question about the medicine may bring one of ours."""
    general = _extra(stage).extra
    if stage.turn.is_locked and stage.turn.form is None and intent not in ALWAYS:
        escalation.locked(stage)
        return
    if intent == "why_do_you_ask" and stage.turn.form == SAFETY_FORM:
        stage.say("utter_why_safety")
        return
    if stage.get("limited") == "under_18" and stage.turn.form is None:
        stage.say(general["replies"][intent] if intent in ALWAYS else "utter_under_18")
        return
    stage.set("not_understood", 0)
    stage.say(_why(stage) if intent == "why_do_you_ask" else general["replies"][intent])
    follows = stage.book.dialogues["medicine"].extra["follows"].get(intent)
    if follows is not None:
        _ask_about_medicine(stage, follows)
    elif intent in ENDINGS:
        stage.set("left", True)
        flow.pause(stage)
        flow.shelve(stage)
    elif stage.turn.form is None and intent in general["menus"]:
        _menu(stage, general["menus"][intent])
    elif stage.turn.form is None and intent == "thanks" and stage.turn.is_locked:
        flow.enter(stage, "STAY")


def _why(stage: Stage) -> str:
    """The reason of the open question, or the general one."""
    own = f"utter_why_{stage.state.code}" if stage.turn.form is not None and stage.state is not None else ""
    general: str = _extra(stage).extra["replies"]["why_do_you_ask"]
    return own if wording.response(own, stage.turn.language) is not None else general


def _ask_about_medicine(stage: Stage, state: str) -> None:
    """The question after a refusal; what it interrupts goes on afterwards."""
    if stage.turn.form not in (None, MEDICINE_FORM):
        flow.pause(stage)
    else:
        flow.finish(stage)
    stage.set("session", stage.turn.message_id)
    flow.enter(stage, state)


def _menu(stage: Stage, code: str) -> None:
    if stage.consent == "unasked" and not stage.get("limited"):
        dialogue.onboard(stage)
    elif code == "MENU":
        flow.menu(stage)
    else:
        flow.enter(stage, code)


def _informed(stage: Stage) -> None:
    """Something was told outside of a form; what the classifier was fairly sure of, it is taken as."""
    likely = stage.turn.likely(at_least=LIKELY)
    if not stage.turn.is_locked and _names_an_option(stage):
        return
    if likely is not None and likely not in (*TOLD, "risk_disclosure"):
        _do(stage, likely)
    elif likely is None and stage.turn.ranking and _told(stage) is None:
        not_understood(stage)
    elif not _heard(stage) and not refuse_advice(stage):
        reply(stage, _told(stage) or "inform")


def _told(stage: Stage) -> str | None:
    """What kind of thing was told, where the classifier thinks of telling more than of any single wish."""
    told = [(sure, name) for name, sure in stage.turn.ranking if name in TOLD]
    others = [sure for name, sure in stage.turn.ranking if name not in (*TOLD, FALLBACK)]
    together = sum(sure for sure, _ in told)
    if not told or together < max(TOLD_AT_LEAST, *others, 0.0):
        return None
    sure, kind = max(told)
    return TOLD[0] if kind == "tell_good" and sure < GOOD_AT_LEAST else kind


def _do(stage: Stage, intent: str) -> None:
    """What an intent means outside of a form."""
    begun = stage.book.begun_by(intent)
    if begun is not None and stage.turn.is_locked:
        # Less sure than that, it may be told in danger: "my daughter is with me" is no wish to do something else.
        escalation.locked(stage, wanted_a_flow=stage.turn.likely(at_least=VERY_SURE) == intent)
    elif begun is not None:
        dialogue.begin(stage, begun.name)
    elif intent == "ask_human":
        dialogue.go(stage, "person")
    elif intent == "stop":
        dialogue.go(stage, "leave")
    elif intent in _extra(stage).extra["replies"]:
        reply(stage, intent)
    else:
        not_understood(stage)


def _names_an_option(stage: Stage) -> bool:
    """Whether the text names a choice of the menu that is open; then it is taken."""
    turn = stage.turn
    state = stage.book.state(turn.state)
    if state is None or not state.menu or turn.form is not None:
        return False
    named = option(Typed(text=turn.text, language=turn.language), wording.titles(state.wording, turn.language))
    if named is None:
        return False
    dialogue.settle(stage, state, Given(options=(named,), text=turn.text))
    return True


def _guess(stage: Stage) -> None:
    """The two intents that the classifier thought of first, as choices with reviewed titles."""
    allowed = _extra(stage).extra["guesses"]
    names = [name for name, _ in stage.turn.ranking if name in allowed][:GUESSES]
    titles = wording.titles("utter_NU1_guesses", stage.turn.language)
    buttons = [{"payload": name, "title": titles[name]} for name in names]
    if buttons:
        stage.say("utter_NU1", state="NU1", buttons=buttons)
    else:
        stage.say("utter_NU1_no_guess")


def _keep_for_team(stage: Stage) -> None:
    turn = stage.turn
    if not stage.is_kept:
        return
    answers.save(
        stage.tx,
        conversation_id=turn.conversation_id,
        message_id=turn.message_id,
        dialogue=GENERAL,
        session=turn.message_id,
        step="not_understood",
        wording="",
        value=None,
        text=turn.text,
    )


def _extra(stage: Stage) -> Dialogue:
    return stage.book.dialogues[GENERAL]
