"""Several threads and processes at once: one message, one record, one claimer, one lease."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import Conflict, StoreUnavailable
from bot.store import (
    answers,
    clinics,
    closing,
    conversations,
    escalations,
    facts,
    members,
    messages,
    outbox,
    processes,
    turns,
)
from bot.store.database import Database
from bot.store.rows import Member, Received
from bot.store.schema import metadata
from tests.store.conftest import CRISIS, NOTED, TODAY, YES_OR_NO, Cast

T = TypeVar("T")
CLAIMANTS = int(os.environ.get("CLAIMANTS", "10"))  # `make soak` lets 200 claim, in 100 rounds.
CLAIM_ROUNDS = int(os.environ.get("CLAIM_ROUNDS", "2"))
ROOT = Path(__file__).parent.parent.parent


def at_once(count: int, work: Callable[[int], T]) -> list[T]:
    """Run `work` in so many threads that start together."""
    start = Barrier(count)

    def one(number: int) -> T:
        start.wait()
        return work(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))


def test_the_same_message_five_times_at_once_is_stored_once(cast: Cast) -> None:
    received = at_once(5, lambda _: cast.says("I want to die", client_id="1", found=CRISIS))

    assert sorted(one.duplicate for one in received) == [False, True, True, True, True]
    assert sorted(one.raised for one in received) == [False, False, False, False, True]
    assert len({one.message.id for one in received}) == 1
    assert len({one.turn.id for one in received}) == 1
    assert cast.shown() == ["I want to die"]
    with cast.db.read() as tx:
        assert len(outbox.undelivered(tx, "demo")) == 1


def test_two_bodies_under_one_client_id_at_once_store_one(cast: Cast) -> None:
    def send(number: int) -> Received | None:
        try:
            return cast.says(f"body {number}", client_id="1")
        except Conflict:
            return None

    received = at_once(6, send)

    assert sum(one is not None for one in received) == 1
    assert len(cast.shown()) == 1


def test_ten_messages_at_once_are_one_record_in_one_order(cast: Cast) -> None:
    found = (CRISIS, TODAY, NOTED)

    at_once(10, lambda number: cast.says(f"message {number}", found=found[number % 3]))

    with cast.db.read() as tx:
        stored = messages.transcript(tx, cast.patient.id)
        [record] = escalations.queue(tx, "demo")
        owed = turns.of_conversation(tx, cast.patient.id)
    assert [turn.message.id for turn in owed[1:]] == [message.id for message in stored]
    assert len({message.seq for message in stored}) == 10
    assert record.level == "emergency"
    assert [signal.seq for signal in record.signals] == list(range(1, 11))


def test_processes_that_send_the_same_messages_store_each_once(cast: Cast, database_url: str, tmp_path: Path) -> None:
    sent = [part for number in range(4) for part in (f"id {number}", f"message {number}")]
    command = [
        sys.executable,
        "-m",
        "tests.store.at_once",
        database_url,
        str(tmp_path / "keys.json"),
        cast.patient.id,
        *sent,
    ]

    running = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(3)]

    assert [(process.communicate(timeout=120)[1], process.returncode) for process in running] == [(b"", 0)] * 3
    assert sorted(cast.shown()) == [f"message {number}" for number in range(4)]
    assert cast.open_escalation().last_signal_seq == 4
    with cast.db.read() as tx:
        assert len(outbox.undelivered(tx, "demo")) == 1


def test_of_all_who_claim_at_once_one_wins_and_the_others_are_told_who(cast: Cast) -> None:
    found = cast.says("I want to die", found=CRISIS).escalation
    with cast.db.write() as tx:
        staff = [
            members.create(tx, "demo", f"{n}@demo.example", f"Member {n}", "clinician", "x") for n in range(CLAIMANTS)
        ]

    def claim(number: int) -> tuple[str, Member | None]:
        """Who is told that the database is busy presses the button again, as the page says."""
        while True:
            try:
                with cast.db.write() as tx:
                    return str(escalations.claim(tx, staff[number], found.id).claimer_name), staff[number]
            except Conflict as conflict:
                return str(conflict.current), None
            except StoreUnavailable:
                continue

    for _ in range(CLAIM_ROUNDS):
        said = at_once(CLAIMANTS, claim)

        [winner] = [member for _, member in said if member is not None]
        assert {name for name, _ in said} == {winner.name}
        assert cast.open_escalation().claimed_by == winner.id
        with cast.db.write() as tx:
            escalations.release(tx, winner, found.id)


def test_ten_who_lease_at_once_have_one_winner(cast: Cast) -> None:
    def lease(number: int) -> bool:
        with cast.db.write() as tx:
            return turns.lease(tx, cast.patient.id, f"owner {number}")

    assert sum(at_once(10, lease)) == 1


def test_a_turn_that_is_settled_by_several_at_once_has_its_replies_once(cast: Cast) -> None:
    with cast.db.write() as tx:
        turns.lease(tx, cast.patient.id, "a")
        turn = turns.next(tx, cast.patient.id)

    def settle(number: int) -> list[str]:
        with cast.db.write() as tx:
            return [message.id for message in turns.settle(tx, turn, "a", [YES_OR_NO], meaning=None)]

    settled = at_once(6, settle)

    assert len({tuple(ids) for ids in settled}) == 1
    assert cast.shown() == ["Is it safe?"]


def test_a_patient_who_starts_several_times_at_once_has_one_conversation(cast: Cast) -> None:
    def start(number: int) -> str:
        with cast.db.write() as tx:
            return conversations.start(tx, cast.clinic, language="en", identity="patient 7")[0].id

    assert len(set(at_once(6, start))) == 1


def test_two_who_take_over_at_once_have_one_winner(cast: Cast) -> None:
    def take_over(number: int) -> bool:
        try:
            with cast.db.write() as tx:
                conversations.take_over(tx, (cast.clinician, cast.colleague)[number % 2], cast.patient.id)
        except Conflict:
            return False
        return True

    won = at_once(2, take_over)

    assert sorted(won) == [False, True]


def test_workers_at_once_share_the_alerts(cast: Cast) -> None:
    with cast.db.write() as tx:
        owed = {outbox.add(tx, clinic_id="demo", kind="opened", level="urgent") for _ in range(20)}

    def work(number: int) -> list[str]:
        with cast.db.write() as tx:
            return [mine.id for mine in outbox.claim(tx, f"worker {number}", limit=5)]

    taken = [one for some in at_once(6, work) for one in some]

    assert len(taken) == len(set(taken))
    assert set(taken) <= owed
    assert len(taken) >= 15


def test_answers_facts_and_beats_at_once_are_one_row_each(cast: Cast) -> None:
    message = cast.says("7").message
    place = {"conversation_id": cast.patient.id, "message_id": message.id, "dialogue": "check_in", "session": "s"}

    def save(number: int) -> None:
        with cast.db.write() as tx:
            answers.save(tx, **place, step="CI1", wording="How?", value=number)
            facts.set(tx, cast.patient.id, "name", f"name {number}")
            processes.beat(tx, "worker", 7)

    at_once(6, save)

    with cast.db.read() as tx:
        assert len(answers.of(tx, cast.patient.id)) == 1
        assert list(facts.get(tx, cast.patient.id)) == ["name"]
        assert processes.state(tx)["worker"].starts == 1


def test_another_pid_is_another_start(cast: Cast) -> None:
    for pid in (7, 7, 8):
        with cast.db.write() as tx:
            processes.beat(tx, "worker", pid)

    with cast.db.read() as tx:
        assert (processes.state(tx)["worker"].pid, processes.state(tx)["worker"].starts) == (8, 2)


def test_the_database_itself_refuses_a_second_open_record_and_a_second_signal(cast: Cast) -> None:
    cast.says("I want to die", found=CRISIS)
    for table in ("escalations", "signals"):
        names = [column.name for column in metadata.tables[table].columns if column.name != "id"]
        quoted = ", ".join(f'"{name}"' for name in names)
        fresh = quoted.replace('"seq"', '"seq" + 1')

        with pytest.raises(Conflict), cast.db.write() as tx:
            tx.connection.exec_driver_sql(f"INSERT INTO {table} (id, {quoted}) SELECT 'new', {fresh} FROM {table}")


ACTS = st.lists(
    st.tuples(st.sampled_from(["says", "claims", "closes", "releases"]), st.sampled_from([NOTED, TODAY, CRISIS])),
    max_size=12,
)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@given(acts=ACTS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_there_is_one_open_record_and_its_level_never_falls(cast: Cast, acts: list[object]) -> None:
    with cast.db.write() as tx:
        patient, _ = conversations.start(tx, clinics.get(tx, "demo"), language="en")
    fresh = Cast(**{**vars(cast), "patient": patient})
    rank = {"emergency": 0, "same_day": 2, "note": 3}
    last: tuple[str, int] | None = None

    for act, found in acts:
        record = fresh.now().open_escalation
        if act == "says":
            fresh.says("something", found=found)
        elif record is not None:
            with cast.db.write() as tx:
                if act == "claims":
                    escalations.claim(tx, cast.clinician, record.id)
                elif act == "closes":
                    closing.close(tx, cast.clinician, record.id, "C10", "", record.last_signal_seq)
                elif record.claimed_by:
                    escalations.release(tx, cast.clinician, record.id)
        now = fresh.now().open_escalation
        with cast.db.read() as tx:
            assert sum(one.closed_at is None for one in escalations.of_conversation(tx, patient.id)) <= 1
        if now is not None and last is not None and now.id == last[0]:
            assert rank[now.level] <= last[1]
        last = None if now is None else (now.id, rank[now.level])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_writers_of_two_processes_do_not_starve_each_other(cast: Cast, connect: Callable[..., Database]) -> None:
    other = Cast(**{**vars(cast), "db": connect()})

    at_once(8, lambda number: [(cast, other)[number % 2].says(f"{number} {again}") for again in range(3)])

    assert len(cast.shown()) == 24
