"""Settings: one table of name, default and meaning, read from the environment once, at the border.

A value may also stand in a file named by ``<NAME>_FILE``. A value that cannot be used stops the start and names itself.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from bot.errors import SettingError

T = TypeVar("T")
ROOT = Path(__file__).resolve().parent.parent


class Setting(NamedTuple):
    name: str
    default: str
    help: str


SETTINGS = (
    Setting("PORT", "8000", "port of the web process, the only public one"),
    Setting("HOST", "127.0.0.1", "address that the web process listens on"),
    Setting("DATA_DIR", "var", "folder for the database, the keys, the logs and the run files"),
    Setting("DATABASE_URL", "", "postgresql+psycopg://… ; empty: SQLite in DATA_DIR/between.db"),
    Setting(
        "TRACKER_URL",
        "",
        "database of Rasa's tracker; empty: SQLite in DATA_DIR/tracker.db, or DATABASE_URL if that is set",
    ),
    Setting("KEYS_FILE", "", "file with the encryption keys; empty: DATA_DIR/keys.json"),
    Setting(
        "INNER_SECRET", "", "secret of every call between our processes; empty: made once in DATA_DIR/inner.secret"
    ),
    Setting("RASA_URL", "http://127.0.0.1:5005", "where the Rasa process listens; `between serve` picks a free port"),
    Setting(
        "ACTIONS_URL", "http://127.0.0.1:5055", "where the actions process listens; `between serve` picks a free port"
    ),
    Setting("PUBLIC_URL", "", "address under which browsers reach us, for links; empty: http://HOST:PORT"),
    Setting("SECURE_COOKIES", "no", "yes behind HTTPS: cookies are sent over HTTPS only"),
    Setting("LOG_LEVEL", "info", "debug, info, warning or error; no level logs a patient's words"),
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    port: int
    host: str
    data_dir: Path
    database_url: str
    tracker_url: str
    keys_file: Path
    inner_secret: str
    rasa_url: str
    actions_url: str
    public_url: str
    secure_cookies: bool
    log_level: str


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises SettingError naming the setting, its value and what is allowed."""
    values = {setting.name: _value(os.environ if environ is None else environ, setting) for setting in SETTINGS}
    data_dir = Path(values["DATA_DIR"]).resolve()
    port = _port(values["PORT"])
    database_url = values["DATABASE_URL"] or f"sqlite:///{data_dir / 'between.db'}"
    tracker_url = values["TRACKER_URL"] or (values["DATABASE_URL"] or f"sqlite:///{data_dir / 'tracker.db'}")
    return Settings(
        port=port,
        host=values["HOST"],
        data_dir=data_dir,
        database_url=database_url,
        tracker_url=tracker_url,
        keys_file=Path(values["KEYS_FILE"] or data_dir / "keys.json"),
        inner_secret=values["INNER_SECRET"],
        rasa_url=values["RASA_URL"].rstrip("/"),
        actions_url=values["ACTIONS_URL"].rstrip("/"),
        public_url=(values["PUBLIC_URL"] or f"http://{values['HOST']}:{port}").rstrip("/"),
        secure_cookies=_choice("SECURE_COOKIES", values["SECURE_COOKIES"], {"yes": True, "no": False}),
        log_level=_choice(
            "LOG_LEVEL", values["LOG_LEVEL"], {name: name for name in ("debug", "info", "warning", "error")}
        ),
    )


def _value(environ: Mapping[str, str], setting: Setting) -> str:
    file = environ.get(f"{setting.name}_FILE")
    if not file:
        return environ.get(setting.name, setting.default)
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingError(f"{setting.name}_FILE={file}: cannot be read ({error.strerror})") from error


def _port(value: str) -> int:
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise SettingError(f"PORT={value!r}: allowed is a whole number from 1 to 65535")
    return int(value)


def _choice(name: str, value: str, allowed: Mapping[str, T]) -> T:
    if value not in allowed:
        raise SettingError(f"{name}={value!r}: allowed is one of {', '.join(allowed)}")
    return allowed[value]
