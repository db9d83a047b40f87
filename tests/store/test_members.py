"""Logging in: the right password only, throttled, with sessions that end."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.errors import Conflict, NotFound
from bot.store import members
from bot.store.rows import Session
from tests.databases import Clock
from tests.store.conftest import Cast

RIGHT = "secret of Clara"


def login(
    cast: Cast, password: str = RIGHT, email: str = "clara@demo.example", address: str = "192.0.2.1"
) -> Session | None:
    return members.login(cast.db, email, password, address)


def wait(cast: Cast, email: str = "clara@demo.example", address: str = "192.0.2.1") -> int:
    with cast.db.read() as tx:
        return round(members.wait_seconds(tx, email, address))


def test_the_right_password_gives_a_session(cast: Cast) -> None:
    session = login(cast, email=" Clara@Demo.example ")

    assert session.member == cast.clinician
    assert members.session(cast.db, session.token) == cast.clinician
    assert session.token not in repr(session)


@pytest.mark.parametrize(
    ("email", "password"),
    [("clara@demo.example", "wrong"), ("clara@demo.example", ""), ("nobody@demo.example", RIGHT), ("", "")],
)
def test_everything_else_gives_none(cast: Cast, email: str, password: str) -> None:
    assert login(cast, password, email) is None


def test_an_unknown_email_costs_the_same_work(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []

    class Counting:
        def verify(self, password_hash: str, password: str) -> bool:
            checked.append(password_hash.split("$")[1:4])
            return hasher.verify(password_hash, password)

        def __getattr__(self, name: str) -> object:
            return getattr(hasher, name)

    hasher = members._hasher
    monkeypatch.setattr(members, "_nobodys_hash", None)
    monkeypatch.setattr(members, "_hasher", Counting())

    login(cast, "wrong")
    login(cast, "wrong", email="nobody@demo.example")

    assert len(checked) == 2
    assert checked[0] == checked[1]


def test_a_disabled_member_is_out_at_once(cast: Cast) -> None:
    session = login(cast)

    with cast.db.write() as tx:
        members.disable(tx, cast.clinician.id)

    assert members.session(cast.db, session.token) is None
    assert login(cast) is None


def test_a_new_password_ends_every_session(cast: Cast) -> None:
    session = login(cast)

    with cast.db.write() as tx:
        members.set_password(tx, cast.clinician.id, "another secret")

    assert members.session(cast.db, session.token) is None
    assert login(cast) is None
    assert login(cast, "another secret") is not None


def test_a_session_ends_after_an_idle_hour(cast: Cast, clock: Clock) -> None:
    token = login(cast).token
    for _ in range(3):
        clock.forward(minutes=50)
        assert members.session(cast.db, token) is not None

    clock.forward(minutes=61)

    assert members.session(cast.db, token) is None


def test_a_session_ends_after_12_hours_however_busy(cast: Cast, clock: Clock) -> None:
    token = login(cast).token
    for _ in range(15):
        clock.forward(minutes=47)
        assert members.session(cast.db, token) is not None

    clock.forward(minutes=30)

    assert members.session(cast.db, token) is None


def test_a_session_ends_with_the_logout(cast: Cast) -> None:
    token = login(cast).token

    with cast.db.write() as tx:
        members.logout(tx, token)
        members.logout(tx, "unknown")

    assert members.session(cast.db, token) is None
    assert members.session(cast.db, "unknown") is None


def test_wrong_passwords_for_one_email_wait_longer_and_longer(cast: Cast, clock: Clock) -> None:
    clock.stop()
    waits = []
    for number in range(12):
        assert login(cast, "wrong", address=f"192.0.2.{number}") is None
        waits.append(wait(cast, address="192.0.2.200"))
        clock.forward(seconds=waits[-1] + 1)

    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]


def test_the_right_password_must_wait_too(cast: Cast, clock: Clock) -> None:
    for _ in range(5):
        login(cast, "wrong")

    assert login(cast) is None
    clock.forward(seconds=2)
    assert login(cast) is not None
    assert wait(cast) == 0


def test_many_emails_from_one_address_wait_longer_and_longer(cast: Cast, clock: Clock) -> None:
    clock.stop()
    waits = []
    for number in range(34):
        login(cast, "guess", email=f"{number}@demo.example")
        waits.append(wait(cast, email="yet.another@demo.example"))
        clock.forward(seconds=waits[-1] + 1)

    assert waits[18:22] == [0, 1, 2, 4]
    assert waits[-1] == 900
    assert wait(cast, address="192.0.2.99") == 0


def test_a_stranger_cannot_lock_a_member_out_where_the_member_has_been(cast: Cast) -> None:
    assert login(cast, address="192.0.2.1") is not None
    for _ in range(6):
        login(cast, "wrong", address="203.0.113.9")

    assert login(cast, address="203.0.113.9") is None
    assert login(cast, address="192.0.2.1") is not None


def test_tries_at_the_same_time_are_throttled_too(cast: Cast) -> None:
    with ThreadPoolExecutor(12) as threads:
        list(threads.map(lambda number: login(cast, f"guess {number}"), range(12)))

    with cast.db.read() as tx:
        failures = tx.connection.exec_driver_sql("SELECT max(failures) FROM login_attempts").scalar()
    assert failures == 5


def test_an_email_belongs_to_one_member(cast: Cast) -> None:
    with pytest.raises(Conflict), cast.db.write() as tx:
        members.create(tx, "other", "CLARA@demo.example", "Another Clara", "clinician", "x")
    with pytest.raises(NotFound), cast.db.read() as tx:
        members.get(tx, "nobody")


def test_a_clinic_lists_its_own_members_by_name(cast: Cast) -> None:
    with cast.db.read() as tx:
        assert members.of_clinic(tx, "demo") == [cast.colleague, cast.clinician]
        assert members.name(tx, cast.outsider.id) == "Olga"
