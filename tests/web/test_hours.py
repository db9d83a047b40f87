"""The team's hours in words, and what a patient is told of the team: only what is so."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.store.rota import Presence
from bot.store.rows import Clinic, ClinicSettings, Escalation
from bot.store.shifts import Rota, Shift
from bot.web.contacts import placeholders_for

LONDON = ZoneInfo("Europe/London")
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=LONDON)
NIGHT = datetime(2026, 11, 23, 22, 0, tzinfo=LONDON)
FRIDAY_NIGHT = datetime(2026, 11, 27, 22, 0, tzinfo=LONDON)
CLINIC = Clinic(id="c", settings=ClinicSettings(name="North", staff_hours="by day"), created_at=MONDAY)


def shifts(*spans: tuple[str, str, str]) -> Rota:
    """``("01234", "09:00", "17:00")``: weekdays and hours."""
    return Rota(
        shifts=tuple(
            Shift(id="s", member_id="m", weekday=int(day), starts=time.fromisoformat(a), ends=time.fromisoformat(b),
                  place=0)
            for days, a, b in spans for day in days
        ),
        days=(),
        zone=LONDON,
    )  # fmt: skip


WEEK = shifts(("01234", "09:00", "17:00"))


def seen(at: datetime, rota: Rota = WEEK) -> Presence:
    return Presence(
        at=at.astimezone(UTC), is_known=rota.is_set, is_here=rota.is_open(at), next_open=rota.next_open(at), rota=rota
    )


def record(**changed: object) -> Escalation:
    values: dict[str, object] = {
        "id": "e", "clinic_id": "c", "conversation_id": "k", "level": "emergency", "action": "page", "state": "open",
        "categories": ("suicidal_ideation",), "opened_at": MONDAY, "level_at": MONDAY, "alerted_at": None,
        "acknowledged_at": None, "claimed_by": None, "claimer_name": None, "claimed_at": None,
        "claim_expires_at": None, "closed_at": None, "outcome": None, "last_signal_seq": 1, "signals": (),
    }  # fmt: skip
    return Escalation(**(values | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rota", "words"),
    [
        (WEEK, "Monday to Friday, 9 am to 5 pm"),
        (shifts(("02", "09:00", "12:00")), "Monday, 9 am to noon; Wednesday, 9 am to noon"),
        (shifts(("01", "09:00", "17:30")), "Monday and Tuesday, 9 am to 5.30 pm"),
        (
            shifts(("01234", "09:00", "12:00"), ("01234", "13:00", "17:00")),
            "Monday to Friday, 9 am to noon and 1 pm to 5 pm",
        ),
        (shifts(("0123456", "00:00", "00:00")), "day and night"),
        (shifts(("01234", "09:00", "14:00"), ("01234", "12:00", "17:00")), "Monday to Friday, 9 am to 5 pm"),
        (shifts(("4", "21:00", "07:00")), "Friday, 9 pm to 7 am"),
    ],
)
def test_the_weeks_hours_in_words(rota: Rota, words: str) -> None:
    assert placeholders_for(CLINIC, None, presence=seen(MONDAY, rota))["staff_hours"] == words


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2026, 11, 23, 7, 0, tzinfo=LONDON), "9 am"),
        (NIGHT, "9 am tomorrow"),
        (FRIDAY_NIGHT, "9 am on Monday"),
    ],
)
def test_the_next_opening_in_words(at: datetime, words: str) -> None:
    told = placeholders_for(CLINIC, None, presence=seen(at))

    assert (told["next_open"], told["in_hours"]) == (words, "no")
    assert told["callback_promise"] == ""


def test_another_language_says_the_hours_in_its_own_way() -> None:
    told = placeholders_for(CLINIC, None, presence=seen(FRIDAY_NIGHT), language="pl")

    assert told["staff_hours"] == "poniedziałek–piątek, 9:00–17:00"
    assert told["next_open"] == "poniedziałek, 9:00"


def test_in_hours_the_promise_is_the_clock_of_the_open_record() -> None:
    told = placeholders_for(CLINIC, record(level="urgent"), presence=seen(MONDAY))

    assert (told["in_hours"], told["callback_promise"], told["next_open"]) == ("yes", "4 hours", "")


def test_without_a_rota_nothing_is_promised() -> None:
    told = placeholders_for(CLINIC, None, presence=seen(MONDAY, shifts()))

    assert told["staff_hours"] == "by day"
    assert (told["in_hours"], told["callback_promise"], told["next_open"]) == ("", "", "")


@pytest.mark.parametrize(
    ("at", "changed", "told"),
    [
        (MONDAY, {}, "I am telling the team now."),
        (MONDAY, {"alerted_at": MONDAY}, "I have told the team."),
        (MONDAY + timedelta(minutes=2), {}, "I could not reach the team."),
        (MONDAY + timedelta(minutes=2), {"alerted_at": MONDAY}, "I have told the team."),
        (NIGHT, {"level_at": NIGHT}, "The team is not here until 9 am tomorrow. They will see this then."),
        (
            NIGHT,
            {"level_at": NIGHT, "alerted_at": NIGHT},
            "I have told the team, but nobody is there until 9 am tomorrow.",
        ),
        (NIGHT, {"level_at": NIGHT, "acknowledged_at": NIGHT}, "I have told the team."),
        (MONDAY + timedelta(hours=1), {"level": "same_day"}, "I am telling the team now."),
    ],
)
def test_what_is_said_of_the_team_is_so(at: datetime, changed: dict[str, object], told: str) -> None:
    assert placeholders_for(CLINIC, record(**changed), presence=seen(at))["team_told"] == told


def test_after_no_nobody_is_said_to_be_told() -> None:
    told = placeholders_for(CLINIC, record(alerted_at=MONDAY), consent="refused", presence=seen(MONDAY))

    assert told["team_told"] == "I cannot reach anyone for you."
