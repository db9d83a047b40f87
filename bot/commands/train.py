"""Training the dialogue: only when something that the model learns from has changed, and with visible progress."""

import fcntl
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot import settings as settings_table
from bot.commands.surroundings import MODELS, RASA_PYTHON
from bot.content.own_examples import FILE, SETTING
from bot.errors import SettingError, TrainingFailed
from bot.settings import ROOT, Settings

KEPT_MODELS = 3
# Rasa's own four, what it learns from, the components that learn, and the content that those read.
INPUTS = ("config.yml", "domain.yml", "bot/data", "bot/engine", "bot/content", "bot/models", "requirements/rasa.lock")
INPUT_KINDS = {".py", ".yml", ".yaml", ".lock", ".npz"}
# Content that is read while the processes run. What is not listed here counts as learned: an idle training costs a
# minute, a model that does not fit its files costs trust.
UNLEARNED = (
    "bot/content/dialogues/",
    "bot/content/risk_rules/",
    "bot/content/clocks.yml",
    "bot/content/crisis_contacts.yml",
    "bot/content/demonstration.yml",
    "bot/content/reflection.yml",
    "bot/content/risk_answers.yml",
)
WORDING = re.compile(r"bot/content/[a-z]{2}(?:-\w+)?/")  # A language's folder.


def model_for_inputs() -> Path:
    """Where the model for the present inputs is, or would be."""
    return MODELS / f"between-{fingerprint()}.tar.gz"


def fingerprint() -> str:
    digest = hashlib.sha256()
    for path in _input_files():
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    if (own := _own_examples()).exists():
        digest.update(own.read_bytes())
    return digest.hexdigest()[:16]


def train(settings: Settings, *, force: bool = False) -> Path:
    """Give the model for the present inputs, trained now if it is not there. Raises TrainingFailed."""
    with _one_at_a_time():
        model = model_for_inputs()
        if model.exists() and not force:
            return model
        if not RASA_PYTHON.exists():
            raise SettingError(f"{RASA_PYTHON} is missing: run `make setup`")
        _run_rasa(model, settings.data_dir / "log/train.log")
        drop_old(keep=model)
        return model


def drop_old(*, keep: Path) -> None:
    """Delete all models but this one and the newest others."""
    models = sorted(MODELS.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in [model for model in models if model != keep][KEPT_MODELS - 1 :]:
        path.unlink()


def _run_rasa(model: Path, log: Path) -> None:
    started = time.monotonic()
    name = f"half-{os.getpid()}"
    command = [str(RASA_PYTHON), "-m", "rasa", "train", "--config", "config.yml", "--domain", "domain.yml"]
    command += ["--data", "bot/data", "--out", str(MODELS), "--fixed-model-name", name]
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = rasa_environment()
    with (
        log.open("w", encoding="utf-8") as out,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as rasa,
    ):
        try:
            for step in _steps(rasa.stdout or (), out.write):
                _show(f"  training the dialogue, {time.monotonic() - started:3.0f} s: {step}")
            code = rasa.wait()
        finally:
            rasa.kill()  # Ctrl-C must not wait for the end of the training.
    if sys.stdout.isatty():
        print()
    half = MODELS / f"{name}.tar.gz"
    if code != 0 or not half.exists():
        raise TrainingFailed(f"`rasa train` ended with code {code}; whole output: {log}\n{_tail(log)}")
    half.replace(model)
    print(f"  the dialogue is trained after {time.monotonic() - started:.0f} s", flush=True)


def rasa_environment() -> dict[str, str]:
    """The environment of every Rasa process: no telemetry, nothing fetched, quiet, our modules importable."""
    return os.environ | {
        "RASA_TELEMETRY_ENABLED": "false",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "PYTHONWARNINGS": "ignore",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "LOG_LEVEL": "INFO",
        "LOG_LEVEL_LIBRARIES": "ERROR",
        SETTING: str(_own_examples()),
    }


def _steps(lines: Iterable[str], keep: Callable[[str], object]) -> Iterator[str]:
    """The names of the components as Rasa starts to train them, and how far layer 2 of the risk screen has come."""
    for line in lines:
        keep(line)
        _, found, rest = line.partition("Starting to train component '")
        if found:
            yield rest.partition("'")[0]
        elif line.startswith("meaning: "):
            yield line.rstrip()


def _show(line: str) -> None:
    print(f"\r{line:<78}" if sys.stdout.isatty() else line, end="" if sys.stdout.isatty() else "\n", flush=True)


def _own_examples() -> Path:
    """What clinics accepted for layer 2; `between train` writes it, so that no other start waits for a training."""
    return settings_table.load().data_dir / FILE


def _input_files() -> Iterator[Path]:
    for top in (ROOT / name for name in INPUTS):
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            name = str(path.relative_to(ROOT))
            unlearned = name.startswith(UNLEARNED) or WORDING.match(name)
            if path.is_file() and path.suffix in INPUT_KINDS and not unlearned:
                yield path


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two copies that start at once in one checkout train once."""
    MODELS.mkdir(parents=True, exist_ok=True)
    with (MODELS / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _tail(log: Path) -> str:
    return "".join(log.read_text(encoding="utf-8").splitlines(keepends=True)[-15:])
