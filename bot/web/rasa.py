"""The one file that speaks HTTP to Rasa, through the input channel of ours that runs there.

Everything that is not a usable answer is DialogueUnavailable: refused, slow, failed, unreadable, or no reply at all.
"""

import asyncio
import functools
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from bot.errors import DialogueUnavailable
from bot.safety import ACTIONS, LEVELS

TURN_SECONDS = 6.0
PARSE_SECONDS = 4.0
HEALTH_SECONDS = 2.0
KEEP_ALIVE_SECONDS = 4.0  # Rasa's server closes idle connections after 5 s; ours must not be the later one.
CONNECTIONS = 64


@dataclass(frozen=True, kw_only=True)
class DialogueTurn:
    """What Rasa made of one turn; ``meaning`` is layer 2's finding, None when it found nothing."""

    replies: tuple[dict[str, Any], ...]
    meaning: dict[str, Any] | None
    intent: str
    confidence: float


@functools.cache
def certificates() -> ssl.SSLContext:
    """Whom to trust behind an https address; read once, since to read them takes longer than most of our answers."""
    return ssl.create_default_context()


class RasaClient:
    """Asks the Rasa process; make it inside the running event loop, close it with ``aclose``."""

    def __init__(self, url: str, secret: str, *, turn_seconds: float = TURN_SECONDS) -> None:
        self.turn_seconds = turn_seconds
        self._client = httpx.AsyncClient(
            base_url=f"{url}/webhooks/front_door",
            headers={"Authorization": f"Bearer {secret}"},
            timeout=httpx.Timeout(None),
            limits=httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=KEEP_ALIVE_SECONDS),
            trust_env=False,
            verify=certificates(),
        )

    async def turn(self, body: Mapping[str, Any]) -> DialogueTurn:
        """Ask one turn. Raises DialogueUnavailable; asking the same message id again is safe."""
        answer = await self._ask("POST", "/turn", self.turn_seconds, body)
        replies = answer.get("replies")
        silent = replies == [] and not body["metadata"].get(
            "timed"
        )  # Only a timed line may have nothing to say any more.
        if not isinstance(replies, list) or silent or not all(_is_reply(reply) for reply in replies):
            raise DialogueUnavailable("Rasa answered without a reply")
        if not _is_meaning(answer.get("meaning")):
            raise DialogueUnavailable("Rasa answered with a finding of no known level or action")
        return DialogueTurn(
            replies=tuple(replies),
            meaning=answer.get("meaning"),
            intent=str(answer.get("intent") or ""),
            confidence=float(answer.get("confidence") or 0.0),
        )

    async def parse(self, text: str, language: str) -> dict[str, Any] | None:
        """What layer 2 makes of a text outside of any turn. Raises DialogueUnavailable."""
        answer = await self._ask("POST", "/parse", PARSE_SECONDS, {"text": text, "language": language})
        meaning: dict[str, Any] | None = answer.get("meaning")
        if not _is_meaning(meaning):
            raise DialogueUnavailable("Rasa answered with a finding of no known level or action")
        return meaning

    async def health(self) -> dict[str, Any]:
        """Process id, start and model of Rasa. Raises DialogueUnavailable."""
        return await self._ask("GET", "/health", HEALTH_SECONDS)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _ask(self, method: str, path: str, seconds: float, body: Any = None) -> dict[str, Any]:
        # httpx limits each step of a call; what a patient waits for is the whole of it.
        try:
            async with asyncio.timeout(seconds):
                response = await self._client.request(method, path, json=body)
        except TimeoutError:
            raise DialogueUnavailable(f"Rasa gave no answer in {seconds:g} s") from None
        except httpx.HTTPError as error:
            raise DialogueUnavailable(f"Rasa cannot be reached ({type(error).__name__})") from None
        if response.status_code != 200:
            raise DialogueUnavailable(f"Rasa answered {response.status_code}")
        try:
            answer = response.json()
        except ValueError:
            raise DialogueUnavailable("Rasa's answer is not JSON") from None
        if not isinstance(answer, dict):
            raise DialogueUnavailable("Rasa's answer is not an object")
        return answer


def _is_reply(reply: Any) -> bool:
    if not isinstance(reply, dict) or not isinstance(reply.get("text"), str) or not reply["text"].strip():
        return False
    choices = reply.get("choices") or []
    return isinstance(choices, list) and all(
        isinstance(one, dict) and isinstance(one.get("id"), str) and isinstance(one.get("title"), str)
        for one in choices
    )


def _is_meaning(meaning: Any) -> bool:
    if meaning is None:
        return True
    return isinstance(meaning, dict) and meaning.get("level") in LEVELS and meaning.get("action") in ACTIONS
