"""GET /health: which parts of the house are up. Open to everybody, so it names no address, key or person."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.errors import BetweenSessionsError, ContentError
from bot.safety import prepare
from bot.store import incidents, processes
from bot.store.database import Transaction
from bot.store.processes import Process
from bot.web.door import Door, door_of
from bot.web.rasa import certificates

PART_SECONDS = 2.0
BEAT = timedelta(seconds=30)
PROBE = "health"


async def health(request: Request) -> Response:
    """200 when messages can be stored, else 503; ``parts`` says what else is up."""
    door = door_of(request)
    database, rasa, actions = await asyncio.gather(_part(_database, door), _part(_rasa, door), _part(_actions, door))
    beats: Mapping[str, Process] = database.pop("processes", {})
    open_incidents: int = database.pop("incidents", 0)
    alerts = {"up": database["up"] and not open_incidents, "incidents": open_incidents}
    parts: dict[str, dict[str, Any]] = {
        "database": database,
        "rasa": {name: rasa[name] for name in ("up", "started_at", "model") if name in rasa},
        "actions": {"up": actions["up"]},
        "worker": _worker(door, beats.get("worker")),
        "screen": await _screen(door),
        "alerts": alerts,
    }
    starts = {name: process.starts for name, process in beats.items() if name != PROBE}
    is_whole = all(part["up"] for part in parts.values())
    status = "ok" if is_whole else "degraded" if database["up"] else "down"
    answer = {"status": status, "parts": parts, "starts": starts}
    return JSONResponse(answer, 200 if database["up"] else 503)


async def _part(ask: Callable[[Door], Awaitable[dict[str, Any]]], door: Door) -> dict[str, Any]:
    try:
        async with asyncio.timeout(PART_SECONDS):
            found = await ask(door)
    except (BetweenSessionsError, httpx.HTTPError, TimeoutError, ValueError):
        return {"up": False}
    return {**found, "up": True}


async def _database(door: Door) -> dict[str, Any]:
    # Reading works while the file is locked or the disk is full; what counts is whether a message could be kept.
    def probe(tx: Transaction) -> dict[str, Any]:
        processes.beat(tx, PROBE, 0)
        return {"processes": processes.state(tx), "incidents": incidents.count_open(tx)}

    return await door.store.write(probe)


async def _rasa(door: Door) -> dict[str, Any]:
    return await door.rasa.health()


async def _actions(door: Door) -> dict[str, Any]:
    async with httpx.AsyncClient(timeout=PART_SECONDS, trust_env=False, verify=certificates()) as client:
        response = await client.get(f"{door.settings.actions_url}/health")
    response.raise_for_status()
    return {}


async def _screen(door: Door) -> dict[str, Any]:
    try:
        return {"up": True, "rules": await door.store.run(prepare)}
    except ContentError:
        return {"up": False}


def _worker(door: Door, process: Process | None) -> dict[str, Any]:
    if process is None:
        return {"up": False}
    return {"up": door.store.db.clock() - process.beat_at < BEAT, "beat_at": process.beat_at.isoformat()}
