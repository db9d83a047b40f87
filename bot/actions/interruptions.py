"""What may come in the middle of anything: a risk, a wish for a person, stop, coming back, and small talk.

Inside a form Rasa lets the form ask its open question again afterwards, unless the action ended it.
"""

from bot.actions import dialogue, escalation, flow, guesses, person
from bot.actions.conditions import safety_open
from bot.actions.dialogues import State
from bot.actions.given import Given
from bot.actions.recording import record_layers
from bot.actions.reflection import closed_lately
from bot.actions.stage import Stage
from bot.actions.step import Step
from bot.actions.understanding import words
from bot.content.light_checks import kind_of
from bot.store.findings import Finding

SAFETY_FORM = "safety_form"
COME_FIRST = ("onboarding_form", "person_form")
VERY_SURE = 0.8
PLAIN_WORDS = 8
# Where words are asked for, "i need one so badly" is the answer, however short.
TOLD = ("urge_now", "slip")
FIRST_WORDS = Finding(level="same_day", action="ask", categories=("suicidal_ideation",), reasons=("intent",))


class Escalate(Step):
    """The gate found a risk: record it, stop what runs, and open the safety step. An offered answer is kept first."""

    named = "action_escalate"

    def act(self, stage: Stage) -> None:
        finding = stage.turn.finding
        record_layers(stage)
        kind = kind_of(stage.turn.text) if finding is None else None
        if kind is not None:
            escalation.check_lightly(stage, kind)
            return
        finding = finding or FIRST_WORDS
        state = _open_state(stage)
        if state is not None and (stage.turn.answer is not None or stage.turn.form == SAFETY_FORM):
            dialogue.take(stage, state)
        else:
            escalation.begin(stage, finding)


class Person(Step):
    """A person is wanted: recorded first, then when and how."""

    named = "action_person"

    def act(self, stage: Stage) -> None:
        finding = stage.turn.finding
        record_layers(stage)
        state = _open_state(stage)
        if state is not None and stage.turn.answer is not None:
            dialogue.take(stage, state)
        elif finding is None and (told := free_text(stage, "ask_human")) is not None:
            dialogue.take(stage, told)
        elif stage.turn.form == SAFETY_FORM:
            escalation.ask_for_person(stage)
        elif stage.turn.form == "person_form":
            stage.say("utter_HP_again")
        else:
            known = finding is not None and person.REQUEST.categories[0] in finding.categories
            person.begin(stage, layer=None if known else "meaning")


class Begin(Step):
    """A dialogue is wanted: what runs is interrupted, and goes on afterwards. Consent and a person come first (0.5)."""

    named = "action_begin"

    def act(self, stage: Stage) -> None:
        wanted = stage.book.begun_by(stage.turn.intent)
        if wanted is None:
            raise ValueError(f"no dialogue is begun by {stage.turn.intent!r}")
        told = free_text(stage, stage.turn.intent) or _named(stage)
        if stage.turn.form is not None and stage.turn.form == wanted.form:
            told = stage.state  # It runs already: "i want one so badly" is an answer to its open question then.
        if told is not None:
            dialogue.take(stage, told)
        elif stage.turn.form in COME_FIRST:
            stage.say("utter_first_this")
        else:
            flow.pause(stage)
            dialogue.begin(stage, wanted.name)


class Stop(Step):
    """Works in every state; nothing is lost, and nothing is asked again by itself."""

    named = "action_stop"

    def act(self, stage: Stage) -> None:
        if stage.turn.form == SAFETY_FORM or stage.turn.is_locked:
            stage.set("left", True)
            escalation.stop(stage)
            return
        told = free_text(stage, "stop")
        if told is not None:
            dialogue.take(stage, told)
            return
        if (own := _own_stop(stage)) is not None:
            dialogue.settle(stage, own, Given(options=("stop",), text=stage.turn.text))
            return
        dialogue.stop(stage)


class Open(Step):
    """The chat is opened: a first visit, or a return (4.12)."""

    named = "action_open"

    def act(self, stage: Stage) -> None:
        resumed = bool(stage.turn.metadata.get("resumed"))
        if resumed and stage.turn.form == "onboarding_form":
            stage.say("utter_RT1")
        elif stage.is_untold or stage.get("limited"):
            flow.finish(stage)
            stage.say("utter_RT1")
            flow.menu(stage)
        elif stage.consent == "unasked":
            dialogue.onboard(stage)
        elif stage.turn.form == SAFETY_FORM and not safety_open(stage) and not closed_lately(stage):
            stage.say("utter_RT1")  # The one question of `ask` was not answered yet: it comes again.
        else:
            if stage.turn.form != SAFETY_FORM:
                flow.pause(stage)
            flow.shelve(stage)
            stage.set("safety", None)
            flow.start(stage, "returning")


class GoBack(Step):
    """The question before the open one again."""

    named = "action_go_back"

    def act(self, stage: Stage) -> None:
        told = free_text(stage, "go_back")
        if told is not None:
            dialogue.take(stage, told)
        elif stage.turn.form is not None and stage.turn.form != SAFETY_FORM:
            dialogue.go_back(stage)
        elif stage.turn.is_locked:
            escalation.locked(stage)
        else:
            stage.say("utter_no_way_back")


class Simpler(Step):
    """Simpler words from now on, once asked for."""

    named = "action_simpler_words"

    def act(self, stage: Stage) -> None:
        told = free_text(stage, "simpler_words")
        if told is not None:
            dialogue.take(stage, told)
        else:
            dialogue.make_simpler(stage)


class Repeat(Step):
    """Say the last thing again, without sighing; in a form its question comes by itself."""

    named = "action_repeat"

    def act(self, stage: Stage) -> None:
        state = stage.book.state(stage.turn.state)
        if stage.turn.form is not None:
            stage.say("utter_repeat")
        elif stage.turn.is_locked:
            escalation.locked(stage)
        elif state is not None and state.menu:
            stage.say("utter_repeat")
            flow.ask(stage, state)
        else:
            stage.say("utter_repeat_all")
            flow.menu(stage)


def free_text(stage: Stage, intent: str) -> State | None:
    """The question that this rather answers: "call me Bea" is a name, "i stopped a year ago" no wish to stop here."""
    state = stage.state if stage.turn.form is not None else None
    plain = (
        intent not in TOLD
        and stage.turn.likely(at_least=VERY_SURE) == intent
        and len(words(stage.turn.text)) <= PLAIN_WORDS
    )
    if state is None or (state.input == "text" and plain):
        return None
    return state if state.input == "text" or guesses.is_answer(stage, state) else None


def _named(stage: Stage) -> State | None:
    """The open question, where one of its choices is what was said: "thought came first" asks for no thought record."""
    state = stage.state if stage.turn.form is not None else None
    if state is None or state.input not in ("choice", "choices"):
        return None
    given = dialogue.read(stage, state)
    return state if given is not None and given.options and not given.skipped else None


def _own_stop(stage: Stage) -> State | None:
    """The open question, where a dialogue with rests offers to stop by itself: its way to stop brings the summary."""
    state = stage.state if stage.turn.form is not None else None
    is_paced = state is not None and stage.book.dialogues[state.dialogue].pace is not None
    return state if state is not None and is_paced and "stop" in state.options else None


def _open_state(stage: Stage) -> State | None:
    """The question that this message can answer: the running form's, or a menu's."""
    if stage.turn.form is not None:
        return stage.state
    state = stage.book.state(stage.turn.state)
    return state if state is not None and state.menu else None
