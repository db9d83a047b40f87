"""`between clinic rota`: who is on duty when."""

from datetime import date, time
from typing import Annotated, Any

import typer

from bot.commands.output import AsJson, print_json, print_rows
from bot.commands.surroundings import opened_database
from bot.errors import SettingError
from bot.store import audit, clinics, members, rota
from bot.store.database import Transaction

ACTOR = "between clinic rota"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Hours = Annotated[str, typer.Argument(help="In the clinic's time, such as 09:00-17:00; 21:00-07:00 ends the next day.")]
Second = Annotated[bool, typer.Option("--second", help="The second person, who is paged if the first does not answer.")]

app = typer.Typer(no_args_is_help=True, help="Duty rota: show, add, day, remove.")


@app.command()
def show(clinic_id: str, as_json: AsJson = False) -> None:
    """Show the rota, and who is on duty now. Exit code 1 if nobody is."""
    with opened_database() as database, database.read() as tx:
        clinic = clinics.get(tx, clinic_id)
        here = rota.presence(tx, clinic)
        emails = {member.id: member.email for member in members.of_clinic(tx, clinic_id)}
        now = [emails[duty.member_id] for duty in here.rota.on_duty(tx.now)]
    weekly = [
        {"id": one.id, "when": WEEKDAYS[one.weekday], **_hours(one.starts, one.ends), "place": one.place,
         "member": emails[one.member_id]}
        for one in here.rota.shifts
    ]  # fmt: skip
    single = [
        {"id": one.id, "when": f"{one.day} {one.kind}", **_hours(one.starts, one.ends), "place": one.place,
         "member": emails.get(one.member_id or "")}
        for one in here.rota.days
    ]  # fmt: skip
    if as_json:
        print_json({"on_duty": now, "next_open": here.next_open, "week": weekly, "days": single})
    else:
        print_rows([*weekly, *single], as_json=False)
        typer.echo(f"on duty now: {', '.join(now) or 'nobody'}; next: {here.next_open or 'nobody within four weeks'}")
    if not now:
        raise typer.Exit(1)


@app.command()
def add(
    clinic_id: str,
    member: Annotated[str, typer.Argument(help="E-mail address of the member.")],
    days: Annotated[str, typer.Argument(help=f"One of {', '.join(WEEKDAYS)}, or from-to such as mon-fri.")],
    hours: Hours,
    second: Second = False,
) -> None:
    """Put a member on duty every week."""
    starts, ends = _span(hours)
    with opened_database() as database, database.write() as tx:
        who = members.by_email(tx, clinic_id, member)
        for weekday in _weekdays(days):
            added = rota.add_shift(
                tx, clinic_id, who.id, weekday=weekday, starts=starts, ends=ends, place=int(second)
            )  # fmt: skip
            _audit(tx, clinic_id, "add", added.id)
            typer.echo(f"{added.id} is added: {WEEKDAYS[weekday]} {hours}")


@app.command()
def day(
    clinic_id: str,
    on: Annotated[str, typer.Argument(help="The day, such as 2026-12-25.")],
    kind: Annotated[str, typer.Argument(help="closed: nobody works. off: a member is away. on: extra duty.")],
    member: Annotated[str, typer.Option(help="E-mail address, for off and on.")] = "",
    hours: Annotated[str, typer.Option(help="For on: such as 09:00-17:00.")] = "",
    second: Second = False,
) -> None:
    """Say that one day is not like every week: a holiday, an absence, an extra duty."""
    starts, ends = _span(hours) if hours else (None, None)
    with opened_database() as database, database.write() as tx:
        who = members.by_email(tx, clinic_id, member).id if member else None
        added = rota.add_day(
            tx, clinic_id, _day(on), kind, member_id=who, starts=starts, ends=ends, place=int(second)
        )  # fmt: skip
        _audit(tx, clinic_id, "add", added.id)
    typer.echo(f"{added.id} is added: {on} {kind}")


@app.command()
def remove(clinic_id: str, row_id: str) -> None:
    """Take away a shift or a day, by the id that `show` gives."""
    with opened_database() as database, database.write() as tx:
        rota.remove(tx, clinic_id, row_id)
        _audit(tx, clinic_id, "remove", row_id)
    typer.echo(f"{row_id} is removed")


def _weekdays(text: str) -> range:
    first, _, last = text.partition("-")
    if first not in WEEKDAYS or (last and last not in WEEKDAYS):
        raise SettingError(f"{text!r}: allowed is one of {', '.join(WEEKDAYS)}, or from-to such as mon-fri")
    begin = WEEKDAYS.index(first)
    end = WEEKDAYS.index(last or first)
    if end < begin:
        raise SettingError(f"{text!r}: the week begins on Monday; add two spans")
    return range(begin, end + 1)


def _span(text: str) -> tuple[time, time]:
    starts, _, ends = text.partition("-")
    try:
        return time.fromisoformat(starts), time.fromisoformat(ends)
    except ValueError:
        raise SettingError(f"{text!r}: hours are written as 09:00-17:00") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SettingError(f"{text!r}: a day is written as 2026-12-25") from None


def _hours(starts: time | None, ends: time | None) -> dict[str, Any]:
    return {"hours": f"{starts:%H:%M}-{ends:%H:%M}" if starts and ends else ""}


def _audit(tx: Transaction, clinic_id: str, act: str, subject: str) -> None:
    audit.write(tx, clinic_id=clinic_id, actor=ACTOR, act=act, kind="rota", subject=subject)
