"""What the bot says: Rasa's ``nlg``, which speaks the reviewed responses in the patient's language and fills them.

A response that does not exist, or that cannot be filled, fails the turn: silence and half sentences are worse.
"""

from pathlib import Path
from typing import Any

from rasa.core.nlg import NaturalLanguageGenerator
from rasa.shared.core.events import BotUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.content.reading import CONTENT
from bot.engine.responses import FALLBACK_LANGUAGE, Responses


class Wording(NaturalLanguageGenerator):
    """``endpoints.yml``: ``nlg: {type: bot.engine.wording.Wording}``; ``content`` may name another folder."""

    def __init__(self, endpoint_config: EndpointConfig | None = None, domain: Any = None) -> None:
        folder = endpoint_config.kwargs.get("content") if endpoint_config else None
        self._responses = Responses(Path(folder) if folder else CONTENT)

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any]:
        """The message. ``kwargs`` fill placeholders before what clinic and patient gave. Raises ContentError."""
        metadata = (tracker.latest_message.metadata if tracker.latest_message else None) or {}
        facts = metadata.get("facts") or {}
        given = {key: value for key, value in kwargs.items() if value is not None}
        return self._responses.say(
            utter_action,
            {**facts, **(metadata.get("clinic") or {}), **given},
            language=metadata.get("language") or FALLBACK_LANGUAGE,
            last=_last_variant(tracker, utter_action),
            plain=bool(facts.get("simpler_words")),
        )


def _last_variant(tracker: DialogueStateTracker, utter_action: str) -> int | None:
    for event in reversed(tracker.events):
        if isinstance(event, BotUttered) and event.metadata.get("utter_action") == utter_action:
            return event.metadata.get("variant")
    return None
