"""What one turn brings: the patient's message, what the front door knows about it, and where the dialogue stands."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from rasa_sdk.interfaces import Tracker

from bot.store.findings import Finding

LOCKING_LEVELS = ("emergency", "urgent")
STOPPING = ("page", "ask")
Guesses = tuple[tuple[str, float], ...]
WORD_JOINER = "\u2060"  # The channel puts it before a text that begins with a slash.


@dataclass(frozen=True, kw_only=True)
class Turn:
    conversation_id: str
    message_id: str
    text: str
    intent: str
    ranking: tuple[tuple[str, float], ...]
    answer: Mapping[str, Any] | None
    metadata: Mapping[str, Any]
    risk: Mapping[str, Any] | None
    meaning: Mapping[str, Any] | None
    closest: Mapping[str, Guesses]
    inner: Guesses
    slots: Mapping[str, Any]
    form: str | None
    events: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, tracker: Tracker) -> "Turn":
        """Read the tracker that Rasa sent."""
        message = tracker.latest_message or {}
        metadata = message.get("metadata") or {}
        ranking = message.get("intent_ranking") or []
        return cls(
            conversation_id=tracker.sender_id,
            message_id=str(metadata.get("message_id") or ""),
            text=str(message.get("text") or "").lstrip(WORD_JOINER),
            intent=str((message.get("intent") or {}).get("name") or ""),
            ranking=tuple((str(one["name"]), float(one["confidence"])) for one in ranking),
            answer=metadata.get("answer") or _answer(message.get("entities") or []),
            metadata=metadata,
            risk=message.get("risk"),
            meaning=message.get("meaning"),
            closest={code: _guesses(found) for code, found in (message.get("closest") or {}).items()},
            inner=_guesses(message.get("inner") or ()),
            slots=tracker.slots,
            form=(tracker.active_loop or {}).get("name"),
            events=tuple(tracker.events),
        )

    @property
    def language(self) -> str:
        return str(self.metadata.get("language") or "en")

    @property
    def consent(self) -> str:
        return str(self.metadata.get("consent") or "unasked")

    @property
    def timed(self) -> str | None:
        """Which line this turn is to say, if nobody wrote and its moment has come."""
        return self.metadata.get("timed")

    @property
    def state(self) -> str | None:
        """The dialogue state of the question that was open when the patient wrote."""
        return self.metadata.get("state")

    @property
    def now(self) -> datetime | None:
        now = self.metadata.get("now")
        return datetime.fromisoformat(now) if now else None

    @property
    def clinic(self) -> Mapping[str, Any]:
        return self.metadata.get("clinic") or {}

    @property
    def open_escalation(self) -> Mapping[str, Any] | None:
        return self.metadata.get("open_escalation")

    @property
    def is_locked(self) -> bool:
        """Emergency and urgent, once confirmed: nothing but the protocol until staff close it (5.7)."""
        record = self.open_escalation or {}
        safety = set(record.get("categories") or ()) != {"request_human"}
        return record.get("action") == "page" and record.get("level") in LOCKING_LEVELS and safety

    @property
    def finding(self) -> Finding | None:
        """What stops the flow in this message, by either layer; None if nothing does."""
        if self.risk is not None:
            return Finding.from_json(self.risk)
        assessment = self.metadata.get("assessment") or {}
        return Finding.from_json(assessment) if assessment.get("action") in STOPPING else None

    def likely(self, *, at_least: float) -> str | None:
        """The classifier's first choice, whatever the risk gate made of it, if it is sure enough."""
        return next((name for name, confidence in self.ranking[:1] if confidence >= at_least), None)

    def words(self, state: str) -> dict[str, Any]:
        """What is needed to take this typed message as the answer to a state's question in a later turn."""
        guesses = {"closest": self.closest.get(state, ()), "inner": self.inner}
        return {"message_id": self.message_id, "text": self.text, "ranking": self.ranking[:1], **guesses}

    def saying(self, words: Mapping[str, Any], *, form: str, state: str) -> "Turn":
        """This turn as if the ``words`` of an earlier message were said now, in answer to a question of a form."""
        return replace(
            self,
            message_id=words["message_id"],
            text=words["text"],
            ranking=_guesses(words["ranking"]),
            closest={state: _guesses(words["closest"])},
            inner=_guesses(words["inner"]),
            answer=None,
            risk=None,
            meaning=None,
            form=form,
            metadata={**self.metadata, "state": state, "assessment": {}},
        )

    def wording(self, response: str) -> str:
        """What the patient last read under a response's name (of one that ends in "_": in any of its variants)."""
        for event in reversed(self.events):
            name = str((event.get("metadata") or {}).get("utter_action"))
            if event.get("event") == "bot" and (
                name == response or (response[-1:] == "_" and name.startswith(response))
            ):
                return str(event.get("text") or "")
        return ""


def _guesses(found: Sequence[Any]) -> Guesses:
    return tuple((str(name), float(sure)) for name, sure in found)


def _answer(entities: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The chosen answer as the channel wrote it: one JSON value per entity."""
    values = [json.loads(one["value"]) for one in entities if one.get("entity") == "answer"]
    if not values:
        return None
    if len(values) > 1:
        return {"choices": values}
    return {"choice" if isinstance(values[0], str) else "value": values[0]}
