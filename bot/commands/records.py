"""Commands about what is stored: escalations, export, erase, and the audit trail."""

from typing import Annotated, Any

import typer

from bot.commands.output import AsJson, print_json, print_rows
from bot.commands.surroundings import opened_database
from bot.store import audit as trail
from bot.store import clinics, conversations, erasure
from bot.store import escalations as stored
from bot.store.rows import Escalation
from bot.web.api.me import export_note

audit_app = typer.Typer(no_args_is_help=True, help="The audit trail: who did and saw what.")


def escalations(
    clinic: Annotated[str | None, typer.Option(help="Only this clinic.")] = None,
    closed: Annotated[bool, typer.Option(help="The closed ones instead of the open ones.")] = False,
    as_json: AsJson = False,
) -> None:
    """List escalations, the worst and oldest first. No patient's words are printed."""
    with opened_database() as database, database.read() as tx:
        of = [clinics.get(tx, clinic)] if clinic else clinics.all(tx)
        found = [one for each in of for one in (stored.closed if closed else stored.queue)(tx, each.id)]
    print_rows([_row(one) for one in found], as_json=as_json)


def export(clinic: str, conversation: str) -> None:
    """Print all that is stored about a conversation, as JSON; the audit trail notes it."""
    with opened_database() as database, database.write() as tx:
        conversations.load(tx, clinic, conversation)
        trail.write(
            tx, clinic_id=clinic, actor="between export", act="export", kind="conversation", subject=conversation
        )
        found = {"note": export_note(tx, conversation), **erasure.export(tx, conversation)}
    print_json(found)


def erase(
    clinic: str,
    conversation: str,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a conversation everywhere; what stays is the escalation record with its quoted phrase, and a receipt."""
    if not yes:
        typer.confirm(f"Erase conversation {conversation} of {clinic}? It cannot be brought back.", abort=True)
    with opened_database() as database:
        receipt = erasure.erase(database, clinic, conversation, actor="between erase")
    print_json({"receipt": receipt.id, "conversation": receipt.conversation_id, "at": receipt.at})


@audit_app.command()
def verify(as_json: AsJson = False) -> None:
    """Check that no row of the audit trail was changed, removed or added by hand. Exit code 1 if one was."""
    with opened_database() as database, database.read() as tx:
        report = trail.verify(tx)
        head = trail.head(tx)
    if as_json:
        print_json({"ok": report.ok, "rows": report.rows, "first_bad": report.first_bad, "head": head})
    elif report.ok:
        typer.echo(f"{report.rows} rows, all as they were written; head {head}")
    else:
        typer.echo(f"tampered with: row {report.first_bad} is the first that is not as it was written", err=True)
    if not report.ok:
        raise typer.Exit(1)


def _row(found: Escalation) -> dict[str, Any]:
    return {
        "id": found.id,
        "clinic": found.clinic_id,
        "conversation": found.conversation_id,
        "level": found.level,
        "action": found.action,
        "state": found.state,
        "categories": list(found.categories),
        "opened_at": found.opened_at,
        "claimed_by": found.claimer_name,
        "closed_at": found.closed_at,
        "outcome": found.outcome,
    }
