"""Channels, rota and clocks from the command line, and what `between doctor` says of them."""

import json

import pytest

from bot.commands import doctor
from bot.commands.surroundings import load_settings
from bot.store import channels, incidents
from bot.store.database import open_database
from tests.command_line import Between

URL = b"mailtos://nurse:heliotrope@mail.example?to=duty@clinic.example\n"
NINA = "nina@clinic.example"


@pytest.fixture
def clinic(between: Between) -> Between:
    """A live clinic with one nurse."""
    assert between("migrate").code == 0
    assert between("clinic", "add", "north", "--name", "North clinic").code == 0
    assert between("staff", "add", "north", NINA, "--name", "Nina").code == 0
    return between


def found() -> dict[str, str]:
    """What doctor says about alerts: name of the check to its state."""
    database = open_database(load_settings())
    try:
        return {
            one.name: one.state for one in doctor._stored(database) if one.name in ("duty", "channels", "incidents")
        }
    finally:
        database.close()


def test_a_channel_is_added_listed_and_removed_and_its_address_is_never_shown(clinic: Between) -> None:
    added = clinic("channels", "add", "north", "Duty mail", "--member", NINA, stdin=URL)
    [listed] = json.loads(clinic("channels", "list", "north", "--json").out)
    shown = clinic("channels", "list", "north")

    assert (added.code, listed["member"], listed["kind"]) == (0, NINA, "mailtos")
    assert "heliotrope" not in added.out + added.err + json.dumps(listed) + shown.out
    assert clinic("channels", "remove", "north", listed["id"]).code == 0
    assert json.loads(clinic("channels", "list", "north", "--json").out) == []


def test_a_webhook_gets_a_secret_that_is_shown_once(clinic: Between) -> None:
    added = clinic("channels", "add", "north", "Pager", stdin=b"webhook+https://pager.example/hook\n")

    secret = added.out.strip().rsplit(" ", 1)[-1]
    assert secret.startswith("whsec_")
    assert secret not in clinic("channels", "list", "north", "--json").out


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (("x",), b"\n", "standard input"),
        (("x",), b"no address\n", "a channel is a URL"),
        (("x", "--lane", "moon"), URL, "allowed is one of duty, clinic"),
        (("x", "--least", "never"), URL, "allowed is one of emergency, urgent, same_day"),
        (("x", "--member", "nobody@clinic.example"), URL, "is not of the staff"),
    ],
)
def test_a_channel_that_does_not_fit_is_refused_with_what_is_allowed(
    clinic: Between, arguments: tuple[str, ...], stdin: bytes, said: str
) -> None:
    answer = clinic("channels", "add", "north", *arguments, stdin=stdin)

    assert answer.code == 2
    assert said in answer.err


def test_the_rota_is_added_shown_and_removed(clinic: Between) -> None:
    assert clinic("clinic", "rota", "add", "north", NINA, "mon-fri", "09:00-17:00").code == 0
    assert clinic("clinic", "rota", "day", "north", "2026-12-25", "closed").code == 0

    shown = json.loads(clinic("clinic", "rota", "show", "north", "--json").out)

    assert [one["when"] for one in shown["week"]] == ["mon", "tue", "wed", "thu", "fri"]
    assert shown["days"][0]["when"] == "2026-12-25 closed"
    assert clinic("clinic", "rota", "remove", "north", shown["days"][0]["id"]).code == 0
    assert json.loads(clinic("clinic", "rota", "show", "north", "--json").out)["days"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        ("add", "north", NINA, "monday", "09:00-17:00"),
        ("add", "north", NINA, "fri-mon", "09:00-17:00"),
        ("add", "north", NINA, "mon", "nine to five"),
        ("day", "north", "Christmas", "closed"),
        ("day", "north", "2026-12-25", "on", "--member", NINA),
    ],
)
def test_what_does_not_fit_the_rota_is_refused(clinic: Between, wrong: tuple[str, ...]) -> None:
    assert clinic("clinic", "rota", *wrong).code == 2


def test_a_clock_can_be_made_shorter_and_not_longer(clinic: Between) -> None:
    assert clinic("clinic", "clock", "north", "emergency", "acknowledge", "3").code == 0
    longer = clinic("clinic", "clock", "north", "emergency", "acknowledge", "6")

    assert json.loads(clinic("clinic", "show", "north").out)["clocks"] == {"emergency": {"acknowledge": 3}}
    assert (longer.code, "a clinic may only be faster" in longer.err) == (2, True)


def test_doctor_says_that_nobody_would_be_told_and_then_that_somebody_is(clinic: Between) -> None:
    assert found() == {"duty": "bad", "channels": "bad"}

    clinic("clinic", "rota", "add", "north", NINA, "mon-sun", "00:00-00:00")
    clinic("channels", "add", "north", "Duty mail", stdin=URL)
    assert found() == {"duty": "ok", "channels": "bad"}

    database = open_database(load_settings())
    with database.write() as tx:
        [channel] = channels.of_clinic(tx, "north")
        channels.tried(tx, channel.id, reason=None, test=True)
        incidents.opened(tx, "north", "channel", channel.id)
    database.close()
    assert found() == {"duty": "ok", "channels": "ok", "incidents": "bad"}
