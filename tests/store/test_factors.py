"""The second factor: right codes once, recovery codes once, and a colleague who lets somebody in at night."""

import pyotp
import pytest

from bot.errors import Conflict, NotFound
from bot.store import audit, clinics, factors, members, outbox
from bot.store.rows import Member, Session
from tests.databases import Clock
from tests.store.conftest import Cast


def sign_in(cast: Cast) -> Session:
    session = members.login(cast.db, "clara@demo.example", "secret of Clara", "192.0.2.1")
    assert session is not None
    return session


def now(cast: Cast) -> Member:
    with cast.db.read() as tx:
        return members.get(tx, cast.clinician.id)


def code(cast: Cast, secret: str) -> str:
    return pyotp.TOTP(secret).at(cast.db.clock())


def enrol(cast: Cast) -> tuple[str, tuple[str, ...]]:
    """Clara sets up her second factor. Gives its secret and the recovery codes."""
    session = sign_in(cast)
    with cast.db.write() as tx:
        secret = factors.secret(tx, cast.clinician)
    codes = factors.confirm(cast.db, session.token, cast.clinician, code(cast, secret))
    assert codes is not None
    return secret, codes


def test_a_password_alone_opens_no_live_clinic(cast: Cast) -> None:
    with cast.db.write() as tx:
        clinics.change(tx, "demo", demo=False)

    session = sign_in(cast)

    assert not session.passed
    assert members.session(cast.db, session.token) is None
    assert members.halfway(cast.db, session.token) == cast.clinician


def test_a_code_is_good_once(cast: Cast, clock: Clock) -> None:
    clock.stop()
    secret, _ = enrol(cast)
    clock.forward(minutes=2)
    first, second = sign_in(cast), sign_in(cast)
    given = code(cast, secret)

    assert factors.check(cast.db, first.token, now(cast), given)
    assert not factors.check(cast.db, second.token, now(cast), given)

    assert members.session(cast.db, first.token) == now(cast)
    assert members.session(cast.db, second.token) is None


def test_codes_of_other_times_are_wrong_but_for_a_clock_that_is_a_little_off(cast: Cast, clock: Clock) -> None:
    clock.stop()
    secret, _ = enrol(cast)
    session, totp = sign_in(cast), pyotp.TOTP(secret)
    clock.forward(minutes=5)
    at = cast.db.clock().timestamp()

    tries = {seconds: totp.at(int(at) + seconds) for seconds in (-90, 90, 30)}

    assert [factors.check(cast.db, session.token, now(cast), given) for given in tries.values()] == [False, False, True]


def test_a_recovery_code_is_good_once_however_it_is_typed(cast: Cast) -> None:
    _, codes = enrol(cast)
    session, again = sign_in(cast), sign_in(cast)

    assert factors.check(cast.db, session.token, now(cast), codes[0].upper().replace("-", " "))
    assert not factors.check(cast.db, again.token, now(cast), codes[0])
    with cast.db.read() as tx:
        assert factors.codes_left(tx, cast.clinician.id) == factors.RECOVERY_CODES - 1
        stored = tx.connection.exec_driver_sql("SELECT code_hash FROM recovery_codes").scalars().all()
    assert not {"".join(one.split("-")) for one in codes} & set(stored)


def test_guessing_codes_waits_longer_and_longer(cast: Cast, clock: Clock) -> None:
    clock.stop()
    secret, _ = enrol(cast)
    session = sign_in(cast)
    clock.forward(minutes=2)
    for _ in range(factors.throttle.FREE_FAILURES["factor"]):
        assert not factors.check(cast.db, session.token, now(cast), "000000")

    assert not factors.check(cast.db, session.token, now(cast), code(cast, secret))
    with cast.db.read() as tx:
        wait = factors.wait_seconds(tx, cast.clinician)
    assert wait > 0
    clock.forward(minutes=2)
    assert factors.check(cast.db, session.token, now(cast), code(cast, secret))


def test_a_colleague_lets_in_for_some_hours_and_the_managers_are_alarmed(cast: Cast, clock: Clock) -> None:
    enrol(cast)
    session = sign_in(cast)
    with cast.db.write() as tx:
        factors.ask(tx, session.token, now(cast))
        factors.ask(tx, session.token, now(cast))
        [waiting] = factors.waiting(tx, "demo")

    with cast.db.write() as tx:
        factors.vouch(tx, cast.colleague, waiting.id, granted=True)

    assert members.session(cast.db, session.token) == now(cast)
    with cast.db.read() as tx:
        assert [(one.kind, one.step) for one in outbox.undelivered(tx, "demo")] == [("let_in", "manager")] * 2
        acts = [(row.actor, row.act) for row in audit.of(tx, "demo", kind="member", subject=cast.clinician.id)]
    assert acts[-2:] == [(cast.clinician.id, "ask_to_be_let_in"), (cast.colleague.id, "let_in")]
    for _ in range(factors.VOUCHED_HOURS):
        clock.forward(minutes=59)
        assert members.session(cast.db, session.token) is not None
    clock.forward(minutes=5)
    assert members.session(cast.db, session.token) is None


def test_nobody_lets_themselves_in_and_no_other_clinic_does(cast: Cast, clock: Clock) -> None:
    enrol(cast)
    session = sign_in(cast)
    with cast.db.write() as tx:
        factors.ask(tx, session.token, now(cast))
        [waiting] = factors.waiting(tx, "demo")

    with pytest.raises(Conflict), cast.db.write() as tx:
        factors.vouch(tx, cast.clinician, waiting.id, granted=True)
    with pytest.raises(NotFound), cast.db.write() as tx:
        factors.vouch(tx, cast.outsider, waiting.id, granted=True)
    clock.forward(minutes=factors.VOUCH_MINUTES + 1)
    with pytest.raises(NotFound), cast.db.write() as tx:
        factors.vouch(tx, cast.colleague, waiting.id, granted=True)

    assert members.session(cast.db, session.token) is None


def test_who_is_kept_out_stays_out(cast: Cast) -> None:
    enrol(cast)
    session = sign_in(cast)
    with cast.db.write() as tx:
        factors.ask(tx, session.token, now(cast))
        [waiting] = factors.waiting(tx, "demo")
        factors.vouch(tx, cast.colleague, waiting.id, granted=False)

    assert members.session(cast.db, session.token) is None
    with cast.db.read() as tx:
        assert factors.waiting(tx, "demo") == []


def test_a_reset_takes_factor_codes_and_sessions_away(cast: Cast) -> None:
    secret, codes = enrol(cast)
    session = sign_in(cast)

    with cast.db.write() as tx:
        factors.reset(tx, cast.clinician.id)

    assert members.halfway(cast.db, session.token) is None
    assert not factors.check(cast.db, session.token, now(cast), codes[0])
    with cast.db.write() as tx:
        assert factors.secret(tx, now(cast)) != secret


def test_the_password_is_good_as_a_proof_for_some_minutes(cast: Cast, clock: Clock) -> None:
    session = sign_in(cast)
    proofs = []
    for given in ("wrong", "secret of Clara"):
        clock.forward(minutes=members.PROOF_MINUTES + 1)
        members.prove(cast.db, session.token, cast.clinician, given, "192.0.2.1")
        with cast.db.read() as tx:
            proofs.append(members.is_proved(tx, session.token))

    assert proofs == [False, True]
