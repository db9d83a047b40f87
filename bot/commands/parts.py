"""How each of the four processes is: what `serve all` waits for, and what `doctor` tells."""

import functools
import json
from dataclasses import replace
from datetime import datetime, timedelta

import httpx

from bot.errors import BetweenSessionsError
from bot.settings import Settings
from bot.store import processes
from bot.store.database import open_database

NAMES = ("web", "rasa", "actions", "worker")
ANSWER_SECONDS = 5.0
BEAT_LATEST = timedelta(seconds=20)


def trouble(settings: Settings, name: str, *, since: datetime | None = None) -> str | None:
    """What is wrong with a process, in a few words; None if it answers (the worker: has beaten since that moment)."""
    try:
        return _worker_trouble(settings, since) if name == "worker" else _http_trouble(settings, name)
    except (httpx.HTTPError, BetweenSessionsError) as error:
        return str(error) or type(error).__name__


def where_running(settings: Settings) -> Settings:
    """The settings with the inner addresses that a running `serve all` chose, for commands in another terminal."""
    try:
        found = json.loads((settings.data_dir / "running.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return settings
    return replace(settings, rasa_url=found["rasa_url"], actions_url=found["actions_url"])


def url_of(settings: Settings, name: str) -> str:
    """Where a process answers on this machine."""
    inner = {"rasa": settings.rasa_url, "actions": settings.actions_url}
    return inner.get(name) or f"http://{_reachable(settings.host)}:{settings.port}"


def _http_trouble(settings: Settings, name: str) -> str | None:
    url = {
        "web": f"{url_of(settings, name)}/health",
        "rasa": f"{settings.rasa_url}/webhooks/front_door/health",
        "actions": f"{settings.actions_url}/health",
    }[name]
    headers = {} if name == "web" else {"Authorization": f"Bearer {settings.inner_secret}"}
    answer = _client().get(url, headers=headers)
    # The web process answers 503 while another part is away: it answers all the same.
    return None if answer.status_code == 200 or name == "web" else f"{url} answers {answer.status_code}"


@functools.cache
def _client() -> httpx.Client:
    """One for all questions: each would otherwise read the certificates again, many times a second."""
    return httpx.Client(timeout=ANSWER_SECONDS, trust_env=False)


def _worker_trouble(settings: Settings, since: datetime | None) -> str | None:
    database = open_database(settings)
    try:
        with database.read() as tx:
            found = processes.state(tx).get("worker")
            if found is None or (since and found.beat_at < since):
                return "it has not begun to work"
            late = tx.now - found.beat_at
            return f"its last heartbeat was {late.seconds} s ago" if late > BEAT_LATEST else None
    finally:
        database.close()


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - Compared, not listened on.
