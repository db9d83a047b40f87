"""The fixture `between`: the command line, run in this process on an empty data folder."""

import io
import sys
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest

from bot import cli


class Outcome(NamedTuple):
    """What a command left behind: its exit code, standard output and standard error."""

    code: int | str
    out: str
    err: str


class Between(Protocol):
    def __call__(self, *arguments: str, stdin: bytes = b"") -> Outcome: ...


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder that the settings of this process name."""
    for name in ("DATABASE_URL", "TRACKER_URL", "KEYS_FILE", "INNER_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "var"))
    return tmp_path / "var"


@pytest.fixture
def between(data_dir: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Between:
    """Run the command line on an empty data folder: between("clinic", "list", stdin=b"…")."""

    def run(*arguments: str, stdin: bytes = b"") -> Outcome:
        monkeypatch.setattr(sys, "argv", ["between", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capfd.readouterr()
        return Outcome(ended.value.code or 0, said.out, said.err)

    return run
