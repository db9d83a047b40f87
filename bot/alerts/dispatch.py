"""The dispatcher: takes what is due from the outbox and brings it to people, down the lanes until one has it.

Each notification is a task of its own, so that a server that hangs holds up no other. Every try is written down when it
has ended: a process that dies in between sends again, and loses nothing.

| what happens | then |
|---|---|
| a channel takes it | the escalation is alerted; channels of the same lane that failed are tried a few times more |
| every channel of a lane fails | the next lane at once: the second person, the managers, the clinic's own contact |
| every lane fails | an incident, and again after 5, 15, 30, 60, 120, 120 … seconds, for as long as the record is open |
| the record was acknowledged or closed meanwhile | nothing is sent |
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from bot.alerts import flood
from bot.alerts.sending import send
from bot.alerts.wording import Message, message
from bot.errors import NotFound
from bot.store import channels, clinics, conversations, escalations, incidents, outbox, rota
from bot.store.channels import Channel
from bot.store.database import Database, Transaction
from bot.store.findings import GRAVE
from bot.store.outbox import Notification, Try
from bot.store.recipients import Lane, lanes
from bot.store.rows import Clinic, Escalation

log = logging.getLogger(__name__)

FIRST = ("opened", "raised", "claim_expired")
IF_UNSEEN = ("unacknowledged", "duty_began")

Send = Callable[[Channel, Message, str], Awaitable[Try]]


@dataclass(frozen=True, kw_only=True)
class _Plan:
    message: Message
    lanes: tuple[Lane, ...]


class Dispatcher:
    """Sends what is due, in this process; close it with ``aclose``."""

    def __init__(self, db: Database, *, public_url: str, send: Send = send) -> None:
        self._db = db
        self._public_url = public_url
        self._send = send
        self._owner = f"{os.getpid()}-{uuid4().hex}"
        self._tasks: set[asyncio.Task[None]] = set()

    async def run_due(self) -> int:
        """Begin to send what is due, without waiting for it. Gives how many were begun."""
        claimed = await asyncio.to_thread(self._claim)
        for notification in claimed:
            task = asyncio.create_task(self._guarded(notification))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(claimed)

    async def settled(self) -> None:
        """Wait until everything that was begun has ended."""
        await asyncio.gather(*self._tasks)

    async def aclose(self) -> None:
        """Stop. What was not written down is sent again by another when its lease ends."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _claim(self) -> list[Notification]:
        with self._db.read() as tx:
            if not outbox.is_due(tx):
                return []
        with self._db.write() as tx:
            return outbox.claim(tx, self._owner)

    async def _guarded(self, notification: Notification) -> None:
        try:
            await self._deliver(notification)
        except Exception as error:  # The row's lease ends, and somebody tries again.
            log.warning("alert %s was not brought to its end (%s)", notification.id, type(error).__name__)

    async def _deliver(self, notification: Notification) -> None:
        plan = await asyncio.to_thread(self._planned, notification)
        if plan is None:
            return
        arrived, whole = notification.delivered_at is not None, True
        for lane in plan.lanes:
            sent = (self._try(notification, plan.message, lane.step, one) for one in lane.channels)
            tries = await asyncio.gather(*sent)
            arrived = arrived or any(one.arrived for one in tries)
            whole = whole and all(one.arrived for one in tries)
            if arrived:
                break
        await asyncio.to_thread(self._ended, notification, arrived, whole)

    async def _try(self, notification: Notification, told: Message, step: str, channel: Channel) -> Try:
        """One channel; written down as soon as it has ended: a slow one beside it does not delay what is told."""
        tried = await self._send(channel, told, step)
        await asyncio.to_thread(self._written, notification, tried)
        return tried

    def _planned(self, notification: Notification) -> _Plan | None:
        with self._db.write() as tx:
            return _plan(tx, notification, self._public_url)

    def _written(self, notification: Notification, tried: Try) -> None:
        with self._db.write() as tx:
            outbox.tried(tx, notification, tried)
            note = incidents.closed if tried.arrived else incidents.opened
            note(tx, notification.clinic_id, "channel", str(tried.channel_id))

    def _ended(self, notification: Notification, arrived: bool, whole: bool) -> None:
        with self._db.write() as tx:
            if notification.kind == "test" or (arrived and whole):
                outbox.delivered(tx, notification) if arrived else outbox.drop(tx, notification)
            else:
                outbox.failed(tx, notification, "" if arrived else "no channel took it")
            if notification.kind == "several" and arrived:
                flood.told(tx, notification)
            subject = notification.escalation_id or notification.clinic_id
            if arrived:
                incidents.closed(tx, notification.clinic_id, "undelivered", subject)
            elif notification.kind != "test":
                incidents.opened(tx, notification.clinic_id, "undelivered", subject)


def _plan(tx: Transaction, notification: Notification, public_url: str) -> _Plan | None:
    """What to send where; None if there is nothing to send now."""
    clinic = clinics.get(tx, notification.clinic_id)
    escalation = escalations.by_id(tx, notification.escalation_id) if notification.escalation_id else None
    drill = escalation is not None and conversations.is_drill(tx, escalation.conversation_id)
    if not _is_wanted(tx, notification, escalation) or _waits(tx, notification, clinic):
        return None
    if not drill and flood.joins(tx, notification, escalation):
        return None
    if notification.channel_id is not None:
        try:
            found = [Lane(step="test", channels=(channels.get(tx, clinic.id, notification.channel_id),))]
        except NotFound:
            outbox.drop(tx, notification)
            return None
    else:
        found = _left(tx, notification, lanes(tx, clinic.id, notification.level, begin=notification.step))
    note = incidents.closed if found else incidents.opened
    note(tx, clinic.id, "no_channel", clinic.id)
    path = f"/escalations/{escalation.id}" if escalation else ""
    told = message(
        notification.kind,
        id=notification.id,
        link=f"{public_url}/console{path}",
        language=clinic.settings.language,
        drill=drill,
    )
    return _Plan(message=told, lanes=tuple(found))


def _is_wanted(tx: Transaction, notification: Notification, escalation: Escalation | None) -> bool:
    """Whether anybody still needs it; if not, it ends here."""
    if escalation is None:
        return True
    seen = escalation.acknowledged_at is not None and notification.kind in IF_UNSEEN
    if escalation.closed_at is not None or seen:
        outbox.drop(tx, notification)
        return False
    return True


def _waits(tx: Transaction, notification: Notification, clinic: Clinic) -> bool:
    """Nobody on duty: what can wait for the morning waits; what cannot is paged again the moment duty begins (5.8)."""
    here = rota.presence(tx, clinic)
    if here.is_here or here.next_open is None or notification.kind not in FIRST:
        return False
    if notification.level not in GRAVE:
        outbox.defer(tx, notification, here.next_open)
        return True
    _page_again(tx, notification, here.next_open)
    return False


def _page_again(tx: Transaction, notification: Notification, at: datetime) -> None:
    known = outbox.of_escalation(tx, notification.escalation_id) if notification.escalation_id else []
    if any(one.kind == "duty_began" and one.next_at >= at for one in known):
        return
    outbox.add(
        tx,
        clinic_id=notification.clinic_id,
        kind="duty_began",
        level=notification.level,
        escalation_id=notification.escalation_id,
        at=at,
    )


def _left(tx: Transaction, notification: Notification, found: list[Lane]) -> list[Lane]:
    """What has not arrived yet; after a delivery only the channels that were tried and failed."""
    tries = outbox.tries_of(tx, notification_id=notification.id)
    done = {one.channel_id for one in tries if one.arrived}
    again = {one.channel_id for one in tries} - done
    left = []
    for lane in found:
        wanted = [one for one in lane.channels if one.id not in done]
        if notification.delivered_at is not None:
            wanted = [one for one in wanted if one.id in again]
        if wanted:
            left.append(Lane(step=lane.step, channels=tuple(wanted)))
    return left
