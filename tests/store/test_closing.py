"""Where a clinic wants it so, two people close an emergency; one of them cannot be both."""

import pytest

from bot.errors import Conflict, Incomplete, NotFound
from bot.store import clinics, closing, escalations
from bot.store.rows import Escalation
from tests.store.conftest import CRISIS, TODAY, Cast


@pytest.fixture
def emergency(cast: Cast) -> Escalation:
    with cast.db.write() as tx:
        clinics.change(tx, "demo", two_person_close=True)
    cast.says("I want to end it tonight", found=CRISIS)
    with cast.db.write() as tx:
        return escalations.claim(tx, cast.clinician, cast.open_escalation().id)


def propose(cast: Cast, record: Escalation) -> Escalation:
    with cast.db.write() as tx:
        return closing.close(tx, cast.clinician, record.id, "C1", "spoke to her", record.last_signal_seq)


def test_one_proposes_and_another_confirms(cast: Cast, emergency: Escalation) -> None:
    proposed = propose(cast, emergency)

    with cast.db.write() as tx:
        closed = closing.confirm(tx, cast.colleague, emergency.id, emergency.last_signal_seq)

    assert (proposed.closed_at, proposed.proposer_name, proposed.proposed_outcome) == (None, "Clara", "C1")
    assert (closed.state, closed.outcome) == ("closed", "C1")


def test_nobody_confirms_their_own_proposal_and_no_other_clinic_does(cast: Cast, emergency: Escalation) -> None:
    propose(cast, emergency)

    with pytest.raises(Conflict), cast.db.write() as tx:
        closing.confirm(tx, cast.clinician, emergency.id, 99)
    with pytest.raises(NotFound), cast.db.write() as tx:
        closing.confirm(tx, cast.outsider, emergency.id, 99)

    assert cast.open_escalation().proposed_by == cast.clinician.id


def test_what_was_not_proposed_is_not_confirmed(cast: Cast, emergency: Escalation) -> None:
    with pytest.raises(Conflict), cast.db.write() as tx:
        closing.confirm(tx, cast.colleague, emergency.id, 99)


def test_a_newer_signal_refuses_the_confirmation(cast: Cast, emergency: Escalation) -> None:
    propose(cast, emergency)
    cast.says("I have the tablets here", found=CRISIS)

    with pytest.raises(Conflict, match="newer signal"), cast.db.write() as tx:
        closing.confirm(tx, cast.colleague, emergency.id, emergency.last_signal_seq)

    assert cast.open_escalation().closed_at is None


def test_a_proposal_is_sent_back_with_a_reason(cast: Cast, emergency: Escalation) -> None:
    propose(cast, emergency)

    with pytest.raises(Incomplete), cast.db.write() as tx:
        closing.send_back(tx, cast.colleague, emergency.id, " ")
    with cast.db.write() as tx:
        sent_back = closing.send_back(tx, cast.colleague, emergency.id, "call her sister first")
        notes = escalations.notes_of(tx, emergency.id)

    assert (sent_back.proposed_by, sent_back.closed_at) == (None, None)
    assert [note.kind for note in notes] == ["closing", "sent_back"]


def test_one_is_enough_for_what_is_no_emergency(cast: Cast) -> None:
    with cast.db.write() as tx:
        clinics.change(tx, "demo", two_person_close=True)
    cast.says("I need more of them", found=TODAY)

    assert propose(cast, cast.open_escalation()).state == "closed"


def test_a_level_that_rises_ends_the_proposal(cast: Cast, emergency: Escalation) -> None:
    with cast.db.write() as tx:
        escalations.update(tx, emergency.id, level="urgent", level_rank=1)
        escalations.update(tx, emergency.id, proposed_by=cast.clinician.id, proposed_outcome="C1")
    cast.says("I am on the bridge", found=CRISIS)

    assert cast.open_escalation().proposed_by is None
