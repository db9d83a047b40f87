"""The shift handover, the manager's overdue records, and the audit page."""

from bot.store import clinics, members
from tests.web.console.conftest import Staff
from tests.web.console.test_acts import closing
from tests.web.console.ward import Ward


def test_the_next_person_sees_what_is_open_late_and_noted(ward: Ward, ada: Staff, ben: Staff) -> None:
    ward.clock.at(hours=2)
    case = ward.emergency()
    ward.clock.at()
    ada.post(f"{case.path}/notes", data={"text": "her sister is on the way"})

    page = ben.get("/console/shift").text

    assert page.index("Late, and without an outcome") < page.index(case.path) < page.index("Open, in time")
    assert "her sister is on the way" in page
    assert "Nobody holds it" in page


def test_only_who_oversees_is_told_on_the_queue_what_is_late(ward: Ward, ada: Staff) -> None:
    ward.clock.at(hours=2)
    ward.emergency()
    ward.clock.at()
    as_clinician = ada.get("/console").text
    with ward.db.write() as tx:
        members.set_role(tx, ward.ada.id, "manager")

    as_manager = ada.get("/console").text

    assert "Past a limit, and without an outcome: 1." not in as_clinician
    assert "Past a limit, and without an outcome: 1." in as_manager


def test_an_emergency_is_closed_by_two_where_the_clinic_wants_it(ward: Ward, ada: Staff, ben: Staff) -> None:
    with ward.db.write() as tx:
        clinics.change(tx, "demo", two_person_close=True)
    case = ward.emergency()
    ada.post(f"{case.path}/claim")

    proposed = ada.post(f"{case.path}/close", data=closing(case))
    alone = ada.post(f"{case.path}/confirm", data={"last_signal_seq": "99"})
    seen_by_ben = ben.get(case.path).text
    ben.post(f"{case.path}/confirm", data={"last_signal_seq": str(case.escalation.last_signal_seq)})

    assert proposed.headers["location"].endswith("?done=proposed")
    assert alone.status_code == 409
    assert "Ada Nowak proposes to close this as C1" in seen_by_ben
    assert case.escalation.outcome == "C1"


def test_the_trail_is_searched_by_who_what_and_when(ward: Ward, ada: Staff, ben: Staff) -> None:
    case = ward.emergency()
    ada.post(f"{case.path}/claim")
    ben.get(case.path)
    with ward.db.write() as tx:
        members.set_role(tx, ward.ada.id, "administrator")

    claims = ada.get(f"/console/audit?who={ward.ada.id}&act=claim").text
    of_ben = ada.get(f"/console/audit?who={ward.ben.id}&kind=escalation").text
    yesterday = ada.get("/console/audit?until=2020-01-01").text

    assert claims.count("<tr><td>") == 1
    assert of_ben.count("<tr><td>") == 1
    assert "read it" in of_ben
    assert "Nothing fits." in yesterday
    assert "kill myself" not in claims
