"""The duty rota as a calculation: weekly shifts and single days in, who is on duty when out. Pure: no database.

Shifts are in the clinic's own time, as people speak of them; a shift that ends at or before its start goes on into the
next day. A clock that is put forward or back makes such a night an hour shorter or longer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LOOK_AHEAD_DAYS = 28
DAY_KINDS = ("closed", "off", "on")


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Every week on `weekday` (Monday is 0). `place`: 0 is paged first, 1 is the second person."""

    id: str
    member_id: str
    weekday: int
    starts: time
    ends: time
    place: int


@dataclass(frozen=True, kw_only=True)
class Day:
    """A day that is not like every week: nobody works ("closed"), one member does not ("off"), or does ("on")."""

    id: str
    day: date
    kind: str
    member_id: str | None
    starts: time | None
    ends: time | None
    place: int


@dataclass(frozen=True, kw_only=True)
class Duty:
    """One member, on duty from `start` until `end` (aware, UTC)."""

    member_id: str
    start: datetime
    end: datetime
    place: int


@dataclass(frozen=True, kw_only=True)
class Rota:
    """A clinic's shifts and days, in its time zone."""

    shifts: tuple[Shift, ...]
    days: tuple[Day, ...]
    zone: ZoneInfo

    @property
    def is_set(self) -> bool:
        """Whether anybody was ever put on the rota; without one nobody can say who is on duty."""
        return bool(self.shifts) or any(day.kind == "on" for day in self.days)

    def on_duty(self, at: datetime) -> list[Duty]:
        """Who is on duty at a moment, who is paged first in front."""
        found = [duty for duty in self._near(at) if duty.start <= at < duty.end]
        return sorted(found, key=lambda duty: (duty.place, duty.start, duty.member_id))

    def is_open(self, at: datetime) -> bool:
        return bool(self.on_duty(at))

    def next_open(self, at: datetime) -> datetime | None:
        """When somebody is on duty next; `at` itself if somebody is; None if nobody is within four weeks."""
        if self.is_open(at):
            return at
        starts = [duty.start for duty in self._near(at, LOOK_AHEAD_DAYS) if duty.start > at]
        return min(starts, default=None)

    def after_working(self, start: datetime, span: timedelta) -> datetime | None:
        """When so much time with somebody on duty has passed since `start`; None if not within four weeks."""
        left = span
        for opens, closes in periods(self._near(start, LOOK_AHEAD_DAYS)):
            begins = max(opens, start)
            if closes <= begins:
                continue
            if closes - begins >= left:
                return begins + left
            left -= closes - begins
        return None

    def week(self) -> list[tuple[int, tuple[tuple[time, time], ...]]]:
        """For each weekday the hours in which somebody is on duty by the weekly shifts, joined where they overlap."""
        found = []
        for weekday in range(7):
            spans = sorted((one.starts, one.ends) for one in self.shifts if one.weekday == weekday)
            found.append((weekday, tuple(_joined(spans))))
        return found

    def _near(self, at: datetime, days: int = 1) -> list[Duty]:
        first = at.astimezone(self.zone).date() - timedelta(days=1)
        return [duty for number in range(days + 2) for duty in self._of(first + timedelta(days=number))]

    def _of(self, day: date) -> Iterator[Duty]:
        special = [one for one in self.days if one.day == day]
        closed = any(one.kind == "closed" for one in special)
        off = {one.member_id for one in special if one.kind == "off"}
        for shift in self.shifts:
            if shift.weekday == day.weekday() and not closed and shift.member_id not in off:
                yield self._duty(day, shift.member_id, shift.starts, shift.ends, shift.place)
        for one in special:
            if one.kind == "on" and one.member_id and one.starts is not None and one.ends is not None:
                yield self._duty(day, one.member_id, one.starts, one.ends, one.place)

    def _duty(self, day: date, member_id: str, starts: time, ends: time, place: int) -> Duty:
        last = day + timedelta(days=1) if ends <= starts else day
        start = datetime.combine(day, starts, self.zone).astimezone(UTC)
        end = datetime.combine(last, ends, self.zone).astimezone(UTC)
        return Duty(member_id=member_id, start=start, end=end, place=place)


def periods(duties: Sequence[Duty]) -> list[tuple[datetime, datetime]]:
    """The times in which anybody is on duty, in order and without overlap."""
    joined: list[tuple[datetime, datetime]] = []
    for duty in sorted(duties, key=lambda one: one.start):
        if joined and duty.start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], duty.end))
        else:
            joined.append((duty.start, duty.end))
    return joined


def _joined(spans: list[tuple[time, time]]) -> list[tuple[time, time]]:
    """Spans of one day joined where they touch; one that goes on into the next day ends there."""
    joined: list[tuple[time, time]] = []
    for starts, ends in spans:
        if joined and _is_within(starts, joined[-1]):
            joined[-1] = (joined[-1][0], _later(joined[-1], (starts, ends)))
        else:
            joined.append((starts, ends))
    return joined


def _is_within(moment: time, span: tuple[time, time]) -> bool:
    return moment <= span[1] or span[1] <= span[0]


def _later(one: tuple[time, time], other: tuple[time, time]) -> time:
    """The later end of two; an end at or before its start is of the next day."""
    return max((span[1] <= span[0], span[1]) for span in (one, other))[1]
