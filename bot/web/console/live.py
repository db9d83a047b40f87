"""Live pages: a stream that sends a part of the page again whenever something in it has changed.

Opening a stream writes one audit row, for all that it will show. A beat every few seconds lets the page know that it is
still live; a page that hears nothing says so. The stream ends with the session, and says that too.
"""

import asyncio
import contextlib
import json
import math
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.errors import NotAllowed, NotFound, StoreError, StoreUnavailable
from bot.store import presence
from bot.store.rows import Clinic, Message
from bot.web.console import board, record
from bot.web.console import conversation as talking
from bot.web.console.access import Visit, enter, note, refusals_noted, signed_in
from bot.web.console.rendering import HEADERS, Page, console_words, local, named, render

BEAT_SECONDS = 10.0
RENEW_SECONDS = presence.FADE_SECONDS / 3
CHECK_SECONDS = 1.0  # No stream asks more often whether its session goes on.
PAUSE_SECONDS = 0.2  # Commits close to each other become one event.
STREAM_HEADERS = {**HEADERS, "Cache-Control": "no-store", "X-Accel-Buffering": "no"}

Sent = dict[str, Any]
Reader = Callable[[Visit, Sent], Sent]
LOOKED_AT = ("escalation", "conversation")  # Colleagues see who has one of these open.


async def queue(request: Request) -> Response:
    """The lists of the queue."""
    return await _stream(request, _read_queue, kind="queue")


async def escalation(request: Request) -> Response:
    """The head of one record, and whether something new was said."""
    return await _stream(request, _read_record, kind="escalation")


async def conversation(request: Request) -> Response:
    """What is said in one conversation, with what the screen finds in it, and who holds it."""
    return await _stream(request, _read_conversation, kind="conversation")


async def _stream(request: Request, read: Reader, *, kind: str) -> Response:
    try:
        opened = await run_in_threadpool(_open, request, read, kind)
    except NotFound:
        return PlainTextResponse("", 404, HEADERS)
    except NotAllowed:
        return PlainTextResponse("", 403, HEADERS)
    except StoreUnavailable:
        return PlainTextResponse("", 503, HEADERS)
    if opened is None:
        return PlainTextResponse("", 401, HEADERS)
    page = Open(opened[0]) if kind in LOOKED_AT else None
    return EventSourceResponse(_events(opened[0], read, opened[1], page), headers=STREAM_HEADERS, ping=60)


class Open:
    """A page that shows a record or a conversation: colleagues see that its member looks at it."""

    def __init__(self, visit: Visit) -> None:
        self._visit, self._id, self._renewed = visit, uuid4().hex, -math.inf

    async def renew(self) -> None:
        """Go on looking. Raises StoreUnavailable."""
        if time.monotonic() - self._renewed >= RENEW_SECONDS:
            await run_in_threadpool(self._look)
            self._renewed = time.monotonic()

    def close(self) -> None:
        """The page is gone; nobody waits for that to be written down, and without it the row fades."""
        asyncio.get_running_loop().run_in_executor(None, self._leave)

    def _look(self) -> None:
        with self._visit.db.write() as tx:
            presence.look(tx, self._visit.member, self._visit.subject, self._id)

    def _leave(self) -> None:
        with contextlib.suppress(StoreError), self._visit.db.write() as tx:
            presence.leave(tx, self._id)


def _open(request: Request, read: Reader, kind: str) -> tuple[Visit, Sent] | None:
    """The visit and what the page shows at first. Raises NotFound."""
    visit = _visit(request)
    if visit is None:
        return None
    with refusals_noted(visit, kind):
        first = read(visit, {})
    note(visit, "watch", kind)
    return visit, first


def _visit(request: Request) -> Visit | None:
    member = signed_in(request)
    return None if member is None else enter(request, member, {})


@contextlib.contextmanager
def _changes(visit: Visit) -> Iterator[asyncio.Event]:
    """Set whenever somebody has committed something, or the patient of the conversation begins or stops to write."""
    changed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def tell() -> None:
        with contextlib.suppress(RuntimeError):  # The loop was closed: nobody listens any more.
            loop.call_soon_threadsafe(changed.set)

    state = visit.request.app.state
    unsubscribe = state.watcher.subscribe(tell)
    try:
        with state.door.writing.following(visit.subject, changed.set):
            yield changed
    finally:
        unsubscribe()


async def _events(visit: Visit, read: Reader, first: Sent, page: Open | None) -> AsyncIterator[ServerSentEvent]:
    with contextlib.ExitStack() as stack:
        changed = stack.enter_context(_changes(visit))
        if page is not None:
            stack.callback(page.close)
        last, checked = first, -math.inf
        yield _event("board", last)
        while True:
            if page is not None:
                with contextlib.suppress(StoreUnavailable):
                    await page.renew()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BEAT_SECONDS):
                    await changed.wait()
            await asyncio.sleep(PAUSE_SECONDS)
            changed.clear()
            try:
                if time.monotonic() - checked >= CHECK_SECONDS:
                    checked = time.monotonic()
                    if await run_in_threadpool(_visit, visit.request) is None:
                        yield ServerSentEvent(event="ended", data="{}")
                        return
                now = await run_in_threadpool(read, visit, last)
            except StoreUnavailable:
                continue  # No beat: the page says by itself that it is not live.
            if now["state"] == last["state"]:
                yield ServerSentEvent(event="beat", data=json.dumps({"now": now["now"], "shown": now["shown"]}))
            else:
                yield _event("board", now)
                last = now


def _event(name: str, now: Sent) -> ServerSentEvent:
    told = {key: value for key, value in now.items() if key != "state"}
    return ServerSentEvent(event=name, data=json.dumps(told))


def _read_queue(visit: Visit, last: Sent) -> Sent:
    gathering = visit.request.app.state.gathering
    found = gathering.of(visit.clinic)
    shown, at = board.arranged(visit, found), visit.db.clock()
    say = board.news(last["state"], shown, console_words(visit.clinic)) if last else ""
    page = Page(template="board", context={"board": shown})
    is_heard_only = visit.request.query_params.get("part") == "alarm"
    is_same = bool(last) and shown == last["state"]
    key = (shown, visit.member.id if shown.is_about(visit.member.id) else "")

    def draw() -> str:
        return render(page, now=found.at, clinic=visit.clinic, member=visit.member)

    return {
        "state": shown,
        "html": "" if is_same or is_heard_only else gathering.drawn(visit.clinic.id, key, draw),
        "say": say,
        "alarm": board.gravest_news(last["state"], shown) if last else "",
        "unseen": shown.unseen,
        "emergencies": len(shown.emergencies),
        **moment(at, visit.clinic),
    }


def _read_record(visit: Visit, last: Sent) -> Sent:
    with visit.db.read() as tx:
        page, at = record.head(visit, tx), tx.now
    html = render(page, now=at, clinic=visit.clinic, member=visit.member)
    now = page.context["record"]
    state = [now.level, now.state, now.claimed_by, now.claim_expires_at, now.last_signal_seq, page.context["news"]]
    state += [now.acknowledged_at, now.closed_at, page.context["troubles"], page.context["silent_since"]]
    state += page.context["lookers"]
    words = console_words(visit.clinic)
    claimed = last and now.claimed_by and now.claimed_by not in (last["claimed_by"], visit.member.id)
    lines = (
        [words["record"]["live_changed"]] if page.context["news"] and page.context["news"] != last.get("news") else []
    )
    lines += [words["record"]["claimed_by"].format(name=now.claimer_name)] if claimed else []
    lines += [
        words["looking"].format(names=name) for name in page.context["lookers"] if last and name not in last["lookers"]
    ]
    return {
        "state": state,
        "html": html,
        "say": " ".join(lines),
        "alarm": "message" if last and page.context["news"] > last["news"] else "",
        "news": page.context["news"],
        "claimed_by": now.claimed_by,
        "lookers": page.context["lookers"],
        **moment(at, visit.clinic),
    }


def _read_conversation(visit: Visit, last: Sent) -> Sent:
    with visit.db.read() as tx:
        page, at = talking.talk(visit, tx), tx.now
    context, words = page.context, console_words(visit.clinic)
    lines, found = context["lines"], context["open_record"]
    signal = found.last_signal_seq if found else 0
    said = [words["takeover"]["news"].format(text=one.message.text) for one in lines if _is_news(one.message, last)]
    if last and found and signal > last["signal"]:
        about = ", ".join(named(words["categories"], category) for category in found.categories)
        said.insert(0, words["takeover"]["found"].format(level=words["levels"][found.level], categories=about))
    seq, levels = lines[-1].message.seq if lines else 0, [one.level for one in lines]
    return {
        "state": [
            seq,
            signal,
            context["desk"].holder,
            context["lookers"],
            context["writing"],
            context["read_at"],
            found and found.level,
            *levels,
        ],
        "html": render(page, now=at, clinic=visit.clinic, member=visit.member),
        "say": " ".join(said),
        "alarm": "message" if said else "",
        "seq": seq,
        "signal": signal,
        **moment(at, visit.clinic),
    }


def _is_news(message: Message, last: Sent) -> bool:
    return bool(last) and message.sender == "patient" and message.seq > last["seq"]


def moment(at: datetime, clinic: Clinic) -> Sent:
    """When this was read: for the page's clocks, and as people read it."""
    return {"now": at.isoformat(), "shown": local(at, at, ZoneInfo(clinic.settings.timezone), console_words(clinic))}
