"""Live pages: what has changed comes by itself, with a sentence for those who hear it; the end is told too."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.store import clinics, closing, escalations, members
from bot.web.console import live
from bot.web.console.access import COOKIE
from bot.web.console.gathering import Gathering
from tests.web.api.houses import Events
from tests.web.console.conftest import Staff
from tests.web.console.ward import Ward


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "BEAT_SECONDS", 0.3)


@contextmanager
def following(staff: Staff, path: str) -> Iterator[Events]:
    with staff.stream("GET", path, timeout=20) as response:
        assert response.status_code == 200
        assert response.headers["cache-control"] == "no-store"
        yield Events(response)


def test_a_new_emergency_comes_to_an_open_queue_and_is_told(ward: Ward, ada: Staff) -> None:
    with following(ada, "/console/queue/stream") as events:
        first = events.next("board")[1]
        case = ward.emergency()
        told = events.next("board")[1]

    assert first["say"] == ""
    assert first["emergencies"] == 0
    assert f'id="record-{case.escalation.id}"' in told["html"]
    assert told["emergencies"] == 1
    assert told["say"] == "New in the queue: Emergency, Suicidal thoughts, plans or acts. 1 open."
    assert "kill" not in told["html"]


def test_what_happens_to_a_record_is_told_step_by_step(ward: Ward, ada: Staff) -> None:
    case = ward.case()
    case.say("took three extra", "same_day", "escalating_use")
    said = []
    with following(ada, "/console/queue/stream") as events:
        events.next("board")
        case.say("i want to kill myself", "emergency", "suicidal_ideation")
        said.append(events.next("board")[1]["say"])
        with ward.db.write() as tx:
            escalations.claim(tx, ward.ben, case.escalation.id)
        said.append(events.next("board")[1]["say"])
        with ward.db.write() as tx:
            closing.close(tx, ward.ben, case.escalation.id, "C10", "drill", 9)
        said.append(events.next("board")[1]["say"])

    assert said[0].startswith("Raised: Emergency, ")
    assert said[1].startswith("Ben Osei claimed ")
    assert "has left the queue. 0 open." in said[2]


def test_who_has_claimed_a_record_reads_it_as_theirs(ward: Ward, ada: Staff, ben: Staff) -> None:
    case = ward.emergency()
    with ward.db.write() as tx:
        escalations.claim(tx, ward.ada, case.escalation.id)

    with following(ada, "/console/queue/stream") as for_ada, following(ben, "/console/queue/stream") as for_ben:
        hers, his = (events.next("board")[1]["html"] for events in (for_ada, for_ben))

    assert "You have claimed this." in hers
    assert "Claimed by Ada Nowak." in his


def test_what_several_people_see_alike_is_drawn_once(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    gathering = Gathering(ward.db)
    drawn: list[str] = []

    def look(key: str) -> None:
        gathering.drawn("demo", key, lambda: str(drawn.append(key)))

    for key in ("", "", "ada"):
        look(key)
    gathering.stir()
    look("")
    monkeypatch.setattr("bot.web.console.gathering.FRESH_SECONDS", 0.0)
    look("")

    assert drawn == ["", "ada", ""]


def test_what_many_ask_for_while_one_reads_is_read_once_more_for_all(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathering, begun, go_on, reads = Gathering(ward.db), threading.Event(), threading.Event(), list[int]()

    def gather(*_: object) -> int:
        reads.append(len(reads))
        gathering.stir()  # Patients write on.
        begun.set()
        assert go_on.wait(30)
        return len(reads)

    monkeypatch.setattr("bot.web.console.gathering.gather", gather)
    with ward.db.read() as tx:
        clinic = clinics.get(tx, "demo")
    found: list[object] = []
    readers = [threading.Thread(target=lambda: found.append(gathering.of(clinic))) for _ in range(9)]
    readers[0].start()
    assert begun.wait(30)
    for reader in readers[1:]:
        reader.start()
    time.sleep(0.2)  # Most of them wait now.
    go_on.set()
    for reader in readers:
        reader.join()

    assert found.count(1) == 1, "who came later must see more than the first"
    assert len(reads) < len(readers)


def test_nothing_is_sent_again_while_nothing_changes(ward: Ward, ada: Staff) -> None:
    ward.emergency()

    with following(ada, "/console/queue/stream") as events:
        kinds = [events.next()[0] for _ in range(4)]

    assert kinds == ["board", "beat", "beat", "beat"]


def test_another_clinics_queue_hears_nothing(ward: Ward, cleo: Staff) -> None:
    with following(cleo, "/console/queue/stream") as events:
        events.next("board")
        ward.emergency()
        kinds = [events.next()[0] for _ in range(3)]

    assert kinds == ["beat", "beat", "beat"]


def test_an_open_record_learns_that_more_was_said_and_who_claimed_it(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()
    page = ada.get(case.path).text
    path = page.split('data-stream="')[1].split('"')[0].replace("&amp;", "&")

    with following(ada, path) as events:
        first = events.next("board")[1]
        case.say("are you there")
        more = events.next("board")[1]
        with ward.db.write() as tx:
            escalations.claim(tx, ward.ben, case.escalation.id)
        claimed = events.next("board")[1]

    assert (first["news"], more["news"]) == (0, 1)
    assert "data-news hidden" in first["html"]
    assert "data-news>" in more["html"]
    assert more["say"] == "Something new was said since you loaded this page."
    assert claimed["say"] == "Claimed by Ben Osei."
    assert "are you there" not in more["html"]


def test_a_stream_ends_with_the_session_and_says_so(ward: Ward, ada: Staff) -> None:
    with following(ada, "/console/queue/stream") as events:
        events.next("board")
        with ward.db.write() as tx:
            members.logout(tx, ada.cookies[COOKIE])
        assert events.next("ended")[0] == "ended"
        with pytest.raises(StopIteration):
            events.next()


def test_opening_a_stream_is_one_line_in_the_audit_trail(ward: Ward, ada: Staff) -> None:
    with following(ada, "/console/queue/stream") as events:
        for _ in range(3):
            events.next()

    assert [(row.act, row.kind, row.subject) for row in ward.rows(ward.ada)] == [("watch", "queue", "demo")]


def test_colleagues_see_who_has_a_record_open_and_that_they_have_left(ward: Ward, ada: Staff, ben: Staff) -> None:
    case = ward.emergency()
    with following(ada, "/console/queue/stream") as queue, following(ada, f"{case.path}/stream") as record:
        for events in (queue, record):
            assert "Looking at it now" not in events.next("board")[1]["html"]
        with following(ben, f"{case.path}/stream"):
            in_queue, in_record = queue.next("board")[1], record.next("board")[1]
        left = [events.next("board")[1] for events in (queue, record)]

    assert "Looking at it now: Ben Osei" in in_queue["html"]
    assert "Ada Nowak" not in in_queue["html"]
    assert "Looking at it now: Ben Osei" in in_record["html"]
    assert in_record["say"] == "Looking at it now: Ben Osei"
    assert all("Looking at it now" not in told["html"] for told in left)
