"""Search finds exact words of one clinic, and the database does not hold them."""

import pytest

from bot.store import conversations, erasure, search, turns
from tests.store.conftest import Cast


def find(cast: Cast, words: str, clinic_id: str = "demo") -> list[str]:
    with cast.db.read() as tx:
        return [message.text for message in search.find(tx, clinic_id, words)]


@pytest.mark.parametrize("words", ["sleep", "SLEEP", "slept badly, again", "café", "ＳＬＥＥＰ", "café sleep"])
def test_every_word_must_be_there_in_any_case(cast: Cast, words: str) -> None:
    cast.says("No sleep; slept badly again. Café.")
    cast.says("nothing of that")

    assert find(cast, words) == ["No sleep; slept badly again. Café."]


@pytest.mark.parametrize("words", ["slee", "sleeping", "sleep well", "", "?!"])
def test_nothing_else_is_found(cast: Cast, words: str) -> None:
    cast.says("no sleep")

    assert find(cast, words) == []


def test_another_clinic_finds_nothing(cast: Cast) -> None:
    cast.says("no sleep")

    assert find(cast, "sleep", "other") == []


def test_the_newest_comes_first(cast: Cast) -> None:
    cast.says("sleep one")
    cast.says("sleep two")

    assert find(cast, "sleep") == ["sleep two", "sleep one"]


def test_hidden_replies_are_not_found(cast: Cast) -> None:
    with cast.db.write() as tx:
        conversations.take_over(tx, cast.clinician, cast.patient.id)
        [turn] = turns.of_conversation(tx, cast.patient.id)
        assert turns.lease(tx, cast.patient.id, "a")
        turns.settle(tx, turn, "a", [{"text": "sleep"}], meaning=None)

    assert find(cast, "sleep") == []


def test_the_index_is_erased_with_the_message(cast: Cast) -> None:
    cast.says("no sleep")
    erasure.erase(cast.db, "demo", cast.patient.id, actor="patient")

    assert find(cast, "sleep") == []
    with cast.db.read() as tx:
        assert tx.connection.exec_driver_sql("SELECT count(*) FROM search_words").scalar() == 0


def test_without_the_keyring_a_word_cannot_be_tried(cast: Cast) -> None:
    cast.says("sleep")

    with cast.db.read() as tx:
        [stored] = tx.connection.exec_driver_sql("SELECT word_hash FROM search_words").scalars()
        assert stored == tx.keyring.keyed_hash("search", "demo", "sleep")[:32]
        assert stored != tx.keyring.keyed_hash("search", "other", "sleep")[:32]
