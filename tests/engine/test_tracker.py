"""The tracker under other hands: a second writer, and PostgreSQL."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.databases import Cluster
from tests.engine.small_bot import Actions, SmallBot
from tests.waiting import wait_until

pytestmark = pytest.mark.rasa


def copy_of_last_row(bot: SmallBot, conversation: str) -> None:
    """Another process adds an event to the conversation."""
    with closing(sqlite3.connect(bot.tracker_file, timeout=5)) as database, database:
        database.execute(
            "insert into events (sender_id, type_name, timestamp, data) select sender_id, type_name, timestamp, data"
            " from events where sender_id = ? order by id desc limit 1",
            (conversation,),
        )


def test_a_turn_computed_from_an_older_state_is_not_kept(bot: SmallBot, actions: Actions) -> None:
    conversation = bot.opened()

    def slow(_: object) -> dict:
        time.sleep(0.5)
        copy_of_last_row(bot, conversation)
        return {"events": [], "responses": []}

    actions.does(action_save_note=slow)

    answer = bot.ask(conversation, "please save a note", message_id="late")

    assert (answer.status_code, answer.json()) == (503, {"failed": ["TrackerConflict"]})
    actions.does()
    assert bot.ask(conversation, "please save a note", message_id="late").status_code == 200


def test_a_conversation_without_any_turn_leaves_no_row(bot: SmallBot, actions: Actions) -> None:
    actions.does(action_save_note=lambda _: 500)

    assert bot.ask("nobody", "please save a note").status_code == 503

    with closing(sqlite3.connect(bot.tracker_file)) as database:
        assert database.execute("select count(*) from events where sender_id = 'nobody'").fetchone() == (0,)


@pytest.mark.postgres
def test_postgresql_keeps_conversations_and_fails_turns_while_it_is_away(
    postgres: Cluster,
    small_model: Path,
    actions: Actions,
    tmp_path: Path,
) -> None:
    postgres.command("CREATE DATABASE tracker")
    url = postgres.url("tracker")
    bot = SmallBot(tmp_path, small_model, actions.url, TRACKER_URL=url.replace("+psycopg", "")).start()
    try:
        conversation = bot.opened()
        first = bot.ask(conversation, "please save a note zxcanary", message_id="note")
        assert bot.ask(conversation, "please save a note zxcanary", message_id="note").json() == first.json()
        assert len(actions.calls) == 1
        assert "zxcanary" not in postgres.dump("tracker")

        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
            began = time.monotonic()
            assert bot.ask(conversation, "hello", message_id="locked").status_code == 503
            assert time.monotonic() - began < 4
        assert bot.ask(conversation, "hello", message_id="locked").json()["replies"][0]["text"] == "Hello again."

        postgres.halt()
        assert bot.ask(conversation, "hello", message_id="away").status_code == 503
        postgres.boot()
        wait_until(lambda: bot.ask(conversation, "hello", message_id="away").status_code == 200)
        assert bot.ask(conversation, "hello", message_id="away").json()["replies"][0]["text"].startswith("Hello")
    finally:
        bot.stop()
