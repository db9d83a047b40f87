"""For every dialogue with a form, the two actions that Rasa calls: one takes the answer, one asks the open question."""

from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from bot.actions import escalation, flow, general, guesses
from bot.actions.dialogue import SAFETY, book, read, take
from bot.actions.dialogues import Dialogue, State
from bot.actions.holder import database
from bot.actions.stage import Event, Stage
from bot.actions.turn import Turn

SLOT = "answer"


def validate(dialogue: Dialogue, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
    """Take the answer that Rasa extracted and go on.

    Without one, after an interruption, nothing is given back: the form then leaves the turn to the interruption's rule.
    """
    turn = Turn.of(tracker)
    begins = tracker.slots.get("requested_slot") != SLOT
    answer = tracker.slots_to_validate().get(SLOT)
    at = tracker.slots.get("at")
    state = book().state(at)
    is_mine = state is not None and state.dialogue == dialogue.name
    if begins and is_mine:
        return [SlotSet("at", at)]
    if answer is None and is_mine:
        return []
    with database().write() as tx:
        stage = Stage(turn, dispatcher, tx, book())
        if is_mine and state is not None and state.input != "text" and _asks_advice(stage, state):
            general.refuse_advice(stage)
        elif is_mine and state is not None:
            take(stage, state)
        else:
            flow.start(stage, dialogue.name)
        return [SlotSet(SLOT, None), *stage.events()]


def _asks_advice(stage: Stage, state: State) -> bool:
    """A question about the medicine where a choice or a number was asked for, and which answers neither."""
    if state.dialogue == SAFETY or not general.wants_advice(stage) or read(stage, state) is not None:
        return False
    return not guesses.is_answer(stage, state) and not guesses.shares_words(stage, state)


def ask(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[Event]:
    """Put the question that is open."""
    with database().read() as tx:
        stage = Stage(Turn.of(tracker), dispatcher, tx, book())
        state = stage.state
        guess = guesses.pending(stage, state) if state is not None else None
        if state is not None and guess is not None:
            guesses.ask(stage, state, guess)
        elif state is not None:
            flow.ask(stage, state, escalation.response_for(stage, state))
    return []


def _actions(dialogue: Dialogue) -> tuple[type[Action], type[Action]]:
    form = dialogue.form

    class Validate(Action):
        def name(self) -> str:
            return f"validate_{form}"

        async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Event]:  # noqa: ARG002
            return validate(dialogue, dispatcher, tracker)

    class Ask(Action):
        def name(self) -> str:
            return f"action_ask_{form}_{SLOT}"

        async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Event]:  # noqa: ARG002
            return ask(dispatcher, tracker)

    return Validate, Ask


# Rasa's executor finds actions by their classes; a new dialogue file brings its own.
FORM_ACTIONS = [_actions(dialogue) for dialogue in book().dialogues.values() if dialogue.form]
