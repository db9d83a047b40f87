"""A person and the bot in one conversation: who speaks is always one, and the patient reads who."""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from uuid import uuid4

import pytest

from bot.errors import Conflict, NotFound
from bot.store import conversations, escalations, messages, takeovers, timed, turns
from bot.store.database import Transaction
from bot.store.rows import Member, Message, Turn
from tests.databases import Clock
from tests.store.conftest import CRISIS, NOTHING, YES_OR_NO, Cast

HELLO, BYE = "I am Clara. I am a person.", "The reflection helper answers you from here."
INTERLEAVINGS = int(os.environ.get("INTERLEAVINGS", "6"))  # `make soak` runs 500.
STEPS = 40


def join(cast: Cast, member: Member | None = None) -> None:
    with cast.db.write() as tx:
        takeovers.join(tx, member or cast.clinician, cast.patient.id, HELLO)


def say(cast: Cast, text: str, *, client_id: str = "") -> Message:
    with cast.db.write() as tx:
        return takeovers.say(tx, cast.clinician, cast.patient.id, text, client_id=client_id or uuid4().hex)


def leave(cast: Cast, member: Member | None = None) -> None:
    with cast.db.write() as tx:
        takeovers.leave(tx, member or cast.clinician, cast.patient.id, BYE)


def test_joining_is_told_once_and_makes_an_unclaimed_record_the_members(cast: Cast) -> None:
    cast.says("i want to die", found=CRISIS)

    join(cast)
    join(cast)

    assert cast.shown() == ["i want to die", HELLO]
    assert cast.open_escalation().claimed_by == cast.clinician.id


def test_joining_leaves_a_colleagues_claim_alone(cast: Cast) -> None:
    cast.says("i want to die", found=CRISIS)
    with cast.db.write() as tx:
        escalations.claim(tx, cast.colleague, cast.open_escalation().id)

    join(cast)

    assert cast.open_escalation().claimed_by == cast.colleague.id


def test_a_form_that_is_sent_twice_says_it_once(cast: Cast) -> None:
    join(cast)

    first, again = say(cast, "are you safe?", client_id="1"), say(cast, "are you safe?", client_id="1")

    assert first.id == again.id
    assert cast.shown().count("are you safe?") == 1
    with pytest.raises(Conflict):
        say(cast, "something else", client_id="1")


def test_who_does_not_hold_the_conversation_says_nothing(cast: Cast) -> None:
    with pytest.raises(Conflict) as nobody:
        say(cast, "hello")
    with cast.db.write() as tx:
        takeovers.join(tx, cast.colleague, cast.patient.id, HELLO)
    with pytest.raises(Conflict) as other:
        say(cast, "hello")
    with pytest.raises(NotFound), cast.db.write() as tx:
        takeovers.join(tx, cast.outsider, cast.patient.id, HELLO)

    assert (nobody.value.current, other.value.current) == (None, "Carl")
    assert cast.shown() == [HELLO]


def test_after_the_goodbye_the_bot_owes_the_line_that_it_is_there_again(cast: Cast) -> None:
    join(cast)

    leave(cast)

    owed = cast.owed()
    assert cast.shown() == [HELLO, BYE]
    assert cast.now().holder is None
    assert owed is not None
    assert (owed.kind, owed.name) == ("timed", "handed_back")
    with pytest.raises(Conflict):
        leave(cast)


def test_a_colleague_gives_back_for_a_holder_who_is_away_and_says_so(cast: Cast) -> None:
    join(cast)

    leave(cast, cast.colleague)

    with cast.db.read() as tx:
        last = messages.transcript(tx, cast.patient.id)[-1]
    assert (last.text, last.name) == (BYE, "Carl")
    assert cast.now().holder is None


def test_what_the_patient_writes_to_a_person_answers_no_question_of_the_bot(cast: Cast) -> None:
    cast.bot_says(YES_OR_NO)
    join(cast)

    written = cast.says("yes").message

    assert written.answers is None
    with cast.db.read() as tx:
        assert messages.open_question(tx, cast.patient.id) is not None


@dataclass
class Night:
    """A conversation in which all act in any order: the patient, the runner of turns, the worker, two members."""

    cast: Cast
    clock: Clock
    random: random.Random
    asked: list[tuple[Turn, str]] = field(default_factory=list)

    def act(self) -> None:
        acts: list[Callable[[], None]] = [
            self.patient_writes, self.ask, self.answer, self.answer, self.fail, self.hold, self.wait,
            self.join, self.staff_says, self.staff_says, self.leave, self.comes_back,
        ]  # fmt: skip
        self.random.choice(acts)()

    def patient_writes(self) -> None:
        self.cast.says(self.random.choice(("one", "two")), found=self.random.choice((CRISIS, NOTHING)))

    def ask(self) -> None:
        """The runner takes the lease and prepares to ask Rasa; a lease that ended is taken over."""
        owner = uuid4().hex
        with self.cast.db.write() as tx:
            turn = turns.next(tx, self.cast.patient.id)
            assert turn is None or conversations.find(tx, self.cast.patient.id).holder is None
            if turn is not None and turns.lease(tx, self.cast.patient.id, owner):
                self.asked.append((turn, owner))

    def answer(self) -> None:
        """Rasa's answer comes, perhaps very late."""
        self._finish(lambda tx, turn, owner: turns.settle(tx, turn, owner, [{"text": "bot"}], meaning=None))

    def fail(self) -> None:
        self._finish(lambda tx, turn, owner: turns.fail(tx, turn, owner, "away", holding="holding"))

    def hold(self) -> None:
        """The timer of the holding reply; the turn is still being asked."""
        if self.asked:
            with self.cast.db.write() as tx:
                turns.hold(tx, self.random.choice(self.asked)[0], "holding")

    def wait(self) -> None:
        """Time passes, and the worker owes what is due by then."""
        self.clock.ahead += self.random.choice((timed.LATE, timed.LATE / 3))
        with self.cast.db.write() as tx:
            timed.owe(tx)

    def join(self) -> None:
        self._try(lambda tx, member: takeovers.join(tx, member, self.cast.patient.id, HELLO))

    def staff_says(self) -> None:
        self._try(lambda tx, member: takeovers.say(tx, member, self.cast.patient.id, "staff", client_id=uuid4().hex))

    def leave(self) -> None:
        self._try(lambda tx, member: takeovers.leave(tx, member, self.cast.patient.id, BYE))

    def comes_back(self) -> None:
        with self.cast.db.write() as tx:
            conversations._resume(tx, conversations.find(tx, self.cast.patient.id))

    def _finish(self, how: Callable[[Transaction, Turn, str], object]) -> None:
        if not self.asked:
            return
        turn, owner = self.asked.pop(self.random.randrange(len(self.asked)))
        try:
            with self.cast.db.write() as tx:
                how(tx, turn, owner)
                turns.release(tx, self.cast.patient.id, owner)
        except Conflict:
            pass  # The lease had gone to another.

    def _try(self, act: Callable[[Transaction, Member], object]) -> None:
        member = self.random.choice((self.cast.clinician, self.cast.colleague))
        try:
            with self.cast.db.write() as tx:
                act(tx, member)
        except Conflict:
            pass  # Somebody else holds it, or nobody does.

    def voices(self) -> list[str]:
        """Where two voices spoke in what the patient reads: each line that the one who held it did not say."""
        with self.cast.db.read() as tx:
            shown = messages.after(tx, self.cast.patient.id, 0, limit=10_000)
        holder, wrong = "bot", []
        for message in shown:
            speaker = "bot" if message.sender == "bot" else str(message.name)
            if message.kind in (takeovers.JOINED, takeovers.LEFT):
                holder = speaker
            if message.sender != "patient" and speaker != holder:
                wrong.append(f"{message.seq}: {speaker} while {holder} held it")
            if message.kind == takeovers.LEFT:
                holder = "bot"
        return wrong


def test_never_do_two_voices_speak_whatever_happens_in_which_order(cast: Cast, clock: Clock) -> None:
    wrong = {}

    for seed in range(INTERLEAVINGS):
        with cast.db.write() as tx:
            patient, _ = conversations.start(tx, cast.clinic, language="en")
        night = Night(replace(cast, patient=patient), clock, random.Random(seed))
        for _ in range(STEPS):
            night.act()
        wrong[seed] = night.voices()

    assert {seed: found for seed, found in wrong.items() if found} == {}
