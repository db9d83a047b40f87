"""One member claims a record, the others are told who; a claim runs on with every contact, and ends without."""

import pytest

from bot.errors import Conflict, Incomplete, NotFound
from bot.store import closing, escalations, messages, outbox
from bot.store.rows import Escalation, Member
from tests.databases import Clock
from tests.store.conftest import CRISIS, Cast


def kinds_owed(cast: Cast) -> list[tuple[str, str]]:
    with cast.db.read() as tx:
        return [(owed.kind, owed.level) for owed in outbox.undelivered(tx, "demo")]


def claim(cast: Cast, member: Member, found: Escalation) -> Escalation:
    with cast.db.write() as tx:
        return escalations.claim(tx, member, found.id)


def test_one_claims_and_the_others_are_told_who(cast: Cast) -> None:
    found = cast.says("I want to die", found=CRISIS).escalation

    claimed = claim(cast, cast.clinician, found)

    assert (claimed.state, claimed.claimed_by, claimed.claimer_name) == ("claimed", cast.clinician.id, "Clara")
    assert claimed.acknowledged_at is not None
    with pytest.raises(Conflict) as conflict:
        claim(cast, cast.colleague, found)
    assert conflict.value.current == "Clara"


@pytest.mark.parametrize("act", ["claim", "release", "acknowledge", "add_note", "contact", "close", "load"])
def test_another_clinics_member_finds_nothing(cast: Cast, act: str) -> None:
    found = cast.says("I want to die", found=CRISIS).escalation
    arguments = {"add_note": ["note"], "contact": ["contacted"], "close": ["C1", "note", 1]}.get(act, [])

    with pytest.raises(NotFound), cast.db.write() as tx:
        getattr(closing if act == "close" else escalations, act)(tx, cast.outsider, found.id, *arguments)
    assert cast.open_escalation() == found


def test_a_claim_ends_after_15_minutes_without_contact(cast: Cast, clock: Clock) -> None:
    found = cast.says("I want to die", found=CRISIS).escalation
    claim(cast, cast.clinician, found)
    clock.forward(minutes=14)
    assert cast.open_escalation().claimer_name == "Clara"

    clock.forward(minutes=2)

    back = cast.open_escalation()
    assert (back.state, back.claimed_by, back.claimer_name) == ("open", None, None)
    assert claim(cast, cast.colleague, found).claimer_name == "Carl"


def says_to_patient(cast: Cast, found: Escalation) -> None:
    with cast.db.write() as tx:
        messages.staff_say(tx, cast.patient, cast.clinician, "I am here")


def tries_to_call(cast: Cast, found: Escalation) -> None:
    with cast.db.write() as tx:
        escalations.contact(tx, cast.clinician, found.id, "contact_tried", "No answer")


def writes_a_note(cast: Cast, found: Escalation) -> None:
    with cast.db.write() as tx:
        escalations.add_note(tx, cast.clinician, found.id, "Calling her mother")


def claims_again(cast: Cast, found: Escalation) -> None:
    claim(cast, cast.clinician, found)


@pytest.mark.parametrize("contact", [says_to_patient, tries_to_call, writes_a_note, claims_again])
def test_a_contact_lets_the_claim_run_on(cast: Cast, clock: Clock, contact: object) -> None:
    found = cast.says("I want to die", found=CRISIS).escalation
    claim(cast, cast.clinician, found)
    clock.forward(minutes=14)

    contact(cast, found)
    clock.forward(minutes=14)

    assert cast.open_escalation().claimer_name == "Clara"


def test_a_claim_that_ended_is_alerted_again(cast: Cast, clock: Clock) -> None:
    found = cast.says("I want to die", found=CRISIS).escalation
    claim(cast, cast.clinician, found)
    clock.forward(minutes=16)

    with cast.db.write() as tx:
        assert escalations.expire_claims(tx) == [found.id]
        assert escalations.expire_claims(tx) == []

    assert kinds_owed(cast) == [("opened", "emergency"), ("claim_expired", "emergency")]
    assert cast.open_escalation().acknowledged_at is None


def test_a_claim_is_released_by_its_claimer_only(cast: Cast) -> None:
    found = cast.says("I want to die", found=CRISIS).escalation
    claim(cast, cast.clinician, found)

    with pytest.raises(Conflict) as conflict, cast.db.write() as tx:
        escalations.release(tx, cast.colleague, found.id)
    assert conflict.value.current == "Clara"
    with cast.db.write() as tx:
        released = escalations.release(tx, cast.clinician, found.id)
    assert (released.state, released.claimed_by) == ("acknowledged", None)


def test_the_first_acknowledgement_counts(cast: Cast, clock: Clock) -> None:
    found = cast.says("I want to die", found=CRISIS).escalation

    with cast.db.write() as tx:
        first = escalations.acknowledge(tx, cast.clinician, found.id)
    clock.forward(minutes=3)
    with cast.db.write() as tx:
        second = escalations.acknowledge(tx, cast.colleague, found.id)

    assert first.state == "acknowledged"
    assert second.acknowledged_at == first.acknowledged_at


def test_a_contact_is_a_state_and_a_note(cast: Cast) -> None:
    found = cast.says("I want to die", found=CRISIS).escalation

    with cast.db.write() as tx:
        tried = escalations.contact(tx, cast.clinician, found.id, "contact_tried", "No answer")
        reached = escalations.contact(tx, cast.clinician, found.id, "contacted", "Her mother is with her")
        still = escalations.contact(tx, cast.clinician, found.id, "contact_tried", "Engaged")
        record = escalations.load(tx, cast.clinician, found.id)

    assert (tried.state, reached.state, still.state) == ("contact_tried", "contacted", "contacted")
    assert tried.claimer_name == "Clara"
    assert [(note.kind, note.text, note.member_name) for note in record.notes] == [
        ("contact_tried", "No answer", "Clara"),
        ("contacted", "Her mother is with her", "Clara"),
        ("contact_tried", "Engaged", "Clara"),
    ]
    with pytest.raises(Incomplete, match="contact_tried, contacted"), cast.db.write() as tx:
        escalations.contact(tx, cast.clinician, found.id, "no idea")
