"""The whole on PostgreSQL, the dialogue's memory in it too: a conversation, a crisis, and a server that goes away."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from bot.store import messages
from tests.databases import Cluster
from tests.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.postgres]

RISK = "I have taken all my tablets, I want to die tonight"


@pytest.fixture(scope="module")
def on_postgres(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    name = f"stack_{uuid4().hex}"
    postgres.command(f"CREATE DATABASE {name}")
    stack = Stack(tmp_path_factory.mktemp("stack"), database_url=postgres.url(name))
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


def test_a_patient_is_onboarded_and_in_a_crisis_staff_know(on_postgres: Stack) -> None:
    chat = on_postgres.chat().onboard()

    told = chat.send(text=RISK)

    assert told["crisis"]["level"] == "emergency"
    assert told["replies"]
    assert [one.conversation_id for one in on_postgres.queue()] == [chat.conversation]


def test_a_server_that_went_away_is_told_truthfully_and_found_again(on_postgres: Stack, postgres: Cluster) -> None:
    chat = on_postgres.chat().onboard()

    postgres.halt()
    try:
        away = chat.post({"text": RISK})
        health = chat.client.get("/health")
    finally:
        postgres.boot()
    back = chat.post({"text": RISK})

    assert away.status_code == 503
    assert away.json()["crisis"]["level"] == "emergency"
    assert away.json()["crisis_contacts"]
    assert health.status_code == 503
    assert back.status_code == 201
    assert back.json()["replies"]
    with on_postgres.database.read() as tx:
        said = [one.text for one in messages.transcript(tx, chat.conversation) if one.sender == "patient"]
    assert said.count(RISK) == 1
