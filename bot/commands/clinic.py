"""`between clinic`: clinics and what they decide for themselves."""

from dataclasses import asdict, fields
from typing import Annotated, Any

import typer

from bot.commands import rota
from bot.commands.output import AsJson, print_json, print_rows
from bot.commands.surroundings import opened_database
from bot.content.clocks import shorten
from bot.errors import SettingError
from bot.store import audit, clinics
from bot.store.rows import Clinic, ClinicSettings

ACTOR = "between clinic"
# Contacts have an inner form, and are changed in bot/content/crisis_contacts.yml; clocks have a command of their own;
# a demonstration stays one.
NOT_SET_HERE = ("contacts", "clocks", "demo")
SETTABLE = {field.name: field.type for field in fields(ClinicSettings) if field.name not in NOT_SET_HERE}

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
    values: Annotated[list[str], typer.Argument(help=f"name=value … ; names: {', '.join(SETTABLE)}")],
) -> None:
    """Change settings: between clinic set demo staff_hours="Monday to Friday, 9 am to 5 pm"."""
    changes = dict(map(_change, values))
    with opened_database() as database, database.write() as tx:
        print_json(_shown(clinics.change(tx, clinic_id, **changes)))
        audit.write(tx, clinic_id=clinic_id, actor=ACTOR, act="change", kind="clinic", subject=clinic_id)


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
    if not equals or name not in SETTABLE:
        raise SettingError(f"{pair!r}: write name=value; allowed names: {', '.join(SETTABLE)}")
    if SETTABLE[name] is int:
        if not value.isdecimal():
            raise SettingError(f"{pair!r}: {name} is a whole number")
        return name, int(value)
    if SETTABLE[name] is bool:
        if value not in ("yes", "no"):
            raise SettingError(f"{pair!r}: {name} is yes or no")
        return name, value == "yes"
    if name == "origins":
        return name, tuple(origin.strip() for origin in value.split(",") if origin.strip())
    return name, value


def _shown(clinic: Clinic) -> dict[str, Any]:
    settings = asdict(clinic.settings) | {"identity_secret": "(set)" if clinic.settings.identity_secret else ""}
    return {"id": clinic.id, "created_at": clinic.created_at, **settings}
