"""`between escalations`, `export`, `erase`, `audit verify` and `doctor`, on records made through the store."""

import json
import sqlite3
from pathlib import Path

import pytest

from bot.commands.surroundings import load_settings
from bot.store import clinics, conversations, messages
from bot.store.database import open_database
from bot.store.findings import Finding
from bot.store.rows import ClinicSettings
from tests.command_line import Between

WORDS = "I have written the letter to my sister"
CRISIS = Finding(level="emergency", action="page", categories=("suicidal_ideation",))


@pytest.fixture
def conversation(data_dir: Path) -> str:
    """A conversation of clinic north with one message and an open escalation."""
    database = open_database(load_settings(), migrate=True)
    with database.write() as tx:
        clinic = clinics.create(tx, "north", ClinicSettings(name="North clinic"))
        started, _ = conversations.start(tx, clinic, language="en")
        messages.receive(tx, started, client_id="1", body={"text": WORDS}, text=WORDS, assessment=CRISIS)
    database.close()
    return started.id


def test_escalations_are_listed_without_the_patients_words(between: Between, conversation: str) -> None:
    done = between("escalations", "--json")

    (found,) = json.loads(done.out)
    assert (found["level"], found["conversation"], found["clinic"]) == ("emergency", conversation, "north")
    assert "letter" not in done.out


def test_escalations_of_an_unknown_clinic_are_an_error(between: Between, conversation: str) -> None:
    assert between("escalations", "--clinic", "south").code == 2


def test_an_export_holds_the_words_and_is_in_the_audit_trail(between: Between, conversation: str) -> None:
    done = between("export", "north", conversation)
    again = between("export", "north", conversation)

    assert WORDS in [message["text"] for message in json.loads(done.out)["messages"]]
    assert "between export" in [row["by"] for row in json.loads(again.out)["read_by"]]


def test_a_conversation_of_another_clinic_is_not_found(between: Between, conversation: str) -> None:
    between("clinic", "add", "south", "--name", "South clinic")

    assert between("export", "south", conversation).code == 2
    assert between("erase", "south", conversation, "--yes").code == 2


def test_an_erased_conversation_is_gone_and_its_record_stays(between: Between, conversation: str) -> None:
    erased = between("erase", "north", conversation, "--yes")

    assert json.loads(erased.out)["conversation"] == conversation
    assert between("export", "north", conversation).code == 2
    assert len(json.loads(between("escalations", "--json").out)) == 1


def test_erasing_asks_first(between: Between, conversation: str) -> None:
    done = between("erase", "north", conversation, stdin=b"n\n")

    assert done.code == 1
    assert between("export", "north", conversation).code == 0


def test_an_untouched_audit_trail_is_in_order(between: Between, conversation: str) -> None:
    between("export", "north", conversation)

    done = between("audit", "verify", "--json")

    assert done.code == 0
    assert json.loads(done.out)["ok"] is True


def test_a_changed_audit_row_is_found_and_is_exit_code_1(between: Between, conversation: str, data_dir: Path) -> None:
    between("export", "north", conversation)
    with sqlite3.connect(data_dir / "between.db") as file:
        file.execute("UPDATE audit SET actor = 'somebody else'")
    file.close()

    done = between("audit", "verify")

    assert done.code == 1
    assert "row" in done.err


def test_after_a_rotation_all_opens_with_the_new_key(between: Between, conversation: str, data_dir: Path) -> None:
    before = json.loads((data_dir / "keys.json").read_text(encoding="utf-8"))

    done = between("keys", "rotate")

    after = json.loads((data_dir / "keys.json").read_text(encoding="utf-8"))
    assert done.code == 0
    assert set(after["keys"]).isdisjoint(before["keys"])
    assert WORDS in between("export", "north", conversation).out


def test_doctor_tells_what_is_down_in_one_line_each(between: Between, conversation: str) -> None:
    done = between("doctor", "--json")

    found = {(one["name"], one["state"]) for one in json.loads(done.out)}
    assert done.code == 1
    assert {("settings", "ok"), ("database", "ok"), ("audit", "ok")} <= found
    assert {("web", "bad"), ("rasa", "bad"), ("actions", "bad"), ("worker", "bad"), ("contacts", "bad")} <= found


def test_doctor_names_a_setting_that_cannot_be_used(between: Between, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eighty")

    done = between("doctor")

    assert done.code == 1
    assert "PORT='eighty'" in done.out
