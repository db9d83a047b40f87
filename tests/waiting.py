"""Waiting for what other processes and threads are about to do."""

import time
from collections.abc import Callable


def wait_until(is_so: Callable[[], bool], *, seconds: float = 60) -> None:
    """Return as soon as it is so; fail if that takes longer than ``seconds``."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"it did not come to that in {seconds:g} s"
        time.sleep(0.05)
