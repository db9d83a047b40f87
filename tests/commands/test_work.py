"""The worker's jobs: what was said without consent goes after an hour, and what a clinic no longer keeps goes too."""

from bot.commands.work import erase_past_retention, erase_provisional
from bot.errors import NotFound
from bot.store import clinics, conversations
from bot.store.database import Database
from bot.store.rows import ClinicSettings
from tests.databases import Clock


def start(database: Database, *, consent: str = "unasked", **settings: int | bool) -> str:
    """A conversation of a new clinic, with an answer to the question of consent."""
    with database.write() as tx:
        clinic = clinics.create(tx, "north", ClinicSettings(name="North clinic", **settings))  # type: ignore[arg-type]
        started, _ = conversations.start(tx, clinic, language="en")
        if consent != "unasked":
            conversations.set_consent(tx, started.id, consent, "1")
        return started.id


def is_there(database: Database, conversation_id: str) -> bool:
    with database.read() as tx:
        try:
            conversations.find(tx, conversation_id)
        except NotFound:
            return False
        return True


def test_a_conversation_without_consent_is_erased_after_an_hour(database: Database, clock: Clock) -> None:
    conversation = start(database)

    clock.forward(minutes=59)
    assert erase_provisional(database) == 0
    clock.forward(minutes=2)
    assert erase_provisional(database) == 1

    assert not is_there(database, conversation)


def test_a_conversation_with_consent_stays(database: Database, clock: Clock) -> None:
    conversation = start(database, consent="given")

    clock.forward(days=30)

    assert erase_provisional(database) == 0
    assert is_there(database, conversation)


def test_what_a_clinic_no_longer_keeps_is_erased(database: Database, clock: Clock) -> None:
    conversation = start(database, consent="given", retention_days=90)

    clock.forward(days=89)
    assert erase_past_retention(database) == 0
    clock.forward(days=2)
    assert erase_past_retention(database) == 1

    assert not is_there(database, conversation)


def test_legal_hold_stands_against_both(database: Database, clock: Clock) -> None:
    conversation = start(database, legal_hold=True, retention_days=1)

    clock.forward(days=400)

    assert erase_provisional(database) + erase_past_retention(database) == 0
    assert is_there(database, conversation)
