"""What the bot said to one message, as the front door shows it: one question is one message."""

import re
from collections.abc import Iterable
from typing import Any

from rasa.shared.core.events import ActionExecuted, BotUttered, Event, UserUttered

DRAWN = ("scale", "date", "multiple")
STATE = re.compile(r"utter_([A-Z]{1,3}\d+[a-z]?)")


def replies_of(events: Iterable[Event], message: UserUttered) -> list[dict[str, Any]]:
    """The replies to a message: ``{"text", "choices", "scale"?, "date"?, "multiple"?, "state"?}`` each.

    What carries no text of its own (choices, a scale) joins the text before it, if the same action said both.
    """
    replies: list[dict[str, Any]] = []
    open_bubble: dict[str, Any] | None = None
    for event in _after(events, message):
        if isinstance(event, ActionExecuted):
            open_bubble = None
        elif isinstance(event, BotUttered):
            if event.text or open_bubble is None:
                open_bubble = {"text": event.text or "", "choices": []}
                replies.append(open_bubble)
            _add(open_bubble, event)
    return [reply for reply in replies if reply["text"]]


def _after(events: Iterable[Event], message: UserUttered) -> Iterable[Event]:
    """The events between this message and the next."""
    found = False
    for event in events:
        if isinstance(event, UserUttered):
            if found:
                return
            found = event is message
        elif found:
            yield event


def _add(bubble: dict[str, Any], event: BotUttered) -> None:
    data = event.data or {}
    bubble["choices"] += [{"id": str(b["payload"]), "title": str(b["title"])} for b in data.get("buttons") or ()]
    custom = data.get("custom") or {}
    bubble.update({key: custom[key] for key in DRAWN if custom.get(key)})
    state = custom.get("state") or (event.metadata or {}).get("state") or _state_of(event, bubble)
    if state:
        bubble["state"] = state


def _state_of(event: BotUttered, bubble: dict[str, Any]) -> str | None:
    """A question's state stands in its response's name; a statement has none, unless an action gives one."""
    named = STATE.fullmatch(str((event.metadata or {}).get("utter_action", "")))
    asks = bubble["choices"] or any(key in bubble for key in DRAWN)
    return named.group(1) if named and asks else None
