"""What the web process asks of Rasa, checked and made into Rasa's user messages.

Nothing that a patient typed is a command: a text that begins with a slash is text. An offered answer that was chosen
does not travel as ``/answer{…}`` but as parse data, so that no text can pretend to be one.
"""

import json
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

from bot.engine.routing import Thresholds, route

NAME = "front_door"
OPEN_INTENT = "open_conversation"
TIMED_INTENT = "timed_line"
ANSWER = "answer"  # The intent of a chosen answer, and the entity with its value as JSON.
ANSWER_KINDS = ("choice", "choices", "value", "date")
WORD_JOINER = "\u2060"  # Invisible; in front of a slash it keeps Rasa from reading a command.


class BadRequest(Exception):
    """The body is not what the contract says; the message names the field, never its value."""


def turn_message(raw: Any) -> UserMessage:
    """The user message of a turn. Raises BadRequest."""
    body = _mapping(raw, "the body")
    conversation, message_id = _words(body, "conversation"), _words(body, "message_id")
    metadata = _mapping(body.get("metadata", {}), "metadata")
    text = _neutral(_text(body))
    return UserMessage(
        text,
        output_channel=CollectingOutputChannel(),
        sender_id=conversation,
        parse_data=_parse_data(body, text, metadata),
        input_channel=NAME,
        message_id=message_id,
        metadata={**metadata, "message_id": message_id},
    )


def parse_message(raw: Any) -> UserMessage:
    """A text to be understood outside of any conversation. Raises BadRequest."""
    body = _mapping(raw, "the body")
    return UserMessage(_neutral(_text(body)), metadata={"language": _words(body, "language")})


def _parse_data(body: dict[str, Any], text: str, metadata: dict[str, Any]) -> dict[str, Any] | None:
    """What needs no understanding: an opening, a timed line, or a chosen answer. None for what was typed."""
    answer = body.get("answer")
    if body.get("open") is True:
        return _parsed(text, OPEN_INTENT, [])
    if metadata.get("timed"):
        return _parsed(text, TIMED_INTENT, [])
    if answer is None:
        return None
    entities = [_entity(value, text) for value in _values(_mapping(answer, "answer"))]
    routed = route(ANSWER, 1.0, metadata, None, Thresholds())  # A chosen answer can be a risk signal too.
    return {**_parsed(text, routed.intent, entities), "risk": routed.risk}


def _values(answer: dict[str, Any]) -> list[Any]:
    if len(answer) != 1 or next(iter(answer)) not in ANSWER_KINDS:
        raise BadRequest(f"answer must have exactly one of {', '.join(ANSWER_KINDS)}")
    kind, value = next(iter(answer.items()))
    values = value if kind == "choices" else [value]
    if not isinstance(values, list) or not values or not all(_fits(kind, value) for value in values):
        raise BadRequest(f"answer.{kind} is empty or of another kind than its name says")
    return values


def _fits(kind: str, value: Any) -> bool:
    if kind == "value":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, str) and bool(value)


def _parsed(text: str, intent: str, entities: list[dict[str, Any]]) -> dict[str, Any]:
    return {"text": text, "intent": {"name": intent, "confidence": 1.0}, "entities": entities}


def _entity(value: Any, text: str) -> dict[str, Any]:
    """Typed: the value's JSON, so that 0, "0" and "none" stay three things."""
    return {"entity": ANSWER, "value": json.dumps(value), "start": 0, "end": len(text), "extractor": NAME}


def _neutral(text: str) -> str:
    """The text as Rasa may have it: no command, not empty, and without half characters, which its tokenizer refuses."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    stripped = text.strip()
    return WORD_JOINER + stripped if not stripped or stripped.startswith("/") else text


def _mapping(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRequest(f"{name} must be an object")
    return value


def _words(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value or len(value) > 255:
        raise BadRequest(f"{name} must be a text of 1 to 255 characters")
    return value


def _text(body: dict[str, Any]) -> str:
    text = body.get("text") or ""
    if not isinstance(text, str):
        raise BadRequest("text must be a text")
    return text
