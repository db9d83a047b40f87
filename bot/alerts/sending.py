"""Handing one alert to one channel: a signed webhook, anything that Apprise knows a URL for, or the log.

Webhooks are signed as the Standard Webhooks specification (1.0) says, so that receivers can check them with its
libraries. Apprise blocks: each of its calls has a thread of its own, and one that hangs is left behind and holds up
nothing. What failed is told in words of ours, never in those of a server or with an address.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import apprise
import httpx
from apprise.common import PersistentStoreMode

from bot.alerts.wording import Message
from bot.store.channels import LOG, WEBHOOK, Channel
from bot.store.outbox import ARRIVED, Try

SEND_SECONDS = 8.0
AT_ONCE = 8  # Threads per channel that may hang in a server at the same time.
GONE = 410

logging.getLogger("apprise").setLevel(logging.CRITICAL)  # It logs addresses, and what servers answer.
_running: Counter[str] = Counter()
log = logging.getLogger(__name__)


async def send(channel: Channel, message: Message, step: str, *, seconds: float = SEND_SECONDS) -> Try:
    """Send, and say what became of it; raises nothing that a channel can cause."""
    try:
        async with asyncio.timeout(seconds):
            reason = await WAYS.get(channel.kind, _notify)(channel, message)
        outcome = ARRIVED if reason is None else "refused"
    except TimeoutError:
        outcome, reason = "slow", f"no answer within {seconds:g} s"
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        outcome, reason = "failed", type(error).__name__
    return Try(channel_id=channel.id, kind=channel.kind, step=step, outcome=outcome, reason=reason)


def signature(secret: str, message_id: str, timestamp: int, body: str) -> str:
    """The value of the header webhook-signature: "v1," and the HMAC-SHA256 of "id.timestamp.body" in base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{message_id}.{timestamp}.{body}".encode(), hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


async def _post(channel: Channel, message: Message) -> str | None:
    now = datetime.now(UTC)
    told = {"link": message.link, "title": message.title}
    body = json.dumps({"type": f"alert.{message.kind}", "timestamp": now.isoformat(), "data": told})
    message_id, timestamp = f"{message.id}.{channel.id}", int(now.timestamp())
    headers = {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(channel.secret, message_id, timestamp, body),
    }
    async with httpx.AsyncClient(timeout=httpx.Timeout(None), trust_env=False, follow_redirects=False) as client:
        response = await client.post(channel.url, content=body, headers=headers)
    if response.is_success:
        return None
    return "the receiver is gone (410)" if response.status_code == GONE else f"answered {response.status_code}"


async def _write(channel: Channel, message: Message) -> str | None:
    """Into the log of this process: for trying things out, where nobody is to be paged."""
    log.warning("alert for %s: %s %s", channel.name, message.title, message.link)
    return None


async def _notify(channel: Channel, message: Message) -> str | None:
    if _running[channel.id] >= AT_ONCE:
        return "the tries before still hang"

    def work() -> str | None:
        # Nothing is written to disk, and no plugin of the machine's is loaded.
        asset = apprise.AppriseAsset(storage_mode=PersistentStoreMode.MEMORY, plugin_paths=[])
        plugin = apprise.Apprise.instantiate(channel.url, asset=asset)
        if plugin is None:
            return "the address is none that Apprise knows"
        return None if plugin.notify(title=message.title, body=message.body) else "refused, or not reached"

    return await _in_thread(channel.id, work)


async def _in_thread(channel_id: str, work: Callable[[], str | None]) -> str | None:
    """Run in a thread that may be left behind; a channel on which many hang gets no more of them."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[str | None] = loop.create_future()

    def settle(reason: str | None) -> None:
        if not done.done():
            done.set_result(reason)

    def run() -> None:
        try:
            result = work()
        except (
            Exception
        ) as error:  # Over a hundred services, each with errors of its own; their words may hold secrets.
            result = type(error).__name__
        finally:
            _running[channel_id] -= 1
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, result)

    _running[channel_id] += 1
    threading.Thread(target=run, name="alert", daemon=True).start()
    return await done


WAYS = {WEBHOOK: _post, LOG: _write}  # Apprise knows the rest.
