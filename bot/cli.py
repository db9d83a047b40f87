"""`between`, the command line. Exit code 0: done; 1: done, and the answer is bad news; 2: it could not be done."""

import sys
from typing import Annotated

import typer

from bot.commands import (
    channels,
    clinic,
    content,
    doctor,
    drill,
    keys,
    migrate,
    own_examples,
    records,
    screen,
    serve,
    staff,
)
from bot.commands import train as training
from bot.commands.surroundings import load_settings
from bot.errors import BetweenSessionsError

app = typer.Typer(
    name="between",
    help="A therapy-support chat: run it, look after it, check it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # A traceback with local variables would show patients' words.
)
app.add_typer(serve.app, name="serve")
app.add_typer(clinic.app, name="clinic")
app.add_typer(staff.app, name="staff")
app.add_typer(channels.app, name="channels")
app.add_typer(records.audit_app, name="audit")
app.add_typer(keys.app, name="keys")
for command in (
    migrate.migrate,
    records.escalations,
    records.export,
    records.erase,
    screen.screen,
    doctor.doctor,
    drill.drill,
    content.content,
):
    app.command()(command)


@app.command()
def train(force: Annotated[bool, typer.Option(help="Train even if nothing has changed.")] = False) -> None:
    """Train the dialogue, if anything that it learns from has changed."""
    settings = load_settings()
    if own := own_examples.bring(settings):
        typer.echo(f"the risk screen also learns from examples that clinics accepted: {own}")
    typer.echo(training.train(settings, force=force))


def main() -> None:
    """Run the command line; our own errors become one line on standard error."""
    try:
        app()
    except BetweenSessionsError as error:
        print(f"between: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
