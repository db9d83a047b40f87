"""The frame of every custom action: one turn, one transaction, one list of events."""

from abc import ABC, abstractmethod

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from bot.actions.dialogue import book
from bot.actions.holder import database
from bot.actions.stage import Event, Stage
from bot.actions.turn import Turn


class Step(Action, ABC):
    """An action whose ``act`` says, sets and writes through a stage. It may run twice for one message."""

    named: str

    def name(self) -> str:
        return self.named

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[Event]:  # noqa: ARG002
        turn = Turn.of(tracker)
        with database().write() as tx:
            stage = Stage(turn, dispatcher, tx, book())
            if stage.get("left") and turn.timed is None:
                stage.set("left", None)  # The patient is back.
            self.act(stage)
            return stage.events()

    @abstractmethod
    def act(self, stage: Stage) -> None:
        """Do what this action is for."""
