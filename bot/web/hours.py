"""The team's hours in words, from the duty rota: when it reads, when it is there next, how soon somebody calls.

Empty where nobody can say: a sentence that needs it is then left out, or says that it is not known.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from bot.content.clocks import limits_of
from bot.content.reading import CONTENT
from bot.store.rota import Presence
from bot.store.rows import Clinic, Escalation
from bot.web.words import Words, words

WEEK = timedelta(days=6)
NOON = time(12)
MIDNIGHT = time(0)


def hours_values(
    clinic: Clinic, presence: Presence | None, escalation: Escalation | None, *, language: str
) -> Mapping[str, str]:
    """What fills staff_hours, next_open, callback_promise and timing, and in_hours: "yes", "no" or "" (not known)."""
    told = {"staff_hours": clinic.settings.staff_hours, "next_open": "", "callback_promise": "", "timing": ""}
    if presence is None or not presence.is_known:
        return told | {"in_hours": ""}
    table = _words(language)
    told["staff_hours"] = week_in_words(presence, table)
    if presence.is_here:
        promise = _promise(clinic, escalation, table)
        timing = str(table["timing"]["here"]).format(promise=promise)
        return told | {"in_hours": "yes", "callback_promise": promise, "timing": timing}
    if presence.next_open is not None:
        told["next_open"] = moment_in_words(presence.next_open, presence, table)
        told["timing"] = str(table["timing"]["away"]).format(next_open=told["next_open"])
    return told | {"in_hours": "no"}


def week_in_words(presence: Presence, table: Words) -> str:
    """The hours of an ordinary week: "Monday to Friday, 9 am to 5 pm"; days with the same hours stand together."""
    runs: list[tuple[list[int], tuple[tuple[time, time], ...]]] = []
    for day, spans in presence.rota.week():
        if not spans:
            continue
        if runs and runs[-1][1] == spans and runs[-1][0][-1] == day - 1:
            runs[-1][0].append(day)
        else:
            runs.append(([day], spans))
    if len(runs) == 1 and len(runs[0][0]) == 7 and _is_all_day(runs[0][1]):
        return str(table["always"])
    return str(table["between"]).join(_run(days, spans, table) for days, spans in runs)


def moment_in_words(at: datetime, presence: Presence, table: Words) -> str:
    """A coming moment in the clinic's time: "9 am", "9 am tomorrow", "9 am on Monday", "9 am on 7 January"."""
    zone = presence.rota.zone
    there, today = at.astimezone(zone), presence.at.astimezone(zone).date()
    away = there.date() - today
    form = "today" if not away else "tomorrow" if away.days == 1 else "week" if away <= WEEK else "later"
    date = str(table["date"]).format(number=there.day, month=table["months"][there.month - 1])
    said = str(table["next"][form])
    return said.format(time=_clock(there.time(), table), day=table["days"][there.weekday()], date=date)


def _run(days: list[int], spans: tuple[tuple[time, time], ...], table: Words) -> str:
    names = [str(table["days"][day]) for day in days]
    several = str(table["day_span"]).format(first=names[0], last=names[-1])
    said = several if len(days) > 2 else str(table["and"]).join(names)
    if _is_all_day(spans):
        return str(table["hours"]).format(days=said, times=table["all_day"])
    span = str(table["time_span"])
    times = [span.format(starts=_clock(starts, table), ends=_clock(ends, table)) for starts, ends in spans]
    return str(table["hours"]).format(days=said, times=str(table["and"]).join(times))


def _is_all_day(spans: tuple[tuple[time, time], ...]) -> bool:
    return len(spans) == 1 and spans[0] == (MIDNIGHT, MIDNIGHT)


def _clock(moment: time, table: Words) -> str:
    """9 am, 5.30 pm, noon, midnight; with ``clock``, as a language writes 24 hours."""
    if "clock" in table:
        return str(table["clock"]).format(hour=moment.hour, minute=moment.minute)
    if moment == NOON:
        return str(table["noon"])
    if moment == MIDNIGHT:
        return str(table["midnight"])
    half = table["morning"] if moment < NOON else table["evening"]
    minutes = f".{moment.minute:02}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{minutes} {half}"


def _promise(clinic: Clinic, escalation: Escalation | None, table: Words) -> str:
    """The limit for trying to reach the person, at the level of the open record."""
    level = escalation.level if escalation else "same_day"
    limit = limits_of(level, clinic.settings.clocks).get("contact", timedelta(0))
    minutes = int(limit.total_seconds()) // 60
    if not minutes:
        return ""
    if minutes % 60:
        return str(table["promise"]["minutes"]).format(count=minutes)
    return str(table["promise"]["hour" if minutes == 60 else "hours"]).format(count=minutes // 60)


def _words(language: str) -> Words:
    return words(language if (CONTENT / language / "hours.yml").is_file() else "en", "hours")
