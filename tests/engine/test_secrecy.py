"""What a patient says stands neither in the tracker's file nor in a log line, whatever fails."""

import sqlite3
import subprocess
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest

from bot.commands.surroundings import RASA_PYTHON
from bot.settings import ROOT
from bot.store.encryption import Keyring
from tests.engine.small_bot import Actions, SmallBot, says

pytestmark = pytest.mark.rasa

CANARY = "zxcanary"


def repeats(call: dict) -> dict:
    return says(
        f"You said {call['tracker']['latest_message']['text']}",
        events=[{"event": "slot", "name": "urge", "value": CANARY}],
    )


def talk(bot: SmallBot, actions: Actions) -> None:
    """Every kind of turn, each with words that must not be found again."""
    conversation = bot.opened()
    metadata = {"facts": {"name": f"{CANARY}name"}}
    bot.ask(conversation, f"hello {CANARY}", metadata=metadata)
    bot.ask(conversation, f"/restart{CANARY}")
    bot.ask(conversation, f"please save a note {CANARY}")
    bot.ask(conversation, "I want to check in")
    bot.ask(
        conversation, f"{CANARY}title", answer={"choice": f"{CANARY}id"}, metadata={"expects": "scale", "state": "CI2"}
    )
    bot.ask(conversation, f"it was {CANARY}", metadata={"expects": "text", "state": "CI3"})
    actions.does(action_save_note=repeats)
    bot.ask(conversation, f"please save a note {CANARY}")
    for failing in (500, 400, 404):
        actions.does(action_save_note=lambda _, status=failing: status)
        bot.ask(conversation, f"please save a note {CANARY}")
    actions.does(action_save_note=lambda _: {"events": [{"event": CANARY}], "responses": [{"text": CANARY}]})
    bot.ask(conversation, f"please save a note {CANARY}")
    actions.does(action_save_note=lambda _: says(response=f"utter_{CANARY}"))
    bot.ask(conversation, f"please save a note {CANARY}")
    bot.ask(conversation, f"the purple elephant is dancing {CANARY}")
    bot.client.post("/parse", json={"text": f"hello {CANARY}", "language": "en"})
    bot.client.post("/turn", json={"conversation": CANARY * 100, "message_id": "1"})
    bot.client.post("/turn", content=f'{{"{CANARY}'.encode())
    bot.client.post("/turn", json={"conversation": "c", "message_id": "m", "text": "x", "answer": {CANARY: CANARY}})
    with suppress(httpx.TimeoutException):
        actions.does(action_save_note=lambda _: says(CANARY))
        body = {"conversation": conversation, "message_id": "gone", "text": f"please save a note {CANARY}"}
        bot.client.post("/turn", json=body, timeout=0.005)


def test_the_tracker_file_holds_no_words(bot: SmallBot, actions: Actions) -> None:
    talk(bot, actions)

    # What stands beside the file goes into it when the last connection closes: then it is read there.
    written = b""
    for ending in ("-wal", ""):
        with suppress(FileNotFoundError):
            written += (bot.folder / f"tracker.db{ending}").read_bytes()

    assert len(written) > 30_000
    assert CANARY.encode() not in written
    for structural in (b"risk_disclosure", b"take_note", b"action_save_note", b"check_in"):
        assert structural not in written


def test_no_log_line_holds_words_at_debug_level(bot: SmallBot, actions: Actions) -> None:
    talk(bot, actions)

    log = bot.log.read_text(encoding="utf-8")

    assert "DEBUG" in log
    assert "processor.message.parse" in log, "Rasa must have tried to log the text, or this proves nothing"
    assert [line for line in log.splitlines() if CANARY in line] == []


def test_the_log_says_what_failed_and_where(bot: SmallBot, actions: Actions) -> None:
    conversation = bot.opened()
    actions.does(action_save_note=lambda _: 500)

    bot.ask(conversation, "please save a note")

    assert "turn failed, nothing kept: action_save_note: ClientResponseError 500" in bot.log.read_text(encoding="utf-8")


def test_a_value_that_was_moved_to_another_conversation_does_not_open(bot: SmallBot) -> None:
    anna, ben = bot.opened(), bot.opened()
    with closing(sqlite3.connect(bot.tracker_file)) as database, database:
        database.execute("delete from events where sender_id = ?", (ben,))
        database.execute(
            "insert into events (sender_id, type_name, timestamp, data)"
            " select ?, type_name, timestamp, data from events where sender_id = ?",
            (ben, anna),
        )

    answer = bot.ask(ben, "hello")

    assert (answer.status_code, answer.json()) == (503, {"failed": ["KeyMismatch"]})


def test_another_key_refuses_to_start_and_says_so(
    bot: SmallBot, small_model: Path, tmp_path: Path, actions: Actions
) -> None:
    bot.opened()
    other = tmp_path / "other-keys.json"
    Keyring.create(other)

    url = f"sqlite:///{bot.tracker_file}"
    told = refusal(SmallBot(tmp_path, small_model, actions.url, TRACKER_URL=url, KEYS_FILE=str(other)))

    assert f"Rasa does not start: {other} is not the keyring that {url} was written with" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"KEYS_FILE": "/nowhere/keys.json"}, "/nowhere/keys.json: the file with the encryption keys is missing"),
        ({"INNER_SECRET": "short"}, "needs at least 16 characters"),
    ],
)
def test_what_cannot_work_refuses_to_start(
    small_model: Path, tmp_path: Path, environment: dict[str, str], told: str
) -> None:
    assert told in refusal(SmallBot(tmp_path, small_model, "http://127.0.0.1:9", **environment))


def test_a_tracker_store_of_another_kind_refuses_to_start(small_model: Path, tmp_path: Path) -> None:
    bot = SmallBot(tmp_path, small_model, "http://127.0.0.1:9")
    bot.endpoints.write_text(bot.endpoints.read_text().replace("EncryptedTrackerStore", "MistypedTrackerStore"))

    assert "the tracker store must be EncryptedTrackerStore, not InMemoryTrackerStore" in refusal(bot)


def test_a_broken_model_refuses_to_start(tmp_path: Path) -> None:
    model = tmp_path / "broken.tar.gz"
    model.write_bytes(b"not a model")

    assert "no trained dialogue could be loaded" in refusal(SmallBot(tmp_path, model, "http://127.0.0.1:9"))


def refusal(bot: SmallBot) -> str:
    """What a Rasa says that refuses to start."""
    bot.spawn()
    try:
        assert bot.process.wait(120) != 0
    finally:
        bot.stop()
    return bot.log.read_text(encoding="utf-8")


def test_errors_are_sent_to_nobody(tmp_path: Path) -> None:
    script = (
        "import os, sentry_sdk; sentry_sdk.init('http://key@127.0.0.1:9/1')\n"
        "from bot.engine import quiet; quiet.install()\n"
        "assert sentry_sdk.Hub.current.client.dsn is None\n"
        "from rasa.telemetry import is_telemetry_enabled; assert not is_telemetry_enabled()\n"
    )
    environment = {"PYTHONPATH": str(ROOT), "RASA_TELEMETRY_ENABLED": "true", "HOME": str(tmp_path)}

    subprocess.run([RASA_PYTHON, "-W", "ignore", "-c", script], env=environment, check=True)
