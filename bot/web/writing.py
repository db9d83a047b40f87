"""Patients who are writing at this moment, as their pages say: a sign of life for the person who talks to them.

Kept in this process, for a few seconds, and stored nowhere.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WRITING_SECONDS = 6.0

Tell = Callable[[], None]


class Writing:
    """Made inside the event loop, whose thread alone calls it; `is_on` may be asked from any."""

    def __init__(self) -> None:
        self._fading: dict[str, asyncio.TimerHandle] = {}
        self._told: dict[str, set[Tell]] = {}

    def show(self, conversation_id: str) -> None:
        """The patient is writing; without another call that is over after WRITING_SECONDS."""
        if conversation_id in self._fading:
            self._fading.pop(conversation_id).cancel()
        loop = asyncio.get_running_loop()
        self._fading[conversation_id] = loop.call_later(WRITING_SECONDS, self._fade, conversation_id)
        self._tell(conversation_id)

    def is_on(self, conversation_id: str) -> bool:
        return conversation_id in self._fading

    @contextmanager
    def following(self, conversation_id: str, tell: Tell) -> Iterator[None]:
        """Call ``tell`` when it begins and ends, for as long as the block runs."""
        mine = self._told.setdefault(conversation_id, set())
        mine.add(tell)
        try:
            yield
        finally:
            mine.discard(tell)
            if not mine:
                self._told.pop(conversation_id, None)

    def _fade(self, conversation_id: str) -> None:
        self._fading.pop(conversation_id, None)
        self._tell(conversation_id)

    def _tell(self, conversation_id: str) -> None:
        for tell in tuple(self._told.get(conversation_id, ())):
            tell()
