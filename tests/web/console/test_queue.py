"""The queue: the worst first, nothing of what was said, emergencies always."""

import re

import pytest
import sqlalchemy as sa

from bot.store import clinics, closing, escalations, processes, turns
from bot.web.console import board
from tests.web.console.conftest import Staff
from tests.web.console.ward import Case, Ward


def opened(ward: Ward, level: str, category: str, **ago: float) -> Case:
    ward.clock.at(**ago)
    case = ward.case()
    case.say("canary words of a patient", level, category)
    ward.clock.at()
    return case


def order(page: str) -> list[str]:
    return re.findall(r'id="record-([0-9a-f]{32})"', page)


def test_the_worst_level_stands_first_and_then_the_oldest(ward: Ward, ada: Staff) -> None:
    note = opened(ward, "note", "driving_caring_impaired", days=3)
    young = opened(ward, "urgent", "abrupt_stop", minutes=5)
    old = opened(ward, "urgent", "self_harm", minutes=50)
    today = opened(ward, "same_day", "request_human", hours=5)
    emergency = opened(ward, "emergency", "suicidal_ideation", seconds=10)

    page = ada.get("/console").text

    assert order(page) == [case.escalation.id for case in (emergency, old, young, today, note)]
    assert "5 open: 1 emergency, 2 urgent, 1 same day, 1 to note." in page


def test_the_list_has_categories_in_words_and_nothing_of_what_was_said(ward: Ward, ada: Staff) -> None:
    opened(ward, "emergency", "suicidal_ideation").know(name="canary name", contact="07700 900123")

    page = ada.get("/console").text

    assert "Suicidal thoughts, plans or acts" in page
    assert "canary" not in page
    assert "07700" not in page


def test_another_clinics_records_are_not_in_it(ward: Ward, cleo: Staff) -> None:
    opened(ward, "emergency", "suicidal_ideation")

    assert "Nothing is open." in cleo.get("/console").text


@pytest.mark.parametrize(
    ("show", "seen"),
    [("all", "unclaimed mine theirs"), ("unclaimed", "unclaimed"), ("mine", "mine"), ("x", "unclaimed mine theirs")],
)
def test_no_choice_hides_an_emergency(ward: Ward, ada: Staff, show: str, seen: str) -> None:
    emergency = opened(ward, "emergency", "suicidal_ideation")
    cases = {name: opened(ward, "urgent", "self_harm") for name in ("unclaimed", "mine", "theirs")}
    with ward.db.write() as tx:
        escalations.claim(tx, ward.ada, cases["mine"].escalation.id)
        escalations.claim(tx, ward.ben, cases["theirs"].escalation.id)
        escalations.claim(tx, ward.ben, emergency.escalation.id)

    page = ada.get(f"/console?show={show}").text

    shown = order(page)
    assert shown[0] == emergency.escalation.id
    assert set(shown[1:]) == {cases[name].escalation.id for name in seen.split()}
    assert ("not shown by this choice. Emergencies are always shown." in page) == (show in ("unclaimed", "mine"))


@pytest.mark.parametrize(
    ("level", "ago", "words"),
    [
        ("emergency", {"seconds": 70}, r"Acknowledge within 3\s+min 4\d\s+s"),
        ("emergency", {"minutes": 7}, r"OVERDUE: not acknowledged for 2\s+min \d\s+s longer than allowed"),
        ("urgent", {"minutes": 10}, r"Acknowledge within (20\s+min 0|19\s+min 5\d)\s+s"),
        ("same_day", {"hours": 30}, r"OVERDUE: reach the person, 6\s+h 0\s+min past the limit"),
    ],
)
def test_what_is_due_and_overdue_is_said_in_words(
    ward: Ward, ada: Staff, level: str, ago: dict[str, float], words: str
) -> None:
    opened(ward, level, "suicidal_ideation", **ago)

    assert re.search(words, ada.get("/console").text)


def test_who_has_claimed_it_is_said(ward: Ward, ada: Staff) -> None:
    case = opened(ward, "urgent", "self_harm")
    free = ada.get("/console").text
    with ward.db.write() as tx:
        escalations.claim(tx, ward.ben, case.escalation.id)

    claimed = ada.get("/console").text

    assert "Nobody has claimed it" in free
    assert f'action="{case.path}/claim"' in free
    assert "Claimed by Ben Osei." in claimed
    assert f'action="{case.path}/claim"' not in claimed


def test_what_the_bot_did_not_answer_is_a_list_of_its_own(ward: Ward, ada: Staff) -> None:
    case = ward.case()
    case.bot("Hello.")
    case.say("canary words of a patient")
    with ward.db.write() as tx:
        turns.lease(tx, case.conversation.id, "test", 600)
        for turn in turns.of_conversation(tx, case.conversation.id):
            for _ in range(8):
                turns.fail(tx, turn, "test", "timed out", holding=None)

    page = ada.get("/console").text

    assert "Given up after 8 tries: only a person can answer this." in page
    assert f'href="/console/conversations/{case.conversation.id}"' in page
    assert "canary" not in page


def test_a_worker_that_is_silent_is_told_and_one_that_beats_is_not(ward: Ward, ada: Staff) -> None:
    silent = ada.get("/console").text
    with ward.db.write() as tx:
        processes.beat(tx, "worker", 1)
    beating = ada.get("/console").text

    assert "The worker is not running" in silent
    assert "The worker is not running" not in beating


def test_nothing_that_the_queue_asks_goes_through_the_history(ward: Ward) -> None:
    asked: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        asked.append((statement, parameters))

    with ward.db.read() as tx:
        clinic = clinics.get(tx, "demo")
        sa.event.listen(ward.db.engine, "before_cursor_execute", note)
        board.gather(tx, clinic)
        sa.event.remove(ward.db.engine, "before_cursor_execute", note)
        plans = [
            str(step[3])
            for statement, parameters in asked
            for step in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
        ]

    history = re.compile(
        r"SCAN (conversations|messages|turns|signals)|USING INDEX ix_(conversations|turns)_clinic \(clinic_id=\?\)"
    )
    assert len(plans) > 5
    assert [step for step in plans if history.search(step)] == []


def test_closed_records_are_found_with_what_came_of_them(ward: Ward, ada: Staff) -> None:
    case = opened(ward, "urgent", "self_harm")
    with ward.db.write() as tx:
        closing.close(tx, ward.ada, case.escalation.id, "C10", "drill", case.escalation.last_signal_seq)

    page = ada.get("/console/closed").text

    assert case.path in page
    assert "Training or test record" in page
    assert "canary" not in page
