"""Who wants to know that something happened in a conversation: open streams, and requests that wait for a reply.

News of this process is told at once and by name. The store's watcher tells that somebody has committed something; one
look then finds whom that concerns. Nothing here carries content: who is told reads the store.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager

from bot.errors import StoreError

AWAY_SECONDS = 1.0

Look = Callable[[list[str]], Awaitable[Mapping[str, object]]]


class Listener:
    """Somebody who waits for news of one conversation; ``typing``: also that the bot has begun or stopped to write."""

    def __init__(self, *, typing: bool = True) -> None:
        self.typing = typing
        self._event = asyncio.Event()

    async def wait(self, seconds: float) -> bool:
        """Wait for news, at most so long. False: there was none."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True

    def tell(self) -> None:
        self._event.set()


class Changes:
    """The listeners of this process, by conversation."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = {}
        self._typing: set[str] = set()
        self._fading: dict[str, asyncio.TimerHandle] = {}
        self._stirred = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @contextmanager
    def listening(self, conversation_id: str, *, typing: bool = True) -> Iterator[Listener]:
        """A listener for as long as the block runs."""
        listener = Listener(typing=typing)
        self._listeners.setdefault(conversation_id, set()).add(listener)
        try:
            yield listener
        finally:
            left = self._listeners[conversation_id]
            left.discard(listener)
            if not left:
                del self._listeners[conversation_id]

    def tell(self, conversation_id: str) -> None:
        """Something happened in this conversation, here."""
        for listener in self._listeners.get(conversation_id, ()):
            listener.tell()

    def stir(self) -> None:
        """Somebody has committed something; safe to call from any thread."""
        self._loop.call_soon_threadsafe(self._stirred.set)

    async def follow(self, look: Look) -> None:
        """For ever: after every stir, tell the conversations whose mark (what ``look`` gives for each) is another."""
        marks: Mapping[str, object] = {}
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            listened = list(self._listeners)
            try:
                found = await look(listened) if listened else {}
            except StoreError:
                await asyncio.sleep(AWAY_SECONDS)
                self._stirred.set()
                continue
            for conversation_id in listened:
                if marks.get(conversation_id) != found.get(conversation_id):
                    self.tell(conversation_id)
            marks = found

    def set_typing(self, conversation_id: str, typing: bool) -> None:
        """The bot is working on a reply in this process, or has stopped."""
        (self._typing.add if typing else self._typing.discard)(conversation_id)
        for listener in self._listeners.get(conversation_id, ()):
            if listener.typing:
                listener.tell()

    def show_typing(self, conversation_id: str, seconds: float) -> None:
        """A person is writing; without another call that is over after so long."""
        if conversation_id in self._fading:
            self._fading.pop(conversation_id).cancel()
        self.set_typing(conversation_id, True)
        self._fading[conversation_id] = self._loop.call_later(seconds, self._fade, conversation_id)

    def _fade(self, conversation_id: str) -> None:
        self._fading.pop(conversation_id, None)
        self.set_typing(conversation_id, False)

    def is_typing(self, conversation_id: str) -> bool:
        return conversation_id in self._typing
