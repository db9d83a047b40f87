"""Closing an escalation: by a person, with an outcome code, having seen every signal; in clinics that want it so, an
emergency by two.

The first person proposes the outcome, another one confirms it or sends it back. A higher level ends a proposal, and a
newer signal refuses its confirmation.
"""

from bot.errors import Conflict, Incomplete
from bot.store import audit, clinics, conversations, escalations, outbox
from bot.store.database import Transaction
from bot.store.records import open_row
from bot.store.rows import Escalation, Member

OUTCOMES = tuple(f"C{number}" for number in range(1, 11))
WITHOUT_NOTE = ("C10",)
NOTHING_PROPOSED = {"proposed_by": None, "proposed_at": None, "proposed_outcome": None}


def close(
    tx: Transaction, member: Member, escalation_id: str, outcome: str, note: str, last_signal_seq: int
) -> Escalation:
    """Close it with an outcome code, having seen the signals up to `last_signal_seq`; or propose to, where two persons
    must close it.

    Raises Conflict if a newer signal exists (`current` is its number), it is closed (the outcome), or another
    member has claimed it (their name); Incomplete for an unknown code, or a missing note where the code needs one;
    NotFound.
    """
    if outcome not in OUTCOMES:
        raise Incomplete(f"outcome={outcome!r}: allowed is one of {', '.join(OUTCOMES)}")
    if outcome not in WITHOUT_NOTE and not note.strip():
        raise Incomplete(f"outcome {outcome} needs a note")
    now = escalations.load_open(tx, member, escalation_id)
    if now.claimed_by not in (None, member.id):
        raise Conflict("another member has claimed this escalation", current=now.claimer_name)
    _need_seen(now, last_signal_seq)
    if note.strip():
        escalations.write_note(tx, member, escalation_id, "closing", note, False)
    if needs_two(tx, now):
        proposed = {"proposed_by": member.id, "proposed_at": tx.now, "proposed_outcome": outcome}
        escalations.update(tx, escalation_id, **proposed)
        return escalations.audited(tx, member, "propose_close", escalation_id)
    return _close(tx, member, escalation_id, outcome, "close")


def confirm(tx: Transaction, member: Member, escalation_id: str, last_signal_seq: int) -> Escalation:
    """Close it as a colleague has proposed. Raises Conflict if nobody else has, or for a newer signal; NotFound."""
    now = _proposed_to(tx, member, escalation_id)
    _need_seen(now, last_signal_seq)
    return _close(tx, member, escalation_id, str(now.proposed_outcome), "confirm_close")


def send_back(tx: Transaction, member: Member, escalation_id: str, reason: str) -> Escalation:
    """Do not close it, and say why. Raises Conflict if no colleague has proposed it, Incomplete without a reason."""
    _proposed_to(tx, member, escalation_id)
    if not reason.strip():
        raise Incomplete("a proposal is sent back with a reason")
    escalations.write_note(tx, member, escalation_id, "sent_back", reason, False)
    escalations.update(tx, escalation_id, **NOTHING_PROPOSED)
    return escalations.audited(tx, member, "send_back", escalation_id)


def needs_two(tx: Transaction, escalation: Escalation) -> bool:
    """Whether one person is not enough: an emergency, in a clinic that wants two."""
    settings = clinics.get(tx, escalation.clinic_id).settings
    return settings.two_person_close and escalation.level == "emergency" and not escalation.drill


def close_drill(tx: Transaction, conversation_id: str, *, actor: str) -> None:
    """Close the open record of a drill as one (C10); a real one is never closed but by a person."""
    row = open_row(tx, conversation_id)
    if row is None or not conversations.is_drill(tx, conversation_id):
        return
    escalations.update(tx, row.id, state="closed", closed_at=tx.now, outcome="C10")
    outbox.cancel(tx, row.id)
    audit.write(tx, clinic_id=row.clinic_id, actor=actor, act="close", kind="escalation", subject=row.id)


def _proposed_to(tx: Transaction, member: Member, escalation_id: str) -> Escalation:
    now = escalations.load_open(tx, member, escalation_id)
    if now.proposed_by in (None, member.id):
        raise Conflict("no colleague has proposed to close this", current=now.proposed_by)
    return now


def _need_seen(now: Escalation, last_signal_seq: int) -> None:
    if now.last_signal_seq > last_signal_seq:
        raise Conflict("there is a newer signal than the one you saw", current=now.last_signal_seq)


def _close(tx: Transaction, member: Member, escalation_id: str, outcome: str, act: str) -> Escalation:
    values = {"state": "closed", "closed_at": tx.now, "closed_by": member.id, "outcome": outcome}
    escalations.update(tx, escalation_id, **values)
    outbox.cancel(tx, escalation_id)
    return escalations.audited(tx, member, act, escalation_id)
