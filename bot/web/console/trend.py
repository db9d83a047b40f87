"""The last sessions as a small chart: plain marks per session, dose changes drawn in. Pure geometry, in SVG units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.web.console.axes import Axes
from bot.web.console.sessions import Session

LAST = 8
AXES = Axes(most=26, height=200, left=40, right=620, top=14, base=166)  # 26: the largest total of a channel.
GRID = (0, 10, 20)


@dataclass(frozen=True, kw_only=True)
class Mark:
    x: float
    pull: float
    worry: float
    session: Session


@dataclass(frozen=True, kw_only=True)
class Trend:
    """``marks`` with the heights of the two totals; ``changes``: where a dose change stands, and when it was told."""

    marks: tuple[Mark, ...]
    changes: tuple[tuple[float, datetime], ...]
    grid: tuple[tuple[int, float], ...]
    axes: Axes = AXES

    @property
    def pull_line(self) -> str:
        return " ".join(f"{mark.x},{mark.pull}" for mark in self.marks)

    @property
    def worry_line(self) -> str:
        return " ".join(f"{mark.x},{mark.worry}" for mark in self.marks)


def trend(found: Sequence[Session], changes: Sequence[datetime]) -> Trend:
    """The chart of the last sessions, the oldest on the left."""
    last = list(found)[-LAST:]
    marks = tuple(
        Mark(x=_x(place, len(last)), pull=AXES.y(one.picture["C"]), worry=AXES.y(one.picture["A"]), session=one)
        for place, one in enumerate(last)
    )
    starts = [one.found.started_at for one in last]
    earliest = found[-LAST - 1].found.started_at if len(found) > LAST else None
    drawn = [at for at in changes if earliest is None or at > earliest]
    return Trend(
        marks=marks,
        changes=tuple((_between(at, starts), at) for at in drawn),
        grid=AXES.lines(*GRID),
    )


def _x(place: float, count: int) -> float:
    """Sessions stand at even distances, whatever lies between them."""
    return AXES.x((place + 0.5) / max(count, 1))


def _between(at: datetime, starts: Sequence[datetime]) -> float:
    """On the session in which a change was told, or half-way before the first session after it."""
    if at in starts:
        return _x(starts.index(at), len(starts))
    after = sum(start < at for start in starts)
    return _x(after - 0.5, len(starts))
