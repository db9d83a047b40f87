"""Alerts and duty: everybody sees it, a manager changes it, no address is shown, and another clinic sees none of it."""

import pytest

from bot.store import channels, incidents, members, outbox, rota
from tests.web.console.conftest import Staff
from tests.web.console.ward import EMAILS, Ward

SECRET_URL = "mailtos://nurse:heliotrope@mail.example"


@pytest.fixture
def manager(ward: Ward, ada: Staff) -> Staff:
    """Ada, who is a manager."""
    with ward.db.write() as tx:
        members.set_role(tx, members.by_email(tx, "demo", EMAILS["ada"]).id, "manager")
    return ada


def channel_of(ward: Ward) -> channels.Channel:
    with ward.db.read() as tx:
        return channels.of_clinic(tx, "demo")[0]


def test_a_manager_adds_a_channel_whose_address_nobody_sees_again(ward: Ward, manager: Staff) -> None:
    form = {"name": "Duty phone", "address": SECRET_URL, "whose": "duty", "least": "urgent"}

    answer = manager.post("/console/duty/channels", data=form)

    assert answer.headers["location"] == "/console/duty?done=added"
    page = manager.get("/console/duty").text
    assert "Duty phone" in page
    assert "heliotrope" not in page
    assert channel_of(ward).url == SECRET_URL
    assert channel_of(ward).least == "urgent"


def test_a_test_is_owed_on_that_channel(ward: Ward, manager: Staff) -> None:
    manager.post("/console/duty/channels", data={"name": "x", "address": SECRET_URL, "whose": "clinic"})

    manager.post(f"/console/duty/channels/{channel_of(ward).id}/test")

    with ward.db.read() as tx:
        [owed] = outbox.undelivered(tx, "demo")
    assert (owed.kind, owed.channel_id) == ("test", channel_of(ward).id)


def test_a_shift_is_added_shown_and_removed(ward: Ward, manager: Staff) -> None:
    form = {"weekday": "0", "starts": "09:00", "ends": "17:00", "member": ward.ada.id, "place": "1"}
    manager.post("/console/duty/shifts", data=form)
    with ward.db.read() as tx:
        [shift] = rota.of(tx, "demo").shifts
    assert "09:00" in manager.get("/console/duty").text

    manager.post(f"/console/duty/rota/{shift.id}/remove")

    with ward.db.read() as tx:
        assert rota.of(tx, "demo").shifts == ()


def test_a_holiday_is_added(ward: Ward, manager: Staff) -> None:
    manager.post("/console/duty/days", data={"day": "2026-12-25", "kind": "closed", "member": ward.ada.id})

    with ward.db.read() as tx:
        [day] = rota.of(tx, "demo").days
    assert (day.kind, day.member_id) == ("closed", None)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("shifts", {"weekday": "9", "starts": "09:00", "ends": "17:00"}),
        ("shifts", {"weekday": "1", "starts": "nine", "ends": "17:00"}),
        ("days", {"day": "tomorrow", "kind": "closed"}),
        ("days", {"day": "2026-12-25", "kind": "on"}),
        ("channels", {"name": "x", "address": "no address", "whose": "duty"}),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_kept(
    ward: Ward, manager: Staff, path: str, form: dict[str, str]
) -> None:
    answer = manager.post(f"/console/duty/{path}", data={"member": ward.ada.id, **form})

    assert answer.status_code == 422
    assert "Check what you entered" in answer.text
    with ward.db.read() as tx:
        assert (rota.of(tx, "demo").shifts, channels.of_clinic(tx, "demo")) == ((), [])


def test_who_is_no_manager_sees_it_and_changes_nothing(ward: Ward, ben: Staff) -> None:
    form = {"name": "x", "address": SECRET_URL, "whose": "duty"}

    answer = ben.post("/console/duty/channels", data=form)

    assert answer.status_code == 403
    assert "Your role does not do this" in answer.text
    assert "There is no channel." in ben.get("/console/duty").text
    with ward.db.read() as tx:
        assert channels.of_clinic(tx, "demo") == []


def test_another_clinics_channel_is_not_there(ward: Ward, manager: Staff, cleo: Staff) -> None:
    manager.post("/console/duty/channels", data={"name": "x", "address": SECRET_URL, "whose": "duty"})
    with ward.db.write() as tx:
        members.set_role(tx, members.by_email(tx, "other", EMAILS["cleo"]).id, "manager")

    answers = [cleo.post(f"/console/duty/channels/{channel_of(ward).id}/{act}") for act in ("test", "remove")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert channel_of(ward).url == SECRET_URL


def test_a_failing_channel_stands_on_two_screens(ward: Ward, manager: Staff) -> None:
    manager.post("/console/duty/channels", data={"name": "Pager", "address": SECRET_URL, "whose": "duty"})
    with ward.db.write() as tx:
        channels.tried(tx, channel_of(ward).id, reason="answered 503")
        incidents.opened(tx, "demo", "channel", channel_of(ward).id)

    assert "A channel for alerts is failing." in manager.get("/console").text
    assert "FAILING" in manager.get("/console/duty").text
    assert manager.get("/health").json()["parts"]["alerts"] == {"up": False, "incidents": 1}


def test_a_record_says_that_its_alert_reached_nobody_and_that_the_patient_is_silent(ward: Ward, ben: Staff) -> None:
    ward.clock.at(minutes=5)
    case = ward.emergency()
    ward.clock.at()
    with ward.db.write() as tx:
        incidents.opened(tx, "demo", "undelivered", case.escalation.id)

    page = ben.get(case.path).text

    assert "An alert could not be delivered to anybody." in page
    assert "The patient has been silent for" in page
