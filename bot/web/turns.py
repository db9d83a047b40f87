"""Turns: asking Rasa for what the bot owes, one at a time and in order within a conversation, by whichever process.

A database lease says who runs a conversation's turns. Its holder goes on until nothing is owed; a turn that comes
meanwhile is seen by the holder, because both write under the conversation's row. Who dies holding it is followed when
the lease ends. No transaction is open while Rasa is asked.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar
from uuid import uuid4

from bot.errors import Conflict, DialogueUnavailable, NotFound, StoreError
from bot.store import clinics, conversations, escalations, messages
from bot.store import turns as stored
from bot.store.database import Transaction
from bot.store.findings import Finding
from bot.store.rows import Conversation, Message, Turn
from bot.web.asking import Ask, ask_for
from bot.web.changes import Changes
from bot.web.crisis import holding
from bot.web.problems import log_failure
from bot.web.rasa import DialogueTurn, RasaClient
from bot.web.rates import Rate
from bot.web.storing import Store

T = TypeVar("T")

HOLDING_SECONDS = 7.0
TURNS_PER_MINUTE = 120
STORE_TRIES = 10
STORE_PAUSE_SECONDS = 1.0
PARSE_PAUSES = (2, 10, 20, 30, 60)
AT_ONCE = 8

NO_MEANING = Finding(level="none", action="none", categories=())


class TurnRunner:
    """Runs turns in this process; make it inside the running event loop, close it with ``aclose``."""

    def __init__(
        self,
        store: Store,
        rasa: RasaClient,
        changes: Changes | None = None,
        *,
        on_replies: Callable[[str, list[Message]], None] | None = None,
        turns_per_minute: int = TURNS_PER_MINUTE,
    ) -> None:
        self._store = store
        self._rasa = rasa
        self._changes = changes or Changes()
        self._on_replies = on_replies
        self._pace = Rate(events=turns_per_minute, seconds=60)
        self._tasks: set[asyncio.Task[None]] = set()
        self._running: set[str] = set()
        self._timers: dict[str, asyncio.Task[None]] = {}

    def lease(self, tx: Transaction, conversation_id: str) -> Ask | None:
        """In the caller's write transaction: take the lease and what to ask. None: nothing, or not by us."""
        turn = stored.next(tx, conversation_id)
        owner = f"{os.getpid()}-{uuid4().hex}"
        if turn is None or not stored.lease(tx, conversation_id, owner):
            return None
        return self._prepared(tx, turn, owner)

    def begin(self, ask: Ask | None, turn: Turn) -> None:
        """After that transaction: ask in the background, and see to it that the turn does not end in silence."""
        self._timers[turn.id] = self._later(HOLDING_SECONDS, partial(self._hold, turn))
        if ask is not None:
            self._spawn(self._run(ask))
        elif turn.conversation_id not in self._running:
            # Another process holds the lease. It will come to this turn, unless it dies.
            self._later(stored.LEASE_SECONDS + 1, partial(self.run, turn.conversation_id))

    async def run(self, conversation_id: str) -> bool:
        """Ask what is owed in one conversation, if it is due and nobody else does. Gives whether anything was asked."""
        try:
            ask = await self._store.write(lambda tx: self.lease(tx, conversation_id))
        except (StoreError, NotFound) as error:
            log_failure("taking a lease", error)
            return False
        if ask is not None:
            await self._run(ask)
        return ask is not None

    async def run_due(self) -> int:
        """Ask what is due in every conversation, a few at once. Gives in how many it did. For the worker."""
        due = await self._store.read(stored.due)
        some = asyncio.Semaphore(AT_ONCE)

        async def one(conversation_id: str) -> bool:
            async with some:
                return await self.run(conversation_id)

        return sum(await asyncio.gather(*(one(conversation_id) for conversation_id in due)))

    def look(self, conversation: Conversation, message: Message) -> None:
        """Let layer 2 read a message that gets no turn because a person holds the conversation."""
        self._spawn(self._look(conversation, message))

    async def aclose(self) -> None:
        """Stop. What is unfinished is taken over by others when its lease ends."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, ask: Ask | None) -> None:
        while ask is not None:
            conversation_id, turn_id = ask.turn.conversation_id, ask.turn.id
            self._running.add(conversation_id)
            try:
                ask = await self._answer(ask)
                self._stop_timer(turn_id)
            except StoreError as error:  # Lost lease, erased conversation, or a store that stayed away.
                log_failure("settling a turn", error)
                ask = None
            finally:
                self._running.discard(conversation_id)
                self._changes.set_typing(conversation_id, False)

    async def _answer(self, ask: Ask) -> Ask | None:
        """Ask one turn and store what came of it. Gives the next one, still under the lease."""
        wait = self._pace.wait_seconds(ask.turn.conversation_id)
        if wait:
            await self._stubborn(partial(self._defer, ask))
            self._changes.tell(ask.turn.conversation_id)
            self._later(wait, partial(self.run, ask.turn.conversation_id))
            return None
        self._changes.set_typing(ask.turn.conversation_id, True)
        try:
            said = await self._rasa.turn(ask.body)
        except DialogueUnavailable as error:
            failed, seconds = await self._stubborn(partial(self._fail, ask, str(error)))
            if failed is None and seconds is not None:
                self._later(seconds, partial(self.run, ask.turn.conversation_id))
            return failed
        following = await self._stubborn(partial(self._settle, ask, said))
        self._changes.tell(
            ask.turn.conversation_id
        )  # The store's watcher would tell it too, a tenth of a second later.
        return following

    def _settle(self, ask: Ask, said: DialogueTurn, tx: Transaction) -> Ask | None:
        replies = stored.settle(tx, ask.turn, ask.owner, said.replies, meaning=said.meaning)
        if self._on_replies is not None:
            self._on_replies(ask.turn.conversation_id, replies)
        return self._next(tx, ask.turn.conversation_id, ask.owner)

    def _fail(self, ask: Ask, reason: str, tx: Transaction) -> tuple[Ask | None, float | None]:
        text = None if _is_told(tx, ask.turn) else _holding(tx, ask.turn)
        stored.fail(tx, ask.turn, ask.owner, reason, holding=text)
        now = stored.load(tx, ask.turn.id)
        again = (now.next_at - tx.now).total_seconds() if now.state == "unanswered" else None
        return self._next(tx, ask.turn.conversation_id, ask.owner), again

    def _defer(self, ask: Ask, tx: Transaction) -> None:
        if not _is_told(tx, ask.turn):
            stored.hold(tx, ask.turn, _holding(tx, ask.turn))
        stored.release(tx, ask.turn.conversation_id, ask.owner)

    def _next(self, tx: Transaction, conversation_id: str, owner: str) -> Ask | None:
        turn = stored.next(tx, conversation_id)
        if turn is None or not stored.renew(tx, conversation_id, owner):
            stored.release(tx, conversation_id, owner)
            return None
        return self._prepared(tx, turn, owner)

    def _prepared(self, tx: Transaction, turn: Turn, owner: str) -> Ask | None:
        try:
            return ask_for(tx, turn, owner)
        except Exception as error:
            # What else this transaction holds, a patient's message, is worth more than the turn.
            log_failure("preparing a turn", error)
            stored.release(tx, turn.conversation_id, owner)
            return None

    async def _stubborn(self, use: Callable[[Transaction], T]) -> T:
        """Write, and try again while the store is away: an answer of Rasa's should not be lost for a locked file."""
        for left in reversed(range(STORE_TRIES)):
            try:
                return await self._store.write(use)
            except (Conflict, NotFound):
                raise
            except StoreError:
                if not left:
                    raise
                await asyncio.sleep(STORE_PAUSE_SECONDS)
        raise AssertionError("unreachable")

    async def _hold(self, turn: Turn) -> None:
        """The holding reply, unless there is a reply, or one holding reply has been given since the patient wrote."""

        def is_silent(tx: Transaction) -> bool:
            return stored.load(tx, turn.id).state in stored.OWED and not _is_told(tx, turn)

        def use(tx: Transaction) -> None:
            if is_silent(tx):
                stored.hold(tx, turn, _holding(tx, turn))

        self._timers.pop(turn.id, None)
        try:
            if not await self._store.read(is_silent):
                return
            await self._store.write(use)
        except NotFound:
            return
        except StoreError as error:
            log_failure("the holding reply", error)
        self._changes.tell(turn.conversation_id)

    async def _look(self, conversation: Conversation, message: Message) -> None:
        for pause in (*PARSE_PAUSES, None):
            try:
                meaning = await self._rasa.parse(message.text, conversation.language)
                break
            except DialogueUnavailable:
                if pause is None:
                    return
                await asyncio.sleep(pause)
        finding = Finding.from_json(meaning) if meaning else NO_MEANING

        def use(tx: Transaction) -> None:
            current = conversations.find(tx, conversation.id)
            messages.assess(tx, current, message_id=message.id, assessment=finding, layer="meaning")
            escalations.record(tx, current, message_id=message.id, assessment=finding, layer="meaning")

        await self._stubborn(use)
        self._changes.tell(conversation.id)

    def _stop_timer(self, turn_id: str) -> None:
        timer = self._timers.pop(turn_id, None)
        if timer is not None:
            timer.cancel()

    def _later(self, seconds: float, work: Callable[[], Coroutine[Any, Any, Any]]) -> asyncio.Task[None]:
        async def wait() -> None:
            await asyncio.sleep(seconds)
            await work()

        return self._spawn(wait())

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[None]:
        async def guarded() -> None:
            try:
                await work
            except Exception as error:
                log_failure("a turn", error)

        task = asyncio.create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _holding(tx: Transaction, turn: Turn) -> str:
    """The holding reply, in other words than what the bot said last."""
    conversation = conversations.find(tx, turn.conversation_id)
    clinic = clinics.get(tx, conversation.clinic_id)
    said = messages.last_said(tx, conversation.id)
    return holding(clinic, language=conversation.language, said=said.text if said else "")


def _is_told(tx: Transaction, turn: Turn) -> bool:
    """Whether no holding reply is owed: there was one, or nobody wrote and waits."""
    return turn.kind == "timed" or any(
        message.kind == "holding" for message in messages.after(tx, turn.conversation_id, turn.seq)
    )
