"""The line of writers: one at a time, patients before the console, and nobody waits for ever."""

import threading
from collections.abc import Callable

from bot.store.line import Line
from tests.waiting import wait_until


def waiter(line: Line, went: list[str], name: str, *, first: bool) -> threading.Thread:
    """A thread that waits in line, notes its name when it is its turn, and leaves."""

    def wait() -> None:
        assert line.acquire(first=first, timeout=30)
        went.append(name)
        line.release()

    before = line.waiting
    thread = threading.Thread(target=wait)
    thread.start()
    wait_until(lambda: line.waiting > before)
    return thread


def test_who_goes_first_passes_those_who_came_before() -> None:
    line, went = Line(), list[str]()
    assert line.acquire(first=False, timeout=0)

    threads = [
        waiter(line, went, name, first=name.startswith("patient"))
        for name in ("nurse", "doctor", "patient 1", "patient 2")
    ]
    line.release()
    for thread in threads:
        thread.join()

    assert went == ["patient 1", "patient 2", "nurse", "doctor"]


def test_whoever_gives_up_keeps_nobody_waiting() -> None:
    line, went = Line(), list[str]()
    assert line.acquire(first=False, timeout=0)
    thread = waiter(line, went, "nurse", first=False)

    assert not line.acquire(first=True, timeout=0.05)
    line.release()
    thread.join(10)

    assert (went, line.waiting) == (["nurse"], 0)


def test_of_many_threads_one_is_in_at_a_time() -> None:
    line, inside, most = Line(), [0], [0]

    def work(first: bool) -> Callable[[], None]:
        def run() -> None:
            for _ in range(200):
                assert line.acquire(first=first, timeout=30)
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1
                line.release()

        return run

    threads = [threading.Thread(target=work(number % 3 == 0)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert (most[0], inside[0], line.waiting) == (1, 0, 0)
