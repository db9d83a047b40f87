"""A small run of what ``make soak`` does in large: random kills, and nothing lost, doubled or left open."""

import pytest

from bench.soak import soak
from tests.stack import Stack


@pytest.mark.stack
@pytest.mark.timeout(900)
def test_nothing_is_lost_or_doubled_while_processes_are_killed(stack: Stack) -> None:
    found = soak(stack, kills=3, seed=4)

    assert found["messages"] > 0
    assert {name: count for name, count in found.items() if name != "messages" and count} == {}
