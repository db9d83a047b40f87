"""How fast a message of danger reaches people: a live row in every open console, and the channel of the alerts."""

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import uuid4

import httpx
import jwt

from bot.store import channels, clinics, closing, escalations, members
from tests.stack import CLINIC, Stack

DANGERS = 40
PAUSE_SECONDS = 0.5
WRITERS = 8
WRITE_SECONDS = 4.0  # Each of them; more than twenty a minute are slowed down on purpose.
LOST_SECONDS = 30
DANGER = "I want to kill myself tonight"
SECRET = "the portal of the benchmark signs with it"
ROW = re.compile(r"record-([0-9a-f]{32})")
LINK = re.compile(rb"/console/escalations/([0-9a-f]{32})")

Seen = dict[str, list[float]]


def p95(took: list[float]) -> float:
    return sorted(took)[min(len(took) - 1, int(len(took) * 0.95))]


async def measure(stack: Stack, *, consoles: int) -> dict[str, float]:
    """Milliseconds from sending the message, for 95 of 100 consoles and alerts, while other patients write."""
    cookies = dict(stack.login().cookies)
    rows, alerts = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
    limits = httpx.Limits(max_connections=consoles + 50)
    async with (
        pager(stack, alerts),
        httpx.AsyncClient(base_url=stack.url(), timeout=60, limits=limits, trust_env=False) as client,
    ):
        desks = [asyncio.create_task(watch(client, cookies, rows)) for _ in range(consoles)]
        await asyncio.sleep(3)
        writers = [asyncio.create_task(write(client)) for _ in range(WRITERS)]
        to_row, to_alert = list[float](), list[float]()
        for _ in range(DANGERS):
            began, record = await danger(stack, client)
            await until(rows, record, consoles)
            await until(alerts, record, 1)
            to_row += [(at - began) * 1000 for at in rows[record]]
            to_alert.append((alerts[record][0] - began) * 1000)
            await asyncio.to_thread(close, stack, record)
            await asyncio.sleep(PAUSE_SECONDS)
        for task in (*desks, *writers):
            task.cancel()
        await asyncio.gather(*desks, *writers, return_exceptions=True)
    return {
        f"danger to a live row in {consoles} consoles": p95(to_row),
        "danger to the alert handed over": p95(to_alert),
    }


async def watch(client: httpx.AsyncClient, cookies: dict[str, str], rows: Seen) -> None:
    """An open console: notes when each record was seen there first."""
    known = set[str]()
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    async with client.stream("GET", "/console/queue/stream", headers=headers) as answer:
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            if line.startswith("data:"):
                now = time.perf_counter()
                for record in set(ROW.findall(line)) - known:
                    known.add(record)
                    rows[record].append(now)


async def write(client: httpx.AsyncClient) -> None:
    """A patient who writes on and on."""
    _, headers = await start(client)
    while True:
        with suppress(httpx.HTTPError):
            await client.post("/api/v1/messages", json={"client_id": str(uuid4()), "text": "hello"}, headers=headers)
        await asyncio.sleep(WRITE_SECONDS)


async def danger(stack: Stack, client: httpx.AsyncClient) -> tuple[float, str]:
    """A patient whom the portal knows says it; gives when it was sent, and the record."""
    conversation, headers = await named(stack, client)
    began = time.perf_counter()
    answer = await client.post("/api/v1/messages", json={"client_id": str(uuid4()), "text": DANGER}, headers=headers)
    assert answer.status_code == 201, answer.text

    def read() -> str:
        with stack.database.read() as tx:
            found = escalations.open_of(tx, conversation)
        assert found is not None
        return found.id

    return began, await asyncio.to_thread(read)


async def start(client: httpx.AsyncClient, **more: str) -> tuple[str, dict[str, str]]:
    """A new conversation: its id, and what its patient sends with every message."""
    answer = await client.post("/api/v1/conversations", json={"clinic": CLINIC, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["conversation"], {"Authorization": f"Bearer {answer.json()['token']}"}


async def named(stack: Stack, client: httpx.AsyncClient) -> tuple[str, dict[str, str]]:
    """A patient with an identity: emergencies of strangers would be paged together."""
    expires = stack.database.clock() + timedelta(minutes=5)
    identity = jwt.encode({"sub": uuid4().hex, "exp": expires}, SECRET, algorithm="HS256")
    return await start(client, identity=identity)


async def until(seen: Seen, record: str, count: int) -> None:
    async with asyncio.timeout(LOST_SECONDS):
        while len(seen[record]) < count:
            await asyncio.sleep(0.02)


def close(stack: Stack, record: str) -> None:
    """Take the record out of the queue, so that this stays as long as it was."""
    with stack.database.write() as tx:
        [member] = [one for one in members.of_clinic(tx, CLINIC) if one.email == stack.staff.email]
        closing.close(tx, member, record, "C10", "", 99)


@asynccontextmanager
async def pager(stack: Stack, alerts: Seen) -> AsyncIterator[None]:
    """The clinic's channel: an HTTP receiver that notes when each record's alert came."""

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(re.findall(rb"(?i)content-length: (\d+)", head)[0])
        now = time.perf_counter()
        for record in LINK.findall(await reader.readexactly(length)):
            alerts[record.decode()].append(now)
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(receive, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with stack.database.write() as tx:
        channels.add(tx, CLINIC, f"webhook+http://127.0.0.1:{port}/", name="Pager")
        clinics.change(tx, CLINIC, identity_secret=SECRET)
    async with server:
        yield
