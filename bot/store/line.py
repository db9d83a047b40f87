"""A line of threads before what one of them may have at a time; who says so goes before all who do not."""

import threading


class Line:
    """Like a lock, with those who go `first` and the others, each in the order in which they came."""

    def __init__(self) -> None:
        self._is_taken = False
        self._waiting = {True: 0, False: 0}
        lock = threading.Lock()
        self._turn = {True: threading.Condition(lock), False: threading.Condition(lock)}

    def acquire(self, *, first: bool, timeout: float) -> bool:
        """Wait for one's turn; False if it has not come within so many seconds."""
        turn = self._turn[first]
        with turn:
            self._waiting[first] += 1
            try:
                is_mine = turn.wait_for(lambda: self._is_free_for(first), timeout)
            finally:
                self._waiting[first] -= 1
            if is_mine:
                self._is_taken = True
            elif not self._is_taken:
                self._wake()  # For one who goes first, and now goes without, the others have waited.
            return is_mine

    def release(self) -> None:
        """Leave; the next one goes in."""
        with self._turn[True]:
            self._is_taken = False
            self._wake()

    @property
    def waiting(self) -> int:
        """How many wait now."""
        return sum(self._waiting.values())

    def _wake(self) -> None:
        self._turn[self._waiting[True] > 0].notify()

    def _is_free_for(self, first: bool) -> bool:
        return not self._is_taken and (first or not self._waiting[True])
