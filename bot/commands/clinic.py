"""`between clinic`: clinics and what they decide for themselves."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from bot.commands import rota
from bot.commands.output import AsJson, print_json, print_rows
from bot.commands.surroundings import opened_database
from bot.content.clocks import shorten
from bot.errors import SettingError
from bot.store import audit, clinics
from bot.store.clinic_fields import DAYS, FIELDS, SECRET_CHARACTERS, Problem, countries, languages, parse
from bot.store.rows import Clinic, ClinicSettings

ACTOR = "between clinic"
MEANT = {
    "empty": "it cannot be empty",
    "too_long": "it is too long",
    "country": f"allowed is one of {', '.join(countries())}",
    "language": f"allowed is one of {', '.join(languages())}",
    "timezone": "write it as Europe/London",
    "flag": "write yes or no",
    "resume_days": "a whole number of days from {} to {}".format(*DAYS["resume_days"]),
    "retention_days": "a whole number of days from {} to {}".format(*DAYS["retention_days"]),
    "consent_text": "whole sentences, without a question, a line break or braces",
    "colour": "# and six digits or letters a to f, such as #1f6470",
    "origins": "addresses such as https://clinic.example, with commas between them",
    "secret": f"at least {SECRET_CHARACTERS} signs, or a public key",
}

app = typer.Typer(no_args_is_help=True, help="Clinics: add, list, show, change.")
app.add_typer(rota.app, name="rota")


@app.command()
def add(
    clinic_id: Annotated[str, typer.Argument(help="Short name in addresses: a-z, 0-9 and -.")],
    name: Annotated[str, typer.Option(help="Name that patients see.")],
    country: Annotated[str, typer.Option(help="Country, for the crisis contacts.")] = "UK",
) -> None:
    """Add a clinic."""
    if not clinic_id or clinic_id.strip("abcdefghijklmnopqrstuvwxyz0123456789-"):
        raise SettingError(f"clinic id {clinic_id!r}: allowed are the letters a-z, digits and -")
    with opened_database() as database, database.write() as tx:
        clinics.create(tx, clinic_id, ClinicSettings(name=name, country=country))
        audit.write(tx, clinic_id=clinic_id, actor=ACTOR, act="add", kind="clinic", subject=clinic_id)
    typer.echo(f"{clinic_id} is added; next: between staff add {clinic_id} <e-mail>")


@app.command("list")
def list_all(as_json: AsJson = False) -> None:
    """List the clinics."""
    with opened_database() as database, database.read() as tx:
        found = clinics.all(tx)
    rows = [
        {"id": one.id, "name": one.settings.name, "country": one.settings.country, "demo": one.settings.demo}
        for one in found
    ]
    print_rows(rows, as_json=as_json)


@app.command()
def show(clinic_id: str) -> None:
    """Show a clinic's settings, as JSON; a secret is shown as set or not."""
    with opened_database() as database, database.read() as tx:
        print_json(_shown(clinics.get(tx, clinic_id)))


@app.command("set")
def set_values(
    clinic_id: str,
    values: Annotated[list[str], typer.Argument(help=f"name=value … ; names: {', '.join(FIELDS)}")],
) -> None:
    """Change settings: between clinic set demo staff_hours="Monday to Friday, 9 am to 5 pm"."""
    changes = dict(map(_change, values))
    with opened_database() as database, database.write() as tx:
        print_json(_shown(clinics.change(tx, clinic_id, **changes)))
        for name in changes:
            audit.write(tx, clinic_id=clinic_id, actor=ACTOR, act="change", kind="setting", subject=name)


@app.command()
def clock(
    clinic_id: str,
    level: Annotated[str, typer.Argument(help="emergency, urgent or same_day.")],
    limit: Annotated[str, typer.Argument(help="A limit of bot/content/clocks.yml, such as acknowledge.")],
    minutes: Annotated[int, typer.Argument(help="At most as many as that file says.")],
) -> None:
    """Let a limit be shorter than the clinical content's: between clinic clock demo emergency acknowledge 3."""
    with opened_database() as database, database.write() as tx:
        own = clinics.get(tx, clinic_id).settings.clocks
        print_json(_shown(clinics.change(tx, clinic_id, clocks=shorten(own, level, limit, minutes))))
        audit.write(tx, clinic_id=clinic_id, actor=ACTOR, act="change", kind="clinic", subject=clinic_id)


def _change(pair: str) -> tuple[str, Any]:
    name, equals, value = pair.partition("=")
    if not equals or name not in FIELDS:
        raise SettingError(f"{pair!r}: write name=value; allowed names: {', '.join(FIELDS)}")
    try:
        return name, parse(name, value)
    except Problem as problem:
        raise SettingError(f"{pair!r}: {MEANT[problem.name]}") from problem


def _shown(clinic: Clinic) -> dict[str, Any]:
    settings = asdict(clinic.settings) | {"identity_secret": "(set)" if clinic.settings.identity_secret else ""}
    return {"id": clinic.id, "created_at": clinic.created_at, **settings}
