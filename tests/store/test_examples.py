"""A clinic's own examples: of closed false alarms and misses, never the patient's sentence, judged by somebody else."""

import pytest

from bot.errors import Conflict, Incomplete, NotFound
from bot.store import audit, closing, escalations, examples
from bot.store.examples import Proposed, TooNear
from bot.store.rows import Member
from tests.store.conftest import CRISIS, Cast

SAID = "if one more person calls me a walking time bomb I am leaving the choir"
OWN = "I will quit my club when they make that joke again"


def closed(cast: Cast, outcome: str = "C7") -> str:
    """A record of what the patient said, closed by the clinician. Gives its id."""
    found = cast.says(SAID, found=CRISIS).escalation
    with cast.db.write() as tx:
        escalations.claim(tx, cast.clinician, found.id)
        closing.close(tx, cast.clinician, found.id, outcome, "An idiom.", found.last_signal_seq)
    return found.id


def propose(cast: Cast, record: str, text: str = OWN, *, level: str = "", by: Member | None = None) -> Proposed:
    with cast.db.write() as tx:
        return examples.propose(tx, by or cast.clinician, record, text=text, category="suicidal_ideation", level=level)


def judge(cast: Cast, member: Member, example: Proposed, *, accept: bool = True) -> Proposed:
    with cast.db.write() as tx:
        return examples.judge(tx, member, example.id, accept=accept)


def learnt(cast: Cast) -> list[tuple[str, str]]:
    with cast.db.read() as tx:
        return [(one.text, one.level) for one in examples.accepted(tx)]


def test_what_a_second_person_accepts_is_learnt_from(cast: Cast) -> None:
    example = propose(cast, closed(cast))
    assert learnt(cast) == []

    judge(cast, cast.colleague, example)

    assert learnt(cast) == [(OWN, "none")]


def test_what_a_second_person_refuses_is_not(cast: Cast) -> None:
    refused = judge(cast, cast.colleague, propose(cast, closed(cast)), accept=False)

    assert (refused.accepted, refused.judged_by) == (False, cast.colleague.name)
    assert learnt(cast) == []


def test_nobody_judges_an_example_of_their_own_or_one_that_was_judged(cast: Cast) -> None:
    example = propose(cast, closed(cast))

    with pytest.raises(Incomplete):
        judge(cast, cast.clinician, example)
    judge(cast, cast.colleague, example, accept=False)
    with pytest.raises(Conflict):
        judge(cast, cast.colleague, example)
    assert learnt(cast) == []


def test_another_clinic_neither_proposes_nor_judges(cast: Cast) -> None:
    record = closed(cast)
    example = propose(cast, record)

    with pytest.raises(NotFound):
        propose(cast, record, by=cast.outsider)
    with pytest.raises(NotFound):
        judge(cast, cast.outsider, example)


@pytest.mark.parametrize(
    "text",
    [
        SAID,
        "If one more person calls me a walking time bomb, I'm leaving the choir!",
        "my aunt told me that she is a walking time bomb",  # Four of the patient's words in a row.
        "one more bomb, one person walking, leaving the choir: calls me",
    ],
)
def test_the_patients_own_sentence_is_refused(cast: Cast, text: str) -> None:
    record = closed(cast)

    with pytest.raises(TooNear):
        propose(cast, record, text)


@pytest.mark.parametrize("outcome", ["C1", "C10"])
def test_only_a_false_alarm_or_a_miss_takes_an_example(cast: Cast, outcome: str) -> None:
    record = closed(cast, outcome)

    with pytest.raises(Conflict):
        propose(cast, record)


def test_an_open_record_takes_none(cast: Cast) -> None:
    record = cast.says(SAID, found=CRISIS).escalation.id

    with pytest.raises(Conflict):
        propose(cast, record)


@pytest.mark.parametrize(
    ("text", "level"), [("  ", "urgent"), ("?!", "urgent"), (OWN, ""), (OWN, "none"), ("x" * 601, "urgent")]
)
def test_a_miss_needs_a_text_of_some_length_and_a_level(cast: Cast, text: str, level: str) -> None:
    record = closed(cast, "C8")

    with pytest.raises(Incomplete):
        propose(cast, record, text, level=level)


def test_the_level_of_a_miss_is_the_clinicians_and_that_of_a_false_alarm_none(cast: Cast) -> None:
    assert propose(cast, closed(cast, "C8"), level="urgent").level == "urgent"
    assert propose(cast, closed(cast, "C7"), level="urgent").level == "none"


def test_each_step_is_in_the_audit_trail(cast: Cast) -> None:
    example = propose(cast, closed(cast))
    judge(cast, cast.colleague, example)

    with cast.db.read() as tx:
        rows = audit.of(tx, cast.clinic.id, kind="example", subject=example.id)
    assert [(row.act, row.actor) for row in rows] == [
        ("propose_example", cast.clinician.id),
        ("accept_example", cast.colleague.id),
    ]


def test_those_that_wait_stand_first(cast: Cast) -> None:
    record = closed(cast)
    judge(cast, cast.colleague, propose(cast, record))
    waiting = propose(cast, record, "They can sing without me from now on")

    with cast.db.read() as tx:
        listed = examples.of_clinic(tx, cast.clinic.id, limit=10)
        here = examples.of_record(tx, record)

    assert [one.accepted for one in listed] == [None, True]
    assert here[-1].id == waiting.id
