"""What every command stands on: the settings with the inner secret filled in, and the project's own files."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from bot import settings as settings_table
from bot.errors import SettingError
from bot.settings import ROOT, Settings
from bot.store.database import Database, open_database

APP_PYTHON = ROOT / ".venv/bin/python"
RASA_PYTHON = ROOT / ".venv-rasa/bin/python"
MODELS = ROOT / "bot/models"


def load_settings() -> Settings:
    """The settings of this process; makes DATA_DIR and, once, the inner secret in it. Raises SettingError."""
    settings = settings_table.load()
    try:
        (settings.data_dir / "log").mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError(f"DATA_DIR={settings.data_dir}: cannot be used ({error.strerror})") from error
    return replace(settings, inner_secret=settings.inner_secret or _kept_secret(settings.data_dir / "inner.secret"))


@contextmanager
def opened_database() -> Iterator[Database]:
    """The database that the settings name, for one command. Raises what ``open_database`` raises."""
    database = open_database(load_settings())
    try:
        yield database
    finally:
        database.close()


def inner_environment(settings: Settings) -> dict[str, str]:
    """What the processes of one installation share, for the environment of a child."""
    return {
        "ACTIONS_URL": settings.actions_url,
        "DATA_DIR": str(settings.data_dir),
        "INNER_SECRET": settings.inner_secret,
        "KEYS_FILE": str(settings.keys_file),
        "RASA_URL": settings.rasa_url,
        "RASA_TELEMETRY_ENABLED": "false",
    }


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, so that a reader sees the old text or the new, never half."""
    half = _unique(path)
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    half.replace(path)


def _unique(path: Path) -> Path:
    """A name beside ``path`` that no other process or thread has."""
    return path.with_name(f"{path.name}.{secrets.token_hex(8)}")


def _kept_secret(path: Path) -> str:
    """The secret in ``path``; of several processes that come at once, all get the one that was first."""
    if not path.exists():
        half = _unique(path)
        write_private(half, secrets.token_urlsafe(32))
        with suppress(FileExistsError):
            os.link(half, path)
        half.unlink()
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingError(f"INNER_SECRET: {path} cannot be read ({error.strerror})") from error
