"""`between drill`: a marked test crisis through the whole chain, with the time that each step took.

Everything is real but the patient: the message comes in by the chat API, is screened, stored and escalated, the
dialogue answers, the worker sends the alert to the people on duty, the patient's side is told. The record is closed
with the outcome C10. The conversation is marked in the database before the message comes, which nobody outside can do.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Annotated
from uuid import uuid4

import httpx
import typer

from bot.alerts.wording import drill_sentence
from bot.commands import parts
from bot.commands.output import AsJson, print_json
from bot.commands.surroundings import load_settings, opened_database
from bot.store import clinics, drills, escalations, messages, outbox, timed
from bot.store.database import Database, Transaction
from bot.web import tokens

ACTOR = "between drill"
STEP_SECONDS = 30
POLL_SECONDS = 0.05

Look = Callable[[Transaction], bool]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the chain; ``seconds`` since the message was sent, None if it did not come in time."""

    name: str
    seconds: float | None


def drill(
    clinic_id: Annotated[str, typer.Argument(help="The clinic whose people on duty get the alert.")] = "demo",
    acknowledge: Annotated[
        int, typer.Option(help="Wait so many seconds for somebody to acknowledge it in the console.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Send a test crisis through everything, and say how long each step took. Exit code 1 if a step did not come."""
    settings = parts.where_running(load_settings())
    with opened_database() as database:
        conversation_id, token = _begin(database, clinic_id)
        try:
            steps = list(_steps(database, parts.url_of(settings, "web"), conversation_id, token, acknowledge))
        finally:
            _end(database, conversation_id)
    if as_json:
        print_json([asdict(step) for step in steps])
    else:
        for step in steps:
            said = "did NOT come" if step.seconds is None else f"{step.seconds * 1000:8.0f} ms"
            typer.echo(f"{step.name:<34} {said}")
    if any(step.seconds is None for step in steps):
        raise typer.Exit(1)


def _begin(database: Database, clinic_id: str) -> tuple[str, str]:
    """A marked conversation, and the token that its patient would have."""
    with database.write() as tx:
        clinic = clinics.get(tx, clinic_id)
        conversation_id = drills.begin(tx, clinic)
        token, _ = tokens.issue(
            database.keyring, clinic_id=clinic_id, conversation_id=conversation_id, now=tx.now
        )  # fmt: skip
        return conversation_id, token


def _steps(database: Database, url: str, conversation_id: str, token: str, acknowledge: int) -> Iterator[Step]:
    _wait(database, lambda tx: _count_of_bot(tx, conversation_id) > 0, STEP_SECONDS)  # The greeting comes first.
    with database.read() as tx:
        before = _count_of_bot(tx, conversation_id)
    begun = time.monotonic()

    def step(name: str, look: Look, seconds: float = STEP_SECONDS) -> Step:
        came = _wait(database, look, seconds)
        return Step(name=name, seconds=time.monotonic() - begun if came else None)

    yield Step(name="message stored, numbers shown", seconds=_send(url, token, begun))
    yield step("record in the queue", lambda tx: escalations.open_of(tx, conversation_id) is not None)
    yield step("the bot has answered", lambda tx: _count_of_bot(tx, conversation_id) > before)
    yield step("alert taken by a channel", lambda tx: _alerted(tx, conversation_id))
    yield step("the patient is told so", lambda tx: timed.was_said(tx, conversation_id, "told"))
    if acknowledge:
        yield step("acknowledged by a person", lambda tx: _acknowledged(tx, conversation_id), acknowledge)


def _send(url: str, token: str, begun: float) -> float | None:
    """Seconds until the message was durable and its answer showed a crisis; None if not."""
    body = {"client_id": str(uuid4()), "text": drill_sentence()}
    try:
        answer = httpx.post(
            f"{url}/api/v1/messages",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=STEP_SECONDS,
            trust_env=False,
        )
        is_crisis = answer.status_code == 201 and answer.json()["crisis"] is not None
    except (httpx.HTTPError, ValueError):
        return None
    return time.monotonic() - begun if is_crisis else None


def _wait(database: Database, look: Look, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with database.read() as tx:
            if look(tx):
                return True
        time.sleep(POLL_SECONDS)
    return False


def _count_of_bot(tx: Transaction, conversation_id: str) -> int:
    return len([one for one in messages.after(tx, conversation_id, 0) if one.sender == "bot"])


def _alerted(tx: Transaction, conversation_id: str) -> bool:
    record = escalations.open_of(tx, conversation_id)
    return record is not None and any(one.arrived for one in outbox.tries_of(tx, escalation_id=record.id))


def _acknowledged(tx: Transaction, conversation_id: str) -> bool:
    record = escalations.open_of(tx, conversation_id)
    return record is None or record.acknowledged_at is not None


def _end(database: Database, conversation_id: str) -> None:
    with database.write() as tx:
        drills.end(tx, conversation_id, actor=ACTOR)
