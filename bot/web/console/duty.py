"""Alerts and duty: who is on duty, where alerts go and what became of them; managers change it, everybody sees it."""

from datetime import date, datetime, time, timedelta

from bot.errors import Conflict, Incomplete
from bot.store import audit, channels, incidents, members, outbox, rota
from bot.store.channels import LANES, UNTESTED_DAYS
from bot.store.database import Transaction
from bot.store.findings import LEVELS
from bot.store.roles import may
from bot.store.shifts import DAY_KINDS
from bot.web.console.access import Visit
from bot.web.console.rendering import Failure, Page, page_words

HERE = "/console/duty"
TRIES_SHOWN = 20
INCIDENTS_SHOWN = 10
DONE = ("added", "removed", "tested")


def page(visit: Visit, tx: Transaction) -> Page:
    """The page. Addresses of channels are never shown."""
    here = rota.presence(tx, visit.clinic)
    everyone = members.of_clinic(tx, visit.clinic.id)
    done = visit.request.query_params.get("done", "")
    context = {
        "here": "duty",
        "duty": page_words("duty", visit.clinic),
        "presence": here,
        "on_duty": here.rota.on_duty(tx.now),
        "names": {member.id: member.name for member in everyone},
        "members": [member for member in everyone if member.disabled_at is None],
        "channels": channels.of_clinic(tx, visit.clinic.id),
        "tested_since": tx.now - timedelta(days=UNTESTED_DAYS),
        "untested_days": UNTESTED_DAYS,
        "levels": LEVELS[:3],
        "day_kinds": DAY_KINDS,
        "tries": list(reversed(outbox.tries_of(tx, clinic_id=visit.clinic.id)))[:TRIES_SHOWN],
        "incidents": incidents.recent(tx, visit.clinic.id, limit=INCIDENTS_SHOWN),
        "may_change": may(visit.member.role, "arrange_duty"),
        "done": page_words("duty", visit.clinic)["done"][done] if done in DONE else "",
    }
    return Page(template="duty", context=context)


def add_shift(visit: Visit, tx: Transaction) -> str:
    form = visit.form
    added = rota.add_shift(
        tx,
        visit.clinic.id,
        form.get("member", ""),
        weekday=_number(form.get("weekday", "")),
        starts=_time(form.get("starts", "")),
        ends=_time(form.get("ends", "")),
        place=_number(form.get("place", "0")),
    )
    return _done(visit, tx, "add", "shift", added.id)


def add_day(visit: Visit, tx: Transaction) -> str:
    form = visit.form
    kind = form.get("kind", "")
    extra = kind == "on"
    added = rota.add_day(
        tx,
        visit.clinic.id,
        _date(form.get("day", "")),
        kind,
        member_id=form.get("member") or None,
        starts=_time(form.get("starts", "")) if extra else None,
        ends=_time(form.get("ends", "")) if extra else None,
        place=_number(form.get("place", "0")),
    )
    return _done(visit, tx, "add", "rota_day", added.id)


def remove_duty(visit: Visit, tx: Transaction) -> str:
    rota.remove(tx, visit.clinic.id, visit.subject)
    return _done(visit, tx, "remove", "rota", visit.subject)


def add_channel(visit: Visit, tx: Transaction) -> str:
    form = visit.form
    whose = form.get("whose", "")
    added = channels.add(
        tx,
        visit.clinic.id,
        form.get("address", ""),
        name=form.get("name", ""),
        member_id=None if whose in LANES else whose,
        lane=whose if whose in LANES else LANES[0],
        least=form.get("least", LEVELS[2]),
    )
    return _done(visit, tx, "add", "channel", added.id)


def remove_channel(visit: Visit, tx: Transaction) -> str:
    channels.remove(tx, visit.clinic.id, visit.subject)
    return _done(visit, tx, "remove", "channel", visit.subject)


def test_channel(visit: Visit, tx: Transaction) -> str:
    """Owe a test on one channel; the worker sends it, as it sends everything."""
    channel = channels.get(tx, visit.clinic.id, visit.subject)
    outbox.add(tx, clinic_id=visit.clinic.id, kind="test", level=LEVELS[0], channel_id=channel.id)
    return _done(visit, tx, "test", "channel", channel.id)


def excuse(visit: Visit, error: Conflict | Incomplete) -> tuple[Failure, int]:
    """Why nothing was changed."""
    said = page_words("duty", visit.clinic)["failed"]
    return Failure(lines=(said["wrong"],)), 409 if isinstance(error, Conflict) else 422


def _done(visit: Visit, tx: Transaction, act: str, kind: str, subject: str) -> str:
    audit.write(tx, clinic_id=visit.clinic.id, actor=visit.member.id, act=act, kind=kind, subject=subject)
    return f"{HERE}?done={ {'add': 'added', 'remove': 'removed', 'test': 'tested'}[act] }"


def _number(text: str) -> int:
    if not text.isdecimal():
        raise Incomplete("a number is missing")
    return int(text)


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise Incomplete("a time is written as 09:00") from None


def _date(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day of the clinic's calendar has no zone.
    except ValueError:
        raise Incomplete("a day is written as 2026-12-24") from None
