"""`between channels`: where a clinic's alerts go."""

import sys
import time
from typing import Annotated

import typer

from bot.commands.output import AsJson, print_rows
from bot.commands.surroundings import opened_database
from bot.errors import SettingError
from bot.store import audit, channels, clinics, members, outbox
from bot.store.channels import LANES, Channel
from bot.store.database import Database, Transaction
from bot.store.findings import LEVELS

ACTOR = "between channels"
TEST_SECONDS = 30
POLL_SECONDS = 0.2

app = typer.Typer(no_args_is_help=True, help="Where a clinic's alerts go: add, list, test, remove.")


@app.command()
def add(
    clinic_id: str,
    name: Annotated[str, typer.Argument(help="What staff call it, such as: Duty phone.")],
    member: Annotated[str, typer.Option(help="E-mail address of the member whose own channel it is.")] = "",
    lane: Annotated[str, typer.Option(help="duty: whoever is on duty. clinic: the out-of-hours contact.")] = LANES[0],
    least: Annotated[str, typer.Option(help="Least serious level that it is used for.")] = LEVELS[2],
) -> None:
    """Add a channel. Its address is read from standard input, since it may hold a password: an Apprise URL, or
    webhook+https://… for a signed webhook, whose secret is printed once.
    """
    url = sys.stdin.readline().strip()
    if not url:
        raise SettingError("write the address to standard input, such as: echo mailto://… | between channels add …")
    with opened_database() as database, database.write() as tx:
        clinics.get(tx, clinic_id)
        owner = members.by_email(tx, clinic_id, member).id if member else None
        added = channels.add(tx, clinic_id, url, name=name, member_id=owner, lane=lane, least=least)
        _audit(tx, added, "add")
    typer.echo(f"{added.id} is added; next: between channels test {clinic_id} {added.id}")
    if added.secret:
        typer.echo(f"signing secret of the webhook (shown this once): {added.secret}")


@app.command("list")
def list_all(clinic_id: str, as_json: AsJson = False) -> None:
    """List the channels, without their addresses."""
    with opened_database() as database, database.read() as tx:
        clinics.get(tx, clinic_id)
        found = channels.of_clinic(tx, clinic_id)
        names = {member.id: member.email for member in members.of_clinic(tx, clinic_id)}
    rows = [
        {
            "id": one.id,
            "name": one.name,
            "kind": one.kind,
            "member": names.get(one.member_id or ""),
            "lane": one.lane,
            "least": one.least,
            "tested_at": one.tested_at,
            "ok_at": one.ok_at,
            "failed_at": one.failed_at,
            "error": one.error,
        }
        for one in found
    ]
    print_rows(rows, as_json=as_json)


@app.command()
def test(clinic_id: str, channel_id: str) -> None:
    """Send a test through the running worker, and say whether it arrived. Exit code 1 if it did not."""
    with opened_database() as database:
        with database.write() as tx:
            channel = channels.get(tx, clinic_id, channel_id)
            owed = outbox.add(tx, clinic_id=clinic_id, kind="test", level=LEVELS[0], channel_id=channel.id)
            _audit(tx, channel, "test")
        said = _wait(database, owed)
    typer.echo(said or "it has arrived: look whether you can read it")
    if said:
        raise typer.Exit(1)


@app.command()
def remove(clinic_id: str, channel_id: str) -> None:
    """Take a channel away."""
    with opened_database() as database, database.write() as tx:
        channel = channels.get(tx, clinic_id, channel_id)
        channels.remove(tx, clinic_id, channel_id)
        _audit(tx, channel, "remove")
    typer.echo(f"{channel_id} is removed")


def _wait(database: Database, notification_id: str) -> str | None:
    """What went wrong with a test, None if it has arrived."""
    deadline = time.monotonic() + TEST_SECONDS
    while time.monotonic() < deadline:
        with database.read() as tx:
            tries = outbox.tries_of(tx, notification_id=notification_id)
        if tries:
            return None if tries[-1].arrived else f"it did not arrive: {tries[-1].reason}"
        time.sleep(POLL_SECONDS)
    return f"nothing was tried within {TEST_SECONDS} s: is the worker running? (between doctor)"


def _audit(tx: Transaction, channel: Channel, act: str) -> None:
    audit.write(tx, clinic_id=channel.clinic_id, actor=ACTOR, act=act, kind="channel", subject=channel.id)
