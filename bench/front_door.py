"""What the front door costs: `.venv/bin/python -m bench.front_door [messages]`.

Starts the four processes and sends the same sentences in turn through the front door and straight into the Rasa
channel, so that each ratio is of one run. Then: how long until a message of danger is durable, with Rasa up and down.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from bench.table import print_table
from bot.store import clinics, conversations, messages, turns
from bot.store.findings import Finding
from bot.web.asking import ask_for
from tests.stack import CLINIC, Stack

SENTENCES = ("are you human?", "hello", "who are you?", "thank you", "what can you do?")
DANGER = "I want to kill myself"
PER_CONVERSATION = 15  # A conversation of usual length; many a minute more would be slowed down on purpose.
AT_ONCE = (1, 8, 32)
NOTHING = Finding(level="none", action="none", categories=())

Say = Callable[[str], Awaitable[None]]
Open = Callable[[], Awaitable[Say]]


class Sides:
    """The two ways to a reply: through the front door, and into the channel alone."""

    def __init__(self, stack: Stack, client: httpx.AsyncClient) -> None:
        self.stack = stack
        self.client = client

    async def door(self) -> Say:
        """A new conversation through the front door; what it gives sends one message and waits for the replies."""
        headers = await self._token()

        async def say(text: str) -> None:
            body = {"client_id": str(uuid4()), "text": text}
            asking = headers | {"Prefer": "wait=8"}
            while (answer := await self.client.post("/api/v1/messages", json=body, headers=asking)).status_code == 503:
                await asyncio.sleep(0.5)  # As the chat page does: the same message again.
            assert answer.status_code in (200, 201), answer.text
            assert answer.json()["replies"], "no reply in 8 s"

        return say

    async def channel(self) -> Say:
        """A new conversation that only the Rasa channel is asked in, with the body that the front door would send."""
        asked = self._body()
        url = f"{self.stack.settings.rasa_url}/webhooks/front_door/turn"
        secret = {"Authorization": f"Bearer {self.stack.settings.inner_secret}"}

        async def say(text: str) -> None:
            message_id = uuid4().hex
            metadata = asked["metadata"] | {"message_id": message_id}
            body = asked | {"message_id": message_id, "text": text, "metadata": metadata}
            while (answer := await self.client.post(url, json=body, headers=secret)).status_code == 503:
                pass  # Too many at once for Rasa's six seconds; the front door asks again as well.
            assert answer.status_code == 200, answer.text

        return say

    async def danger(self) -> Say:
        """A new conversation; what it gives sends one message and comes back when that is durable."""
        headers = await self._token(wait=False)

        async def say(text: str) -> None:
            body = {"client_id": str(uuid4()), "text": text}
            answer = await self.client.post("/api/v1/messages", json=body, headers=headers)
            assert answer.status_code == 201, answer.text
            assert answer.json()["crisis"]

        return say

    async def _token(self, *, wait: bool = True) -> dict[str, str]:
        prefer = {"Prefer": "wait=8"} if wait else {}
        started = await self.client.post("/api/v1/conversations", json={"clinic": CLINIC}, headers=prefer)
        return {"Authorization": f"Bearer {started.json()['token']}"}

    def _body(self) -> dict[str, Any]:
        with self.stack.database.write() as tx:
            conversation, _ = conversations.start(tx, clinics.get(tx, CLINIC), language="en")
            received = messages.receive(
                tx, conversation, client_id=str(uuid4()), body={"text": "hello"}, text="hello", assessment=NOTHING
            )
            assert received.turn
            body = ask_for(tx, received.turn, "bench").body
            # The turns of this conversation are asked here, and not by the worker.
            turns.lease(tx, conversation.id, "bench", 3600)
        return body


async def times(open_one: Open, sentences: list[str]) -> list[float]:
    """Milliseconds of each sentence, one after the other, in as many conversations as that takes."""
    took = []
    for number, text in enumerate(sentences):
        if number % PER_CONVERSATION == 0:
            say = await open_one()
        began = time.perf_counter()
        await say(text)
        took.append((time.perf_counter() - began) * 1000)
    return took


async def one_at_a_time(sides: Sides, count: int) -> list[list[str]]:
    door, channel = list[float](), list[float]()
    for start in range(0, count, PER_CONVERSATION):
        some = [SENTENCES[number % len(SENTENCES)] for number in range(start, min(count, start + PER_CONVERSATION))]
        door += await times(sides.door, some)
        channel += await times(sides.channel, some)
    return [
        [
            f"{name}, ms",
            f"{at(door, share):.1f}",
            f"{at(channel, share):.1f}",
            f"{at(door, share) / at(channel, share):.2f}",
        ]
        for name, share in (("p50", 0.5), ("p95", 0.95))
    ]


async def throughput(sides: Sides, at_once: int, each: int) -> list[str]:
    async def per_second(open_one: Open) -> float:
        says = [await open_one() for _ in range(at_once)]
        began = time.perf_counter()

        async def converse(say: Say) -> None:
            for number in range(each):
                await say(SENTENCES[number % len(SENTENCES)])

        await asyncio.gather(*(converse(say) for say in says))
        return at_once * each / (time.perf_counter() - began)

    door, channel = await per_second(sides.door), await per_second(sides.channel)
    return [f"{at_once} conversations, messages/s", f"{door:.1f}", f"{channel:.1f}", f"{door / channel:.2f}"]


async def until_durable(sides: Sides, count: int) -> str:
    return f"{at(await times(sides.danger, [DANGER] * count), 0.95):.1f}"


def at(took: list[float], share: float) -> float:
    return sorted(took)[min(len(took) - 1, int(len(took) * share))]


async def run(stack: Stack, count: int) -> None:
    limits = httpx.Limits(max_connections=100)
    async with httpx.AsyncClient(base_url=stack.url(), timeout=60, limits=limits, trust_env=False) as client:
        sides = Sides(stack, client)
        await times(sides.door, list(SENTENCES))
        await times(sides.channel, list(SENTENCES))
        header = ["one run, front door and Rasa channel in turn", "front door", "channel", "ratio"]
        print_table(header, await one_at_a_time(sides, count))
        print_table(header, [await throughput(sides, at_once, PER_CONVERSATION) for at_once in AT_ONCE])
        up = await until_durable(sides, count)
        stack.kill("rasa")
        down = await until_durable(sides, count)
        print_table(["danger until durable, p95 ms", "Rasa up", "Rasa down"], [["one at a time", up, down]])


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder))
        try:
            stack.start()
            asyncio.run(run(stack, count))
        finally:
            stack.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 90)
