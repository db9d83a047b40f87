"""`between staff`: who may log in to a clinic's console."""

import secrets
from typing import Annotated

import typer

from bot.commands.output import AsJson, print_rows
from bot.commands.surroundings import load_settings, opened_database
from bot.errors import Incomplete, SettingError
from bot.store import audit, clinics, factors, invitations, members
from bot.store.database import Transaction
from bot.store.roles import CLINICIAN, ROLES
from bot.store.rows import Member

ACTOR = "between staff"
PASSWORD_BYTES = 12
WRONG = {
    "email": "that is no e-mail address",
    "email_known": "somebody with this e-mail address is a member already",
    "name": "a name is missing",
    "role": f"a role is one of {', '.join(ROLES)}",
}

app = typer.Typer(no_args_is_help=True, help="Staff: invite, add, list, change, reset, disable.")


@app.command()
def add(
    clinic_id: str,
    email: str,
    name: Annotated[str, typer.Option(help="Name that colleagues see; patients see the first one.")],
    role: Annotated[str, typer.Option(help=", ".join(ROLES))] = CLINICIAN,
    title: Annotated[str, typer.Option(help='What patients read that they are: "nurse".')] = "",
) -> None:
    """Add a member of staff; the password is made here and printed once."""
    if role not in ROLES:
        raise SettingError(f"role {role!r}: allowed is one of {', '.join(ROLES)}")
    if "@" not in email:
        raise SettingError(f"{email!r} is not an e-mail address")
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    with opened_database() as database, database.write() as tx:
        clinics.get(tx, clinic_id)
        member = members.create(tx, clinic_id, email, name, role, password, title=title or None)
        _audit(tx, member, "add")
    typer.echo(f"{email}   password {password}   (shown this once)")


@app.command()
def invite(
    clinic_id: str,
    email: str,
    name: Annotated[str, typer.Option(help="Name that colleagues see; patients see the first one.")],
    role: Annotated[str, typer.Option(help=", ".join(ROLES))] = CLINICIAN,
    title: Annotated[str, typer.Option(help='What patients read that they are: "nurse".')] = "",
) -> None:
    """Make a link with which a person makes an account, once, within three days."""
    with opened_database() as database, database.write() as tx:
        clinics.get(tx, clinic_id)
        try:
            token = invitations.invite(tx, clinic_id, email, name, role, title, by=ACTOR)
        except Incomplete as error:
            raise SettingError(f"{WRONG[str(error)]}: {email}, {name}, {role}") from error
    typer.echo(f"{load_settings().public_url}/console/welcome/{token}   (shown this once)")


@app.command("reset-factor")
def reset_factor(clinic_id: str, email: str) -> None:
    """Take a member's second factor away, for a lost telephone: the next sign-in sets up another."""
    with opened_database() as database, database.write() as tx:
        member = members.by_email(tx, clinic_id, email)
        factors.reset(tx, member.id)
        _audit(tx, member, "reset")
    typer.echo(f"{email} sets up another second factor at the next sign-in")


@app.command("list")
def list_all(clinic_id: str, as_json: AsJson = False) -> None:
    """List a clinic's staff."""
    with opened_database() as database, database.read() as tx:
        clinics.get(tx, clinic_id)
        found = members.of_clinic(tx, clinic_id)
    rows = [
        {
            "email": one.email,
            "name": one.name,
            "role": one.role,
            "second_factor": one.has_factor,
            "since": one.created_at,
            "disabled": one.disabled_at,
        }
        for one in found
    ]
    print_rows(rows, as_json=as_json)


@app.command("reset-password")
def reset_password(clinic_id: str, email: str) -> None:
    """Give a member a new password, printed once, and end every session."""
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    with opened_database() as database, database.write() as tx:
        member = members.by_email(tx, clinic_id, email)
        members.set_password(tx, member.id, password)
        _audit(tx, member, "reset_password")
    typer.echo(f"{email}   password {password}   (shown this once)")


@app.command()
def role(clinic_id: str, email: str, role: Annotated[str, typer.Argument(help=", ".join(ROLES))]) -> None:
    """Let a member have another role."""
    if role not in ROLES:
        raise SettingError(f"role {role!r}: allowed is one of {', '.join(ROLES)}")
    with opened_database() as database, database.write() as tx:
        member = members.by_email(tx, clinic_id, email)
        members.set_role(tx, member.id, role)
        _audit(tx, member, "role")
    typer.echo(f"{email} is {role} now")


@app.command()
def disable(clinic_id: str, email: str) -> None:
    """Let a member log in no more, and end every session."""
    with opened_database() as database, database.write() as tx:
        member = members.by_email(tx, clinic_id, email)
        members.disable(tx, member.id)
        _audit(tx, member, "disable")
    typer.echo(f"{email} can no longer log in")


def _audit(tx: Transaction, member: Member, act: str) -> None:
    audit.write(tx, clinic_id=member.clinic_id, actor=ACTOR, act=act, kind="member", subject=member.id)
