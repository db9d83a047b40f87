"""Who is told depends on who is on duty; at night what can wait waits, and what cannot goes to the clinic's contact."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.alerts.ladder import climb
from bot.store import outbox, rota
from bot.store.rows import Member
from tests.alerts.conftest import TODAY, Ward
from tests.alerts.test_dispatch import Recorded
from tests.databases import Clock

URL = "json://127.0.0.1:9"


def on_duty(ward: Ward, member: Member, *, begins: timedelta, hours: float = 2, place: int = 0) -> None:
    with ward.db.write() as tx:
        start = (tx.now + begins).astimezone(ZoneInfo("Europe/London")).replace(second=0, microsecond=0)
        ends = (start + timedelta(hours=hours)).time()
        day = {"member_id": member.id, "starts": start.time(), "ends": ends, "place": place}
        rota.add_day(tx, "demo", start.date(), "on", **day)


def test_who_is_on_duty_is_told_first_and_the_second_person_only_if_nobody_takes_it(ward: Ward) -> None:
    nurse, manager = ward.channel(URL, of=ward.nurse), ward.channel(URL, of=ward.manager)
    on_duty(ward, ward.nurse, begins=timedelta(minutes=-5))
    on_duty(ward, ward.manager, begins=timedelta(minutes=-5), place=1)
    ward.crisis()
    well, broken = Recorded(), Recorded(nurse)

    ward.sends(well)
    ward.crisis()
    ward.sends(broken)

    assert well.steps() == [("duty", nurse.id)]
    assert broken.steps() == [("duty", nurse.id), ("second", manager.id)]


def test_at_night_an_emergency_goes_to_the_clinics_contact_and_again_when_duty_begins(ward: Ward, clock: Clock) -> None:
    nurse, clinic = ward.channel(URL, of=ward.nurse), ward.channel(URL, lane="clinic")
    on_duty(ward, ward.nurse, begins=timedelta(hours=8))
    ward.crisis()
    sent = Recorded()

    ward.sends(sent)
    climb(ward.db)
    assert sent.steps() == [("duty", clinic.id)]
    assert ward.incidents() == ["no_duty"]
    clock.forward(hours=8, minutes=1)
    ward.sends(sent)

    assert sent.steps() == [("duty", clinic.id), ("duty", nurse.id)]


def test_at_night_what_can_wait_waits_for_the_morning(ward: Ward, clock: Clock) -> None:
    nurse = ward.channel(URL, of=ward.nurse)
    ward.channel(URL, lane="clinic")
    on_duty(ward, ward.nurse, begins=timedelta(hours=8))
    ward.crisis(TODAY)
    sent = Recorded()

    ward.sends(sent)
    assert sent.sent == []
    clock.forward(hours=8, minutes=1)
    ward.sends(sent)

    assert sent.steps() == [("duty", nurse.id)]


def test_a_channel_for_emergencies_only_is_not_used_for_less(ward: Ward) -> None:
    ward.channel(URL, least="emergency")
    always = ward.channel(URL)
    ward.crisis(TODAY)
    sent = Recorded()

    ward.sends(sent)

    assert sent.steps() == [("duty", always.id)]


def test_when_strangers_flood_pages_are_grouped_and_records_are_not(ward: Ward, clock: Clock) -> None:
    ward.channel(URL)
    sent = Recorded()
    records = [ward.crisis(patient=ward.patient(identity=None)) for _ in range(9)]

    for _ in range(3):
        ward.sends(sent)
        clock.forward(seconds=1)
    later = [ward.crisis(patient=ward.patient(identity=None)) for _ in range(3)]
    known = ward.crisis()
    ward.sends(sent)

    kinds = [message.kind for _, _, message in sent.sent]
    assert kinds == ["several", "needs"]
    assert all(ward.now(one).is_told for one in records)
    assert not any(ward.now(one).is_told for one in later)
    assert ward.now(known).is_told

    clock.forward(minutes=3)
    for _ in range(3):
        ward.sends(sent)
        clock.forward(seconds=1)

    assert [message.kind for _, _, message in sent.sent] == ["several", "needs", "several"]
    assert all(ward.now(one).is_told for one in later)


def test_five_emergencies_of_strangers_are_five_pages(ward: Ward) -> None:
    ward.channel(URL)
    sent = Recorded()
    for _ in range(5):
        ward.crisis(patient=ward.patient(identity=None))

    ward.sends(sent)

    assert [message.kind for _, _, message in sent.sent] == ["needs"] * 5


def test_a_test_goes_to_its_channel_only_and_once(ward: Ward, clock: Clock) -> None:
    tested, _ = ward.channel(URL), ward.channel(URL)
    with ward.db.write() as tx:
        outbox.add(tx, clinic_id="demo", kind="test", level="emergency", channel_id=tested.id)
    sent = Recorded(tested)

    ward.sends(sent)
    clock.forward(minutes=5)
    ward.sends(sent)

    assert sent.steps() == [("test", tested.id)]
    assert ward.incidents() == ["channel"]
