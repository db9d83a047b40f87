"""The ratings of some days as a chart: a line per rating, broken where days are missing, dose changes drawn in.

Pure geometry, in SVG units; the same figures stand in a table beside it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.web.console.axes import Axes
from bot.web.console.diary import RATINGS, Diary, Rated

AXES = Axes(most=12, height=190, left=40, right=620, top=22, base=160)  # Sleep goes to 12 hours; pull and worry to 10.
GRID = (0, 5, 10)
GAP = timedelta(hours=40)  # A longer time without an entry breaks the line.
LABELS = 7


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One rating: its marks, and the stretches of its line as points for SVG."""

    name: str
    marks: tuple[tuple[float, float], ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Curves:
    """``days``: where a day's label stands, and its midnight; ``changes``: where a dose change was told."""

    curves: tuple[Curve, ...]
    changes: tuple[float, ...]
    days: tuple[tuple[float, datetime], ...]
    grid: tuple[tuple[int, float], ...]
    axes: Axes = AXES


def curves(found: Diary, zone: ZoneInfo) -> Curves | None:
    """The chart of these days; None if there is nothing to draw."""
    if not found.rated and not found.changes:
        return None

    def x(at: datetime) -> float:
        return AXES.x((at - found.since) / (found.until - found.since))

    def curve(name: str) -> Curve:
        stretches = list(_stretches([one for one in found.rated if getattr(one, name) is not None]))
        points = [[(x(one.at), AXES.y(getattr(one, name))) for one in stretch] for stretch in stretches]
        return Curve(
            name=name,
            marks=tuple(mark for stretch in points for mark in stretch),
            lines=tuple(" ".join(f"{at},{y}" for at, y in stretch) for stretch in points if len(stretch) > 1),
        )

    return Curves(
        curves=tuple(curve(name) for name in RATINGS),
        changes=tuple(x(at) for at in found.changes),
        days=tuple((x(day), day) for day in _days(found, zone)),
        grid=AXES.lines(*GRID),
    )


def _stretches(rated: Sequence[Rated]) -> Iterator[list[Rated]]:
    stretch: list[Rated] = []
    for one in rated:
        if stretch and one.at - stretch[-1].at > GAP:
            yield stretch
            stretch = []
        stretch.append(one)
    if stretch:
        yield stretch


def _days(found: Diary, zone: ZoneInfo) -> Iterator[datetime]:
    """The midnights in the clinic's time that get a label; every second one in a longer span."""
    first = found.since.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    count = (found.until - first).days + 1
    for day in range(0, count, -(-count // LABELS)):
        yield first + timedelta(days=day)
