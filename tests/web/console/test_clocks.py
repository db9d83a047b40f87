"""The clocks follow section 5.1 of the clinical content."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from bot.web.console.clocks import Due, due, spell

NIGHT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
UNITS = {"day": "d", "hour": "h", "minute": "min", "second": "s"}


@dataclass(frozen=True, kw_only=True)
class Waiting:
    level: str = "emergency"
    state: str = "open"
    level_at: datetime = NIGHT
    acknowledged_at: datetime | None = None


@pytest.mark.parametrize(
    ("level", "kind", "minutes"),
    [("emergency", "acknowledge", 5), ("urgent", "acknowledge", 30), ("same_day", "contact", 1440)],
)
def test_the_first_limit_of_a_level_runs_from_the_moment_it_was_reached(level: str, kind: str, minutes: int) -> None:
    assert due(Waiting(level=level)) == Due(kind=kind, at=NIGHT + timedelta(minutes=minutes))  # type: ignore[arg-type]


@pytest.mark.parametrize(("level", "minutes"), [("emergency", 15), ("urgent", 240)])
def test_an_acknowledged_escalation_waits_for_contact(level: str, minutes: int) -> None:
    acknowledged = Waiting(level=level, state="acknowledged", acknowledged_at=NIGHT)

    assert due(acknowledged) == Due(kind="contact", at=NIGHT + timedelta(minutes=minutes))


@pytest.mark.parametrize("state", ["contacted", "closed"])
def test_nothing_is_due_after_contact(state: str) -> None:
    assert due(Waiting(state=state)) is None


def test_a_note_is_due_by_no_clock() -> None:
    assert due(Waiting(level="note")) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min 0 s"),
        (250, "4 min 10 s"),
        (7500, "2 h 5 min"),
        (266400, "3 d 2 h"),
    ],
)
def test_a_length_of_time_is_spelled_in_the_two_units_that_matter(seconds: float, words: str) -> None:
    assert spell(timedelta(seconds=seconds), UNITS).replace("\u00a0", " ") == words
