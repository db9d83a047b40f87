"""The duty rota of a clinic: its rows. Who is on duty when is calculated in `bot.store.shifts`."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.errors import Incomplete, NotFound
from bot.store import clinics, members
from bot.store.database import Transaction
from bot.store.rows import Clinic
from bot.store.schema_staff import members as members_table
from bot.store.schema_staff import rota_days, shifts
from bot.store.shifts import DAY_KINDS, Day, Rota, Shift

PLACES = (0, 1)

ACTIVE = sa.select(members_table.c.id).where(members_table.c.disabled_at.is_(None))
WEEKLY = sa.select(shifts).where(shifts.c.clinic_id == sa.bindparam("clinic"), shifts.c.member_id.in_(ACTIVE))
WEEKLY = WEEKLY.order_by(shifts.c.weekday, shifts.c.starts, shifts.c.id)
SINGLE = sa.select(rota_days).where(
    rota_days.c.clinic_id == sa.bindparam("clinic"),
    sa.or_(rota_days.c.member_id.is_(None), rota_days.c.member_id.in_(ACTIVE)),
)
SINGLE = SINGLE.order_by(rota_days.c.day, rota_days.c.id)


@dataclass(frozen=True, kw_only=True)
class Presence:
    """Whether the team is there at a moment, for what a patient is told. `is_known`: there is a rota that says so.
    `next_open`: when somebody is there next, None if nobody can say; `rota`: the hours of the week.
    """

    at: datetime
    is_known: bool
    is_here: bool
    next_open: datetime | None
    rota: Rota


def load(tx: Transaction, clinic: Clinic) -> Rota:
    """The clinic's rota, without members who were disabled."""
    return Rota(
        shifts=tuple(_shift(row) for row in tx.rows(WEEKLY, {"clinic": clinic.id})),
        days=tuple(_day(row) for row in tx.rows(SINGLE, {"clinic": clinic.id})),
        zone=ZoneInfo(clinic.settings.timezone),
    )


def presence(tx: Transaction, clinic: Clinic) -> Presence:
    """Whether the team is there at this moment, and when it is there next."""
    rota = load(tx, clinic)
    here, next_open = rota.is_open(tx.now), rota.next_open(tx.now)
    return Presence(at=tx.now, is_known=rota.is_set, is_here=here, next_open=next_open, rota=rota)


def add_shift(
    tx: Transaction, clinic_id: str, member_id: str, *, weekday: int, starts: time, ends: time, place: int = 0
) -> Shift:
    """Put a member on duty every week. Raises Incomplete for no weekday or place, NotFound for another clinic's."""
    _check(tx, clinic_id, member_id, place)
    if weekday not in range(7):
        raise Incomplete("weekday: 0 (Monday) to 6 (Sunday)")
    values = {"id": uuid4().hex, "clinic_id": clinic_id, "member_id": member_id, "weekday": weekday, "place": place}
    tx.run(sa.insert(shifts), {**values, "starts": _written(starts), "ends": _written(ends)})
    [row] = tx.rows(sa.select(shifts).where(shifts.c.id == values["id"]))
    return _shift(row)


def add_day(
    tx: Transaction,
    clinic_id: str,
    day: date,
    kind: str,
    *,
    member_id: str | None = None,
    starts: time | None = None,
    ends: time | None = None,
    place: int = 0,
) -> Day:
    """Say that one day is not like every week; "off" and "on" need a member, "on" hours too.

    Raises Incomplete for what is missing, NotFound for another clinic's member.
    """
    if kind not in DAY_KINDS:
        raise Incomplete(f"kind={kind!r}: allowed is one of {', '.join(DAY_KINDS)}")
    if kind == "closed":
        member_id = None
    elif member_id is None:
        raise Incomplete(f"{kind!r} needs a member")
    if kind == "on" and (starts is None or ends is None):
        raise Incomplete("'on' needs the hours")
    if member_id is not None:
        _check(tx, clinic_id, member_id, place)
    values = {"id": uuid4().hex, "clinic_id": clinic_id, "day": day.isoformat(), "kind": kind, "member_id": member_id}
    hours = {"starts": starts and _written(starts), "ends": ends and _written(ends)} if kind == "on" else {}
    tx.run(sa.insert(rota_days), {**values, **hours, "place": place})
    [row] = tx.rows(sa.select(rota_days).where(rota_days.c.id == values["id"]))
    return _day(row)


def find(tx: Transaction, clinic_id: str, row_id: str) -> Shift | Day:
    """One shift or day. Raises NotFound, also if it is another clinic's."""
    found = load(tx, clinics.get(tx, clinic_id))
    rows: list[Shift | Day] = [*found.shifts, *found.days]
    for one in rows:
        if one.id == row_id:
            return one
    raise NotFound("no such shift or day")


def remove(tx: Transaction, clinic_id: str, row_id: str) -> None:
    """Take away a shift or a day. Raises NotFound, also if it is another clinic's."""
    find(tx, clinic_id, row_id)
    for table in (shifts, rota_days):
        tx.run(sa.delete(table).where(table.c.id == row_id))


def of(tx: Transaction, clinic_id: str) -> Rota:
    """The rota of a clinic by its id. Raises NotFound."""
    return load(tx, clinics.get(tx, clinic_id))


def _check(tx: Transaction, clinic_id: str, member_id: str, place: int) -> None:
    if place not in PLACES:
        raise Incomplete("place: 0 for who is paged first, 1 for the second person")
    if members.get(tx, member_id).clinic_id != clinic_id:
        raise NotFound("no such member")


def _written(moment: time) -> str:
    return moment.strftime("%H:%M")


def _shift(row: sa.Row[Any]) -> Shift:
    return Shift(
        id=row.id,
        member_id=row.member_id,
        weekday=row.weekday,
        starts=time.fromisoformat(row.starts),
        ends=time.fromisoformat(row.ends),
        place=row.place,
    )


def _day(row: sa.Row[Any]) -> Day:
    return Day(
        id=row.id,
        day=date.fromisoformat(row.day),
        kind=row.kind,
        member_id=row.member_id,
        starts=time.fromisoformat(row.starts) if row.starts else None,
        ends=time.fromisoformat(row.ends) if row.ends else None,
        place=row.place,
    )
