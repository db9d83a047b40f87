"""What a member does with a record, each as one transaction of the store, and why one was not done."""

from bot.errors import Conflict, Incomplete
from bot.store import closing, escalations
from bot.store.database import Transaction
from bot.web.console.access import Visit
from bot.web.console.rendering import Failure, console_words, page_words
from bot.web.words import Words

UNPROVED = "the password is asked for again before an emergency is closed"


def claim(visit: Visit, tx: Transaction) -> str:
    escalations.claim(tx, visit.member, visit.subject)
    return _record(visit, "claimed")


def release(visit: Visit, tx: Transaction) -> str:
    escalations.release(tx, visit.member, visit.subject)
    return _record(visit, "released")


def hand_over(visit: Visit, tx: Transaction) -> str:
    colleague, reason = visit.form.get("colleague", ""), visit.form.get("reason", "")
    escalations.hand_over(tx, visit.member, visit.subject, colleague, reason)
    return _record(visit, "handed_over")


def acknowledge(visit: Visit, tx: Transaction) -> str:
    escalations.acknowledge(tx, visit.member, visit.subject)
    return _record(visit, "acknowledged")


def contact(visit: Visit, tx: Transaction) -> str:
    result = visit.form.get("result", "")
    escalations.contact(tx, visit.member, visit.subject, result, visit.form.get("said", ""))
    return _record(visit, result)


def note(visit: Visit, tx: Transaction) -> str:
    text = visit.form.get("text", "")
    if not text.strip():
        raise Incomplete("a note needs a text")
    escalations.add_note(tx, visit.member, visit.subject, text, shared="shared" in visit.form)
    return _record(visit, "noted")


def close(visit: Visit, tx: Transaction) -> str:
    """Raises Incomplete without an outcome, its note, or the number of the last signal that the member has seen; for an
    emergency also without having shown just now who they are.
    """
    _need_proof(visit, tx)
    closed = closing.close(
        tx, visit.member, visit.subject, visit.form.get("outcome", ""), visit.form.get("note", ""), _seen(visit)
    )
    return _record(visit, "closed" if closed.closed_at else "proposed")


def confirm_close(visit: Visit, tx: Transaction) -> str:
    """The second person closes an emergency. Raises Incomplete as `close` does."""
    _need_proof(visit, tx)
    closing.confirm(tx, visit.member, visit.subject, _seen(visit))
    return _record(visit, "closed")


def send_back(visit: Visit, tx: Transaction) -> str:
    closing.send_back(tx, visit.member, visit.subject, visit.form.get("reason", ""))
    return _record(visit, "sent_back")


def _need_proof(visit: Visit, tx: Transaction) -> None:
    now = escalations.load_open(tx, visit.member, visit.subject)
    if now.level == "emergency" and not now.drill and not visit.is_proved(tx):
        raise Incomplete(UNPROVED)


def _seen(visit: Visit) -> int:
    seen = visit.form.get("last_signal_seq", "")
    if not seen.isdecimal():
        raise Incomplete("closing names the last signal that was seen")
    return int(seen)


def excuse(visit: Visit, error: Conflict | Incomplete) -> tuple[Failure, int]:
    """Why an act was not done, for the person who wanted it, and the status of the answer."""
    words = console_words(visit.clinic)
    if str(error) == UNPROVED:
        missing = page_words("people", visit.clinic)["proof"]
        return Failure(lines=(missing["missing"],), link="#password", link_words=missing["password"]), 422
    if isinstance(error, Incomplete):
        return _incomplete(visit, words), 422
    return _conflict(visit, error, words), 409


def _incomplete(visit: Visit, words: Words) -> Failure:
    said = words["failed"]
    if visit.request.url.path.endswith("/notes"):
        return Failure(lines=(said["note_empty"],))
    if visit.request.url.path.endswith("/send-back"):
        return Failure(lines=(said["reason_missing"],), link="#send-back", link_words=words["closing"]["send_back"])
    if visit.request.url.path.endswith("/handover"):
        return Failure(lines=(said["handing_missing"],), link="#handing", link_words=words["handing"]["title"])
    if visit.request.url.path.endswith("/contact"):
        return Failure(lines=(said["result_missing"],))
    if visit.form.get("outcome") not in words["outcomes"]:
        return Failure(lines=(said["outcome_missing"],), link="#close", link_words=words["closing"]["title"])
    return Failure(lines=(said["note_missing"],), link="#closing-note", link_words=words["closing"]["note"])


def _conflict(visit: Visit, error: Conflict, words: Words) -> Failure:
    """The record as it stands now tells which of the ways to lose this was."""
    said = words["failed"]
    with visit.db.read() as tx:
        now = escalations.load(tx, visit.member, visit.subject).escalation
    if now.closed_at is not None:
        return Failure(lines=(said["is_closed"],))
    if isinstance(error.current, int):
        return Failure(lines=(said["newer"], said["newer_kept"]), link="#said", link_words=said["newer_link"])
    if now.claimed_by not in (None, visit.member.id):
        lost = said["claim_lost" if visit.request.url.path.endswith("/claim") else "claimed_by_other"]
        return Failure(lines=(lost.format(name=now.claimer_name),))
    if now.claimed_by is None:
        return Failure(lines=(said["not_yours"],))
    return Failure(lines=(said["changed"],))


def _record(visit: Visit, done: str) -> str:
    return f"/console/escalations/{visit.subject}?done={done}"
