"""How often something may happen, counted in the memory of this process: enough against floods, nothing to keep."""

import time

KEYS = 10_000


class Rate:
    """At most so many events per key within a window, counted in memory of this process."""

    def __init__(self, *, events: int, seconds: float) -> None:
        self.events = events
        self.seconds = seconds
        self._seen: dict[str, list[float]] = {}

    def wait_seconds(self, key: str) -> float:
        """0 and one event counted, or the seconds until the next is allowed."""
        now = time.monotonic()
        if len(self._seen) > KEYS:
            self._forget(now)
        seen = [moment for moment in self._seen.get(key, ()) if moment > now - self.seconds]
        self._seen[key] = seen
        if len(seen) >= self.events:
            return seen[0] + self.seconds - now
        seen.append(now)
        return 0.0

    def _forget(self, now: float) -> None:
        for key in [key for key, seen in self._seen.items() if not seen or seen[-1] <= now - self.seconds]:
            del self._seen[key]
