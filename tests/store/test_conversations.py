"""Starting, loading by clinic, consent, taking over, and which conversations are due for erasure."""

from datetime import timedelta

import pytest

from bot.errors import Conflict, NotFound
from bot.store import audit, clinics, closing, conversations, erasure, turns
from bot.store.rows import Conversation, Turn
from tests.databases import Clock
from tests.store.conftest import CRISIS, YES_OR_NO, Cast


def start(cast: Cast, identity: str | None = None) -> tuple[Conversation, Turn | None]:
    with cast.db.write() as tx:
        return conversations.start(tx, cast.clinic, language="en", identity=identity)


def test_a_new_conversation_owes_an_opening(cast: Cast) -> None:
    conversation, turn = start(cast)

    assert (conversation.consent, conversation.holder, conversation.open_escalation) == ("unasked", None, None)
    assert turn is not None
    assert (turn.kind, turn.message, turn.state) == ("open", None, "pending")


def test_anonymous_conversations_are_never_joined(cast: Cast) -> None:
    assert start(cast)[0].id != start(cast)[0].id


def test_the_same_patient_comes_back_to_the_same_conversation(cast: Cast) -> None:
    first, opening = start(cast, "patient 7")

    again, turn = start(cast, "patient 7")

    assert again.id == first.id
    assert again.identity == "patient 7"
    assert opening is not None
    assert turn is None  # The first opening is still owed.
    assert start(cast, "patient 8")[0].id != first.id


def test_the_same_patient_of_another_clinic_is_somebody_else(cast: Cast) -> None:
    first, _ = start(cast, "patient 7")
    with cast.db.write() as tx:
        other, _ = conversations.start(tx, clinics.get(tx, "other"), language="en", identity="patient 7")

    assert other.id != first.id


def test_after_an_end_a_new_conversation_begins(cast: Cast) -> None:
    first, _ = start(cast, "patient 7")
    with cast.db.write() as tx:
        conversations.end(tx, first.id)

    assert start(cast, "patient 7")[0].id != first.id


def test_a_returning_patient_is_greeted_after_an_hour(cast: Cast, clock: Clock) -> None:
    first, _ = start(cast, "patient 7")
    returning = Cast(**{**vars(cast), "patient": first})
    returning.bot_says(YES_OR_NO)

    _, soon = start(cast, "patient 7")
    clock.forward(minutes=61)
    later, turn = start(cast, "patient 7")

    assert soon is None
    assert turn is not None
    assert turn.kind == "open"
    assert later.last_at == first.last_at  # How long the patient was away can still be told.


def test_a_returning_patient_is_not_greeted_while_a_person_holds_the_conversation(cast: Cast, clock: Clock) -> None:
    first, _ = start(cast, "patient 7")
    with cast.db.write() as tx:
        conversations.take_over(tx, cast.clinician, first.id)
    clock.forward(days=2)

    assert start(cast, "patient 7")[1] is None


def test_another_clinic_finds_nothing(cast: Cast) -> None:
    with cast.db.read() as tx:
        assert conversations.load(tx, "demo", cast.patient.id).id == cast.patient.id
        with pytest.raises(NotFound):
            conversations.load(tx, "other", cast.patient.id)
        with pytest.raises(NotFound):
            conversations.load(tx, "demo", "nothing")


def test_consent_is_kept_with_its_text(cast: Cast) -> None:
    with cast.db.write() as tx:
        conversations.set_consent(tx, cast.patient.id, "given", "v3")

    assert cast.now().consent == "given"
    with pytest.raises(ValueError, match="unasked, given, refused"), cast.db.write() as tx:
        conversations.set_consent(tx, cast.patient.id, "yes", "v3")


def test_taking_over_mutes_the_bot_before_it_is_asked(cast: Cast) -> None:
    cast.says("hello?")

    with cast.db.write() as tx:
        taken = conversations.take_over(tx, cast.clinician, cast.patient.id)

    assert taken.holder == cast.clinician.id
    assert cast.owed() is None
    with cast.db.read() as tx:
        assert {turn.state for turn in turns.of_conversation(tx, cast.patient.id)} == {"dropped"}
        assert turns.due(tx) == []


def test_one_takes_over_and_the_others_are_told_who(cast: Cast) -> None:
    with cast.db.write() as tx:
        conversations.take_over(tx, cast.clinician, cast.patient.id)
        conversations.take_over(tx, cast.clinician, cast.patient.id)

    with pytest.raises(Conflict) as conflict, cast.db.write() as tx:
        conversations.take_over(tx, cast.colleague, cast.patient.id)
    with pytest.raises(NotFound), cast.db.write() as tx:
        conversations.take_over(tx, cast.outsider, cast.patient.id)

    assert conflict.value.current == "Clara"
    with cast.db.read() as tx:
        acts = [row.act for row in audit.of(tx, "demo", kind="conversation", subject=cast.patient.id)]
    assert acts == ["take_over"]


def test_after_handing_back_the_bot_answers_again(cast: Cast) -> None:
    with cast.db.write() as tx:
        conversations.take_over(tx, cast.clinician, cast.patient.id)
        conversations.hand_back(tx, cast.colleague, cast.patient.id)

    assert cast.now().holder is None
    assert cast.says("hello").turn is not None


def provisional(cast: Cast) -> list[str]:
    with cast.db.read() as tx:
        return conversations.provisional_before(tx, tx.now - timedelta(minutes=60))


def test_without_consent_a_conversation_is_erased_after_an_idle_hour(cast: Cast, clock: Clock) -> None:
    clock.forward(minutes=50)
    cast.says("still here")
    clock.forward(minutes=50)
    assert provisional(cast) == []

    clock.forward(minutes=15)

    assert provisional(cast) == [cast.patient.id]


def test_without_consent_a_conversation_is_erased_at_its_end(cast: Cast) -> None:
    with cast.db.write() as tx:
        conversations.set_consent(tx, cast.patient.id, "refused", "v1")
        conversations.end(tx, cast.patient.id)

    assert provisional(cast) == [cast.patient.id]


def given(cast: Cast) -> None:
    with cast.db.write() as tx:
        conversations.set_consent(tx, cast.patient.id, "given", "v1")


def escalated(cast: Cast) -> None:
    cast.says("I want to die", found=CRISIS)


def held(cast: Cast) -> None:
    with cast.db.write() as tx:
        conversations.take_over(tx, cast.clinician, cast.patient.id)


def on_legal_hold(cast: Cast) -> None:
    with cast.db.write() as tx:
        conversations.set_legal_hold(tx, cast.patient.id, True)


def of_a_clinic_on_legal_hold(cast: Cast) -> None:
    with cast.db.write() as tx:
        clinics.change(tx, "demo", legal_hold=True)


def erased(cast: Cast) -> None:
    erasure.erase(cast.db, "demo", cast.patient.id, actor="patient")


@pytest.mark.parametrize("why", [given, escalated, held, on_legal_hold, of_a_clinic_on_legal_hold, erased])
def test_not_every_idle_conversation_is_erased(cast: Cast, clock: Clock, why: object) -> None:
    why(cast)
    clock.forward(hours=5)

    assert provisional(cast) == []


def test_after_the_escalation_is_closed_it_is_erased(cast: Cast, clock: Clock) -> None:
    found = cast.says("I want to die", found=CRISIS).escalation
    clock.forward(hours=5)
    with cast.db.write() as tx:
        closing.close(tx, cast.clinician, found.id, "C10", "", found.last_signal_seq)

    assert provisional(cast) == [cast.patient.id]


def test_a_clinic_decides_how_long_conversations_are_kept(cast: Cast, clock: Clock) -> None:
    given(cast)
    with cast.db.write() as tx:
        clinics.change(tx, "demo", retention_days=30)
    clock.forward(days=29)
    with cast.db.read() as tx:
        assert conversations.past_retention(tx) == []

    clock.forward(days=2)

    with cast.db.read() as tx:
        assert conversations.past_retention(tx) == [cast.patient.id]


def test_a_clinics_settings_are_changed_one_by_one(cast: Cast) -> None:
    with cast.db.write() as tx:
        clinics.change(tx, "demo", origins=("https://demo.example",), contacts=({"role": "crisis", "number": "1"},))
        clinics.change(tx, "demo", name="New name")
    with pytest.raises(TypeError), cast.db.write() as tx:
        clinics.change(tx, "demo", nmae="typing error")
    with pytest.raises(Conflict), cast.db.write() as tx:
        clinics.create(tx, "demo", cast.clinic.settings)

    with cast.db.read() as tx:
        settings = clinics.get(tx, "demo").settings
        assert [clinic.id for clinic in clinics.all(tx)] == ["demo", "other"]
    assert (settings.name, settings.origins, settings.contacts[0]["number"]) == (
        "New name",
        ("https://demo.example",),
        "1",
    )
