"""`between doctor`: what is in order and what is not, in one line each."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from bot.commands import parts
from bot.commands.embed import look_at_page
from bot.commands.finding import Finding
from bot.commands.output import AsJson, print_json
from bot.commands.surroundings import RASA_PYTHON, load_settings, opened_database
from bot.commands.train import model_for_inputs
from bot.errors import BetweenSessionsError
from bot.store import audit, channels, clinics, incidents, rota
from bot.store.channels import UNTESTED_DAYS
from bot.store.database import Database, open_database
from bot.store.rows import Clinic
from bot.web.contacts import unverified

SIGNS = {"ok": "ok  ", "warning": "!   ", "bad": "BAD "}


def doctor(
    embed: Annotated[
        str, typer.Option(metavar="URL", help="Check a page that embeds the widget, and nothing else.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Check settings, keys, database, processes and contacts. Exit code 1 if anything is bad."""
    found = list(look_at_embedding(embed) if embed else look())
    if as_json:
        print_json([asdict(finding) for finding in found])
    else:
        for finding in found:
            typer.echo(f"{SIGNS[finding.state]}{finding.name:<10} {finding.said}")
    if any(finding.state == "bad" for finding in found):
        raise typer.Exit(1)


def look() -> Iterator[Finding]:
    """Everything that `doctor` tells, in its order; what cannot be looked at is left out."""
    try:
        settings = parts.where_running(load_settings())
    except BetweenSessionsError as error:
        yield Finding(name="settings", state="bad", said=str(error))
        return
    yield Finding(name="settings", state="ok", said=f"data in {settings.data_dir}, port {settings.port}")
    yield _runtime()
    try:
        database = open_database(settings)
    except BetweenSessionsError as error:
        yield Finding(name="database", state="bad", said=str(error))
    else:
        yield Finding(name="database", state="ok", said="opens with its keys, and is at this version")
        try:
            yield from _stored(database)
        finally:
            database.close()
    for name in parts.NAMES:
        trouble = parts.trouble(settings, name)
        yield Finding(name=name, state="bad" if trouble else "ok", said=trouble or "answers")
    yield from _model()


def look_at_embedding(url: str) -> Iterator[Finding]:
    """What `doctor --embed` tells of a clinic's page."""
    with opened_database() as database:
        yield from look_at_page(url, load_settings(), database)


def _runtime() -> Finding:
    if RASA_PYTHON.exists():
        return Finding(name="runtime", state="ok", said="Rasa's runtime is installed")
    return Finding(name="runtime", state="bad", said=f"{RASA_PYTHON} is missing: run make setup")


def _model() -> Iterator[Finding]:
    if not RASA_PYTHON.exists():
        return
    if model_for_inputs().exists():
        yield Finding(name="model", state="ok", said="trained on the present files")
    else:
        said = "not trained on the present files: run make train, and start again"
        yield Finding(name="model", state="warning", said=said)


def _stored(database: Database) -> Iterator[Finding]:
    with database.read() as tx:
        report = audit.verify(tx)
        found = clinics.all(tx)
    said = f"{report.rows} rows" if report.ok else f"row {report.first_bad} is not as it was written"
    yield Finding(name="audit", state="ok" if report.ok else "bad", said=said)
    if not found:
        yield Finding(name="clinic", state="bad", said="there is none: between clinic add")
    for clinic in found:
        if clinic.settings.demo:
            yield Finding(
                name="clinic", state="warning", said=f"{clinic.id} is the demonstration clinic: not for patients"
            )
        roles = unverified(clinic, datetime.now(UTC).date())
        if roles:
            # A clinic is never switched off by an unverified number, but its people are told (design section 9).
            state = "warning" if clinic.settings.demo else "bad"
            said = f"{clinic.id}: not verified in the last three months: {', '.join(roles)}"
            yield Finding(name="contacts", state=state, said=said)
        else:
            yield Finding(name="contacts", state="ok", said=f"{clinic.id}: all verified in the last three months")
        yield from _alerts(database, clinic)


def _alerts(database: Database, clinic: Clinic) -> Iterator[Finding]:
    """Whether somebody would be told, now and at any hour: duty, channels, their tests, what is wrong."""
    grave = "warning" if clinic.settings.demo else "bad"
    with database.read() as tx:
        here = rota.presence(tx, clinic)
        found = channels.of_clinic(tx, clinic.id)
        wrong = incidents.open_of(tx, clinic.id)
        old = tx.now - timedelta(days=UNTESTED_DAYS)
    if not here.is_known:
        yield Finding(name="duty", state=grave, said=f"{clinic.id}: there is no rota: between clinic rota add")
    elif not here.is_here:
        when = f"somebody is again at {here.next_open:%Y-%m-%d %H:%M} UTC" if here.next_open else "nor in four weeks"
        yield Finding(name="duty", state="warning", said=f"{clinic.id}: nobody is on duty now; {when}")
    else:
        yield Finding(name="duty", state="ok", said=f"{clinic.id}: somebody is on duty now")
    if not found:
        yield Finding(name="channels", state=grave, said=f"{clinic.id}: nobody is paged: between channels add")
        return
    untested = [one.name for one in found if one.tested_at is None or one.tested_at < old]
    if untested:
        said = f"{clinic.id}: no test has arrived in {UNTESTED_DAYS} days: {', '.join(untested)}"
        yield Finding(name="channels", state=grave, said=said)
    else:
        yield Finding(name="channels", state="ok", said=f"{clinic.id}: {len(found)}, all tested lately")
    if wrong:
        said = f"{clinic.id}: {', '.join(sorted({one.kind for one in wrong}))}"
        yield Finding(name="incidents", state="bad", said=said)
