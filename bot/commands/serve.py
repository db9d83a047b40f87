"""`between serve`: one of the four processes in the foreground, or all of them under supervisord."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from bot.commands.ports import end_with_parent
from bot.commands.surroundings import RASA_PYTHON, inner_environment, load_settings
from bot.commands.train import model_for_inputs, rasa_environment
from bot.errors import SettingError, StoreUnavailable
from bot.settings import ROOT, Settings
from bot.store import processes
from bot.store.database import open_database

app = typer.Typer(no_args_is_help=False, help="Start the processes.", invoke_without_command=True)

Bound = Annotated[bool, typer.Option("--bound", help="End when the process that started this one ends.")]
SHUTDOWN_SECONDS = 5
LOWER_PRIORITY = 5  # While Rasa thinks about one message, web stores and answers the next one of danger.


@app.callback()
def serve(context: typer.Context) -> None:
    """Start one process, or all of them (without a name)."""
    if context.invoked_subcommand is None:
        serve_all()


@app.command("all")
def serve_all(
    demo: Annotated[bool, typer.Option(help="Make a demonstration clinic, if there is none.")] = True,
) -> None:
    """Train and migrate if needed, start web, rasa, actions and worker, say when all answer; Ctrl-C stops them."""
    from bot.commands.supervise import run_all

    raise typer.Exit(run_all(load_settings(), demo=demo))


@app.command("web")
def serve_web(bound: Bound = False) -> None:
    """The public process: chat page, chat API and staff console."""
    import uvicorn

    from bot.commands.standby import stand_by
    from bot.web.app import create_app

    settings = _begin(bound)
    open_database(settings).close()  # What does not fit is said in one line, before the server starts.
    uvicorn.run(
        create_app(settings, alongside=stand_by),
        host=settings.host,
        port=settings.port,
        log_level=settings.log_level,
        access_log=False,  # Addresses in it would say who talked when.
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


@app.command("rasa")
def serve_rasa(
    bound: Bound = False,
    model: Annotated[Path | None, typer.Option(help="Another model than the one trained on the present files.")] = None,
) -> None:
    """The dialogue, in its own runtime; listens where RASA_URL says."""
    settings = _begin(bound)
    model = model or model_for_inputs()
    if not model.exists():
        raise SettingError(f"{model} is missing: run `make train`")
    if not RASA_PYTHON.exists():
        raise SettingError(f"{RASA_PYTHON} is missing: run `make setup`")
    address = urlsplit(settings.rasa_url)
    command = [str(RASA_PYTHON), "-m", "rasa", "run", "--model", str(model), "--endpoints", "endpoints.yml"]
    command += ["--credentials", "credentials.yml", "--interface", address.hostname or "127.0.0.1"]
    command += ["--port", str(address.port or 5005)]
    _note_start(settings, "rasa")
    os.chdir(ROOT)
    os.nice(LOWER_PRIORITY)
    os.execve(command[0], command, _rasa_environment(settings))


@app.command("actions")
def serve_actions(bound: Bound = False) -> None:
    """The custom actions; listens where ACTIONS_URL says."""
    import uvicorn

    from bot.actions.server import create_app

    settings = _begin(bound)
    _note_start(settings, "actions")
    address = urlsplit(settings.actions_url)
    uvicorn.run(
        create_app(settings),
        host=address.hostname or "127.0.0.1",
        port=address.port or 5055,
        log_level=settings.log_level,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


@app.command("worker")
def serve_worker(bound: Bound = False) -> None:
    """Asks unanswered turns again, and erases what has reached its end."""
    from bot.commands.work import run_worker

    run_worker(_begin(bound))


def _begin(bound: bool) -> Settings:
    if bound:
        end_with_parent()
    settings = load_settings()
    os.environ.update(inner_environment(settings))
    return settings


def _note_start(settings: Settings, name: str) -> None:
    """Count a start, for /health; a database that is away for a moment is no reason not to start.

    Raises KeyMismatch and NotMigrated: then a process must not start.
    """
    with suppress(StoreUnavailable):
        database = open_database(settings)
        try:
            with database.write() as tx:
                processes.beat(tx, name, os.getpid())
        finally:
            database.close()


def _rasa_environment(settings: Settings) -> Mapping[str, str]:
    """Rasa's SQLAlchemy 1.4 has another name for PostgreSQL's driver; its logs never go below warnings."""
    tracker_url = settings.tracker_url.replace("postgresql+psycopg://", "postgresql://")
    return rasa_environment() | inner_environment(settings) | {"TRACKER_URL": tracker_url, "LOG_LEVEL": "WARNING"}
