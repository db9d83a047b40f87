"""What one action says and sets: responses for the patient, slots for the tracker, and which form goes on.

Progress stands in slots only, so that nothing of a turn that fails is kept.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rasa_sdk.events import ActiveLoop, FollowupAction, LoopInterrupted, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import wording
from bot.actions.dialogues import Book, State
from bot.actions.turn import Turn
from bot.store import answers, clinics, conversations, facts
from bot.store.database import Transaction
from bot.store.rows import Answer

Event = dict[str, Any]
LISTEN = "action_listen"
MED_WORD = "{med_word}"


class Stage:
    def __init__(self, turn: Turn, dispatcher: CollectingDispatcher, tx: Transaction, book: Book) -> None:
        self.turn = turn
        self.tx = tx
        self.book = book
        self._dispatcher = dispatcher
        self._slots: dict[str, Any] = {}
        self._follow: str | None = None
        self._left = False
        self._rests = False

    def get(self, slot: str) -> Any:
        return self._slots.get(slot, self.turn.slots.get(slot))

    def set(self, slot: str, value: Any) -> None:
        self._slots[slot] = value

    @property
    def state(self) -> State | None:
        """The state whose question is open in a form."""
        return self.book.state(self.get("at"))

    @property
    def running(self) -> str | None:
        """The form that goes on after this action, unless something else is said."""
        return None if self._left else self.turn.form

    @property
    def consent_version(self) -> str:
        """The version of the text that this clinic's patients are asked to agree to."""
        reviewed = self.book.dialogues["onboarding"].extra.need("consent_text", str)
        clinic = conversations.find(self.tx, self.turn.conversation_id).clinic_id
        return clinics.get(self.tx, clinic).consent_version(reviewed)

    @property
    def consent(self) -> str:
        """The patient's answer to ON7: in this turn, or as the front door knew it when the turn began."""
        return str(self.get("consent") or self.turn.consent)

    @property
    def is_untold(self) -> bool:
        """After "No" to keeping the chat nobody can be told (ON7b)."""
        return self.consent == "refused"

    @property
    def is_kept(self) -> bool:
        """Whether what is written here stays, for the patient and the team."""
        return self.consent == "given"

    def say(self, response: str, *, state: str | None = None, **values: Any) -> None:
        """Say a response, in the variant for a chat that is limited, not kept, or whose team cannot be told, if any."""
        variants = (("_untold", self.is_untold), ("_unkept", not self.is_kept), ("_limited", bool(self.get("limited"))))
        for suffix, wanted in variants:
            if wanted and wording.response(response + suffix, self.turn.language) is not None:
                response += suffix
                break
        if state is not None:
            values["state"] = state
        self._dispatcher.utter_message(response=response, **values)

    @property
    def said(self) -> int:
        """How many messages this action says."""
        return len(self._dispatcher.messages)

    def run(self, form: str) -> None:
        """Let a form go on next; one that runs already just does."""
        if self.running != form:
            self.leave()
            self._follow = form

    def leave(self) -> None:
        """End what runs; without another form it is the patient's turn."""
        self._left = True
        self._follow = None

    def rest(self) -> None:
        """Let what runs go on without putting its question again: it still waits for the patient's answer."""
        self._rests = True

    def events(self) -> list[Event]:
        """The events for Rasa, in an order that its form action and its policies understand."""
        events = [SlotSet(name, value) for name, value in self._slots.items()]
        if self._rests:
            events += [LoopInterrupted(False), FollowupAction(LISTEN)]
        if self._left:
            if self.turn.form is not None:
                events += [SlotSet("requested_slot", None), ActiveLoop(None)]
            events.append(FollowupAction(self._follow or LISTEN))
        return events

    def local(self, at: datetime) -> datetime:
        """A moment on the clinic's clock."""
        conversation = conversations.find(self.tx, self.turn.conversation_id)
        return at.astimezone(ZoneInfo(clinics.get(self.tx, conversation.clinic_id).settings.timezone))

    def facts(self) -> Mapping[str, Any]:
        return facts.get(self.tx, self.turn.conversation_id)

    def titles(self, response: str) -> dict[str, str]:
        """What a response offers, by option, with the patient's own word for the medicine."""
        found = wording.titles(response, self.turn.language)
        return {id_: self.in_own_words(title) for id_, title in found.items()}

    def in_own_words(self, text: str) -> str:
        """A piece of reviewed wording with the patient's own word for the medicine."""
        if MED_WORD not in text:
            return text
        word = self.facts().get("med_word") or wording.stand_in("med_word", self.turn.language)
        return text.replace(MED_WORD, str(word))

    def answers(self, dialogue: str | None = None) -> list[Answer]:
        """What a dialogue (or every one) kept of this conversation and the patient confirmed, oldest first."""
        return [one for one in answers.of(self.tx, self.turn.conversation_id, dialogue) if one.confirmed]

    def answered(self, dialogue: str, step: str) -> Any:
        """The value of a step in the session that runs now."""
        found = [one.value for one in self.answers(dialogue) if one.step == step and one.session == self.get("session")]
        return found[-1] if found else None
