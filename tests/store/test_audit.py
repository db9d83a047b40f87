"""Whoever changes, removes, inserts or cuts off audit rows is found out."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.store import audit
from bot.store.audit import AuditReport
from tests.store.conftest import Cast


def write(cast: Cast, count: int) -> None:
    for number in range(count):
        with cast.db.write() as tx:
            audit.write(tx, clinic_id="demo", actor="a", act="view", kind="conversation", subject=str(number))


def verify(cast: Cast) -> AuditReport:
    with cast.db.read() as tx:
        return audit.verify(tx)


def tamper(cast: Cast, *statements: str) -> None:
    with cast.db.write() as tx:
        for statement in statements:
            tx.connection.exec_driver_sql(statement)


def test_an_untouched_trail_is_right(cast: Cast) -> None:
    assert verify(cast) == AuditReport(ok=True, rows=0, first_bad=None)

    write(cast, 5)

    assert verify(cast) == AuditReport(ok=True, rows=5, first_bad=None)


@pytest.mark.parametrize(
    ("change", "first_bad"),
    [
        ("UPDATE audit SET actor = 'b' WHERE seq = 3", 3),
        ("UPDATE audit SET act = 'edit' WHERE seq = 3", 3),
        ("UPDATE audit SET kind = 'escalation' WHERE seq = 3", 3),
        ("UPDATE audit SET subject = 'x' WHERE seq = 3", 3),
        ("UPDATE audit SET clinic_id = 'other' WHERE seq = 3", 3),
        ("UPDATE audit SET clinic_id = NULL WHERE seq = 3", 3),
        ("UPDATE audit SET at = '2020-01-01 00:00:00' WHERE seq = 1", 1),
        ("UPDATE audit SET mac = (SELECT a.mac FROM audit a WHERE a.seq = 4) WHERE seq = 3", 3),
        ("DELETE FROM audit WHERE seq = 3", 3),
        ("DELETE FROM audit WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 5", 5),
        ("DELETE FROM audit WHERE seq > 2", 3),
        ("DELETE FROM audit", 1),
        ("DELETE FROM audit_head", 6),
        ("UPDATE audit_head SET rows = 4", 5),
    ],
)
def test_a_change_is_found_where_it_is(cast: Cast, change: str, first_bad: int) -> None:
    write(cast, 5)

    tamper(cast, change)

    report = verify(cast)
    assert not report.ok
    assert report.first_bad == first_bad


def test_an_inserted_row_is_found(cast: Cast) -> None:
    write(cast, 5)

    tamper(
        cast,
        "INSERT INTO audit SELECT 6, at, clinic_id, actor, act, kind, subject, mac FROM audit WHERE seq = 5",
        "UPDATE audit_head SET rows = 6",
    )

    assert verify(cast) == AuditReport(ok=False, rows=6, first_bad=6)


def test_rows_put_in_another_order_are_found(cast: Cast) -> None:
    write(cast, 5)

    tamper(
        cast,
        "UPDATE audit SET seq = 100 WHERE seq = 2",
        "UPDATE audit SET seq = 2 WHERE seq = 3",
        "UPDATE audit SET seq = 3 WHERE seq = 100",
    )

    assert verify(cast).first_bad == 2


def test_a_row_of_another_history_is_found(cast: Cast) -> None:
    write(cast, 2)
    tamper(cast, "CREATE TABLE kept AS SELECT * FROM audit_head")
    write(cast, 3)
    tamper(
        cast,
        "CREATE TABLE other AS SELECT * FROM audit",
        "DELETE FROM audit WHERE seq > 2",
        "DELETE FROM audit_head",
        "INSERT INTO audit_head SELECT * FROM kept",
    )
    with cast.db.write() as tx:
        audit.write(tx, clinic_id="demo", actor="b", act="close", kind="escalation", subject="e")
    write(cast, 2)
    assert verify(cast).ok

    tamper(cast, "DELETE FROM audit WHERE seq = 3", "INSERT INTO audit SELECT * FROM other WHERE seq = 3")

    assert verify(cast).first_bad == 4


def test_a_trail_that_was_cut_and_went_on_is_found(cast: Cast) -> None:
    write(cast, 5)
    tamper(cast, "DELETE FROM audit WHERE seq = 5")

    write(cast, 2)

    assert verify(cast).first_bad == 5


@pytest.mark.parametrize("loss", ["DELETE FROM audit_head", "DELETE FROM audit"])
def test_an_act_is_written_down_even_into_a_broken_trail(cast: Cast, loss: str) -> None:
    write(cast, 2)
    tamper(cast, loss)

    write(cast, 1)

    assert not verify(cast).ok
    with cast.db.read() as tx:
        assert audit.of(tx, "demo", kind="conversation", subject="0")


def test_a_trail_put_back_to_an_earlier_state_differs_from_its_exported_head(cast: Cast) -> None:
    write(cast, 3)
    with cast.db.read() as tx:
        exported = audit.head(tx)

    write(cast, 1)

    with cast.db.read() as tx:
        assert exported.startswith("3:")
        assert audit.head(tx) != exported


def test_acts_at_once_make_one_chain(cast: Cast) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: write(cast, 3), range(8)))

    assert verify(cast) == AuditReport(ok=True, rows=24, first_bad=None)


def test_a_clinic_sees_its_own_rows(cast: Cast) -> None:
    write(cast, 2)
    with cast.db.write() as tx:
        audit.write(tx, clinic_id="other", actor="o", act="view", kind="conversation", subject="0")
        audit.write(tx, clinic_id=None, actor="system", act="rotate", kind="keyring", subject="k")

    with cast.db.read() as tx:
        assert [row.seq for row in audit.of(tx, "demo")] == [1, 2]
        assert [row.seq for row in audit.of(tx, "other", kind="conversation", subject="0")] == [3]
    assert verify(cast).ok
