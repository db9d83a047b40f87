"""One turn of a conversation, whole or not at all.

Rasa goes on when an action fails, and says "I have saved that" although nothing was. Here every failure of a turn, of
an action, of the wording, of the store, ends the turn with TurnFailed, and nothing of it is kept: it can be asked
again.
"""

import asyncio
import time
from contextvars import ContextVar
from functools import cache
from typing import Any, NamedTuple

from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from rasa.core.actions.action import Action, ActionExecutionRejection, RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.shared.core.events import ActionExecuted, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.engine.incoming import TIMED_INTENT
from bot.engine.replies import replies_of
from bot.engine.sessions import shortened
from bot.engine.tracker import EncryptedTrackerStore
from bot.errors import SettingError

ACTION_SECONDS = 4.0
ACTIONS_OF_A_TURN_SECONDS = 5.0
LOCK_LIFETIME_SECONDS = 10.0
LOCK_POLL_SECONDS = 0.05


class TurnFailed(Exception):
    """The turn could not be finished. ``reasons`` name actions and types, never a patient's words."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = list(reasons)


class Turn(NamedTuple):
    replies: list[dict[str, Any]]
    parse: dict[str, Any]
    replayed: bool


class _Progress:
    """What one turn has met so far."""

    def __init__(self, start: DialogueStateTracker) -> None:
        self.start = start
        self.failures: list[str] = []
        self.actions_end = time.monotonic() + ACTIONS_OF_A_TURN_SECONDS


_progress: ContextVar[_Progress] = ContextVar("progress")


class StrictProcessor(MessageProcessor):
    """Rasa's processor, except that nothing that fails is swallowed."""

    @classmethod
    def of(cls, agent: Agent) -> "StrictProcessor":
        """Raises SettingError if Rasa has fallen back to something that would lose or reveal a conversation."""
        if agent.processor is None:
            raise SettingError("no trained dialogue could be loaded; run `between train`")
        store = agent.tracker_store
        while isinstance(store, FailSafeTrackerStore):
            store = store._tracker_store
        if not isinstance(store, EncryptedTrackerStore):
            raise SettingError(
                f"endpoints.yml: the tracker store must be EncryptedTrackerStore, not {type(store).__name__}"
            )
        if agent.action_endpoint is None:
            raise SettingError("endpoints.yml: action_endpoint is missing")
        strict = cls.__new__(cls)  # MessageProcessor.__init__ would load the model a second time.
        vars(strict).update(vars(agent.processor))
        RemoteAction._validate_action_result = _check_answer  # type: ignore[method-assign]
        strict.tracker_store = store
        strict.action_endpoint = StrictEndpoint.of(agent.action_endpoint)
        return strict

    async def turn(self, message: UserMessage) -> Turn:
        """Run a message, or give again what it brought when it ran before. Raises TurnFailed, with nothing kept."""
        async with self.lock_store.lock(message.sender_id, LOCK_LIFETIME_SECONDS, LOCK_POLL_SECONDS):
            before, mark = await self.tracker_store.read_turn(message.sender_id)
            said = _said(before, message.message_id)
            if before is not None and said is not None:
                return Turn(replies_of(before.events, said), said.parse_data, replayed=True)
            start = shortened(before, self.domain) if before else self.tracker_store.init_tracker(message.sender_id)
            stored = len(start.events) if start is before else 0
            _progress.set(_Progress(start))
            tracker = await self._run(message)
            replies = replies_of(tracker.events, tracker.latest_message)
            if not replies and tracker.latest_message.intent.get("name") != TIMED_INTENT:
                raise TurnFailed("no reply")  # Only a timed line may find that nothing is to be said any more.
            await self.tracker_store.save_turn(tracker, mark=mark, stored=stored)
            return Turn(replies, tracker.latest_message.parse_data, replayed=False)

    async def _run(self, message: UserMessage) -> DialogueStateTracker:
        tracker = await self.log_message(message, should_save_tracker=False)
        tracker = await self.run_action_extract_slots(message.output_channel, tracker)
        _raise_failures()
        await self._run_prediction_loop(message.output_channel, tracker)
        return tracker

    async def get_tracker(self, conversation_id: str) -> DialogueStateTracker:
        """The tracker that this turn began with: it is read once, and a new one is not stored before the turn is."""
        tracker = _progress.get().start
        tracker.model_id, tracker.assistant_id = self.model_metadata.model_id, self.model_metadata.assistant_id
        return tracker

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: Any,
        prediction: PolicyPrediction,
    ) -> bool:
        go_on = await super()._run_action(_Watched(action), tracker, output_channel, nlg, prediction)
        _raise_failures()
        return go_on

    def is_action_limit_reached(self, tracker: DialogueStateTracker, should_predict_another_action: bool) -> bool:
        if super().is_action_limit_reached(tracker, should_predict_another_action):
            raise TurnFailed(f"more than {self.max_number_of_predictions} actions in one turn")
        return False


class StrictEndpoint(EndpointConfig):
    """The action server, with a time limit; every failure is noted, since Rasa swallows some."""

    @classmethod
    def of(cls, endpoint: EndpointConfig) -> "StrictEndpoint":
        strict = cls.__new__(cls)
        vars(strict).update(vars(endpoint))
        return strict

    async def request(self, *args: Any, **kwargs: Any) -> Any | None:
        progress = _progress.get()
        seconds = min(ACTION_SECONDS, progress.actions_end - time.monotonic())
        name = (kwargs.get("json") or {}).get("next_action", "action")
        try:
            return await asyncio.wait_for(super().request(*args, **{**kwargs, "timeout": None}), max(seconds, 0.01))
        except Exception as error:
            status = getattr(error, "status", None)
            if status != 400:  # 400 is how the action server says that an action declines to run.
                progress.failures.append(f"{name}: {type(error).__name__}{f' {status}' if status else ''}")
            raise


class _Watched(Action):
    """An action whose exception is noted before Rasa turns it into silence."""

    def __init__(self, action: Action) -> None:
        self._action = action

    def name(self) -> str:
        return self._action.name()

    async def run(self, *args: Any, **kwargs: Any) -> list[Event]:
        try:
            return await self._action.run(*args, **kwargs)
        except ActionExecutionRejection:
            raise
        except Exception as error:
            progress = _progress.get()
            if not progress.failures:
                progress.failures.append(f"{self.name()}: {type(error).__name__}")
            raise

    def event_for_successful_execution(self, prediction: PolicyPrediction) -> ActionExecuted:
        return self._action.event_for_successful_execution(prediction)


def _check_answer(_action: RemoteAction, answer: Any) -> bool:
    """In place of Rasa's own check, which examines its schema anew in every call: half of a turn's processor time."""
    _answer_schema().validate(answer)
    return True


@cache
def _answer_schema() -> Validator:
    schema = RemoteAction.action_response_format_spec()
    return validator_for(schema)(schema)


def _raise_failures() -> None:
    failures = _progress.get().failures
    if failures:
        raise TurnFailed(*failures)


def _said(tracker: DialogueStateTracker | None, message_id: str) -> UserUttered | None:
    """The patient's message of that id, if this conversation has it."""
    for event in reversed(tracker.events if tracker else ()):
        if isinstance(event, UserUttered) and event.message_id == message_id:
            return event
    return None
