"""The drill button: a marked crisis by the chat API, timed, and closed as a test; never a real one."""

import re

from bot.store import escalations
from tests.web.console.conftest import Staff
from tests.web.console.ward import Ward


def test_a_drill_comes_in_like_a_patient_and_is_closed_as_a_test(ward: Ward, ada: Staff) -> None:
    ada.post("/console/drill")
    page = ada.get("/console/drill").text
    with ward.db.read() as tx:
        [record] = escalations.queue(tx, "demo")
    [stop] = re.findall(r"/console/drill/[0-9a-f]{32}/stop", page)

    ada.post(stop)

    assert (record.level, record.drill) == ("emergency", True)
    assert "It is running." in page
    assert re.search(r"The record is in the queue</th><td>\d+\.\d s", page)
    assert "DRILL: no patient is waiting." in ada.get(f"/console/escalations/{record.id}").text
    assert "It is over." in ada.get("/console/drill").text
    with ward.db.read() as tx:
        assert escalations.by_id(tx, record.id).outcome == "C10"


def test_a_real_conversation_is_not_ended_as_a_drill(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()

    answer = ada.post(f"/console/drill/{case.conversation.id}/stop")

    assert answer.status_code == 404
    assert case.escalation.closed_at is None
