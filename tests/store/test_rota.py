"""The duty rota: who is on duty when, over midnight, over the change of the clocks, on holidays, by name."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.errors import Incomplete, NotFound
from bot.store import members, rota
from bot.store.shifts import Day, Rota, Shift
from tests.store.conftest import Cast

LONDON = ZoneInfo("Europe/London")
NINE, FIVE = time(9), time(17)


def shift(weekday: int, starts: time = NINE, ends: time = FIVE, member: str = "nina", place: int = 0) -> Shift:
    return Shift(id="s", member_id=member, weekday=weekday, starts=starts, ends=ends, place=place)


def special(day: date, kind: str, member: str | None = None, starts: time | None = None) -> Day:
    ends = starts and time(starts.hour + 2)
    return Day(id="d", day=day, kind=kind, member_id=member, starts=starts, ends=ends, place=0)


def week(*days: Day, shifts: tuple[Shift, ...] | None = None) -> Rota:
    """Nina works from Monday to Friday, nine to five."""
    weekdays = tuple(shift(weekday) for weekday in range(5))
    return Rota(shifts=weekdays if shifts is None else shifts, days=days, zone=LONDON)


def at(day: int, hour: int, minute: int = 0, *, month: int = 11) -> datetime:
    """A moment of 2026 in London; the 23rd of November is a Monday."""
    return datetime(2026, month, day, hour, minute, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("moment", "is_open", "next_open"),
    [
        (at(23, 8, 59), False, at(23, 9)),
        (at(23, 9), True, at(23, 9)),
        (at(23, 16, 59), True, at(23, 16, 59)),
        (at(23, 17), False, at(24, 9)),
        (at(27, 18), False, at(30, 9)),
        (at(29, 12), False, at(30, 9)),
    ],
)
def test_the_week_and_the_next_opening(moment: datetime, is_open: bool, next_open: datetime) -> None:
    assert week().is_open(moment) is is_open
    assert week().next_open(moment) == next_open


def test_a_night_shift_goes_on_into_the_next_day() -> None:
    nights = week(shifts=(shift(6, time(21), time(7)),))

    assert nights.is_open(at(30, 6, 59))
    assert not nights.is_open(at(30, 7))
    assert nights.is_open(at(29, 23))


@pytest.mark.parametrize(("day", "month", "hours"), [(28, 3, 9), (24, 10, 11)])
def test_a_night_in_which_the_clocks_change_is_shorter_or_longer(day: int, month: int, hours: int) -> None:
    nights = week(shifts=(shift(5, time(21), time(7)),))

    [duty] = nights.on_duty(at(day, 23, month=month))

    assert duty.end - duty.start == timedelta(hours=hours)
    assert duty.end == at(day + 1, 7, month=month).astimezone(UTC)


def test_on_a_holiday_nobody_is_there_but_who_was_asked_to_be() -> None:
    christmas = date(2026, 12, 25)
    closed = week(special(christmas, "closed"), special(christmas, "on", "max", time(10)))

    assert not closed.is_open(at(25, 9, 30, month=12))
    assert [duty.member_id for duty in closed.on_duty(at(25, 11, month=12))] == ["max"]
    assert closed.next_open(at(25, 13, month=12)) == at(28, 9, month=12)


def test_who_is_away_is_not_on_duty_and_the_others_are() -> None:
    two = (shift(0), shift(0, member="max", place=1))
    away = week(special(date(2026, 11, 23), "off", "nina"), shifts=two)

    assert [duty.member_id for duty in away.on_duty(at(23, 10))] == ["max"]
    assert [duty.member_id for duty in week(shifts=two).on_duty(at(23, 10))] == ["nina", "max"]


def test_working_time_passes_only_while_somebody_is_there() -> None:
    assert week().after_working(at(27, 16), timedelta(hours=2)) == at(30, 10)
    assert week().after_working(at(23, 9), timedelta(hours=2)) == at(23, 11)
    assert week(shifts=()).after_working(at(23, 9), timedelta(hours=2)) is None


def test_an_empty_rota_says_nothing() -> None:
    empty = week(shifts=())

    assert not empty.is_set
    assert empty.next_open(at(23, 9)) is None
    assert not week(special(date(2026, 11, 23), "closed"), shifts=()).is_set


def test_a_rota_is_kept_and_read_without_disabled_members(cast: Cast) -> None:
    with cast.db.write() as tx:
        kept = rota.add_shift(tx, "demo", cast.clinician.id, weekday=0, starts=NINE, ends=FIVE)
        rota.add_day(tx, "demo", date(2026, 12, 25), "closed")
        rota.add_day(tx, "demo", date(2026, 12, 26), "on", member_id=cast.colleague.id, starts=NINE, ends=FIVE)
    with cast.db.read() as tx:
        found = rota.of(tx, "demo")
    assert (found.shifts, [day.kind for day in found.days]) == ((kept,), ["closed", "on"])

    with cast.db.write() as tx:
        members.disable(tx, cast.clinician.id)
        rota.remove(tx, "demo", found.days[1].id)

    with cast.db.read() as tx:
        left = rota.of(tx, "demo")
    assert (left.shifts, [day.kind for day in left.days]) == ((), ["closed"])


def test_another_clinics_people_and_rows_are_not_there(cast: Cast) -> None:
    with cast.db.write() as tx:
        kept = rota.add_shift(tx, "demo", cast.clinician.id, weekday=0, starts=NINE, ends=FIVE)
    with cast.db.write() as tx:
        with pytest.raises(NotFound):
            rota.add_shift(tx, "demo", cast.outsider.id, weekday=0, starts=NINE, ends=FIVE)
        with pytest.raises(NotFound):
            rota.remove(tx, "other", kept.id)


@pytest.mark.parametrize(("kind", "member"), [("off", None), ("on", "clinician"), ("sometimes", None)])
def test_a_day_that_lacks_something_is_refused(cast: Cast, kind: str, member: str | None) -> None:
    who = cast.clinician.id if member else None

    with cast.db.write() as tx, pytest.raises(Incomplete):
        rota.add_day(tx, "demo", date(2026, 12, 25), kind, member_id=who)
