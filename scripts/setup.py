#!/usr/bin/env python3
"""Create what the project runs on: ``.venv`` (ours) and ``.venv-rasa`` (the dialogue), from the hashed lock files.

    python3 scripts/setup.py app         what `make run` needs
    python3 scripts/setup.py dev         the same and what the tests and checks need
    python3 scripts/setup.py rasa        the runtime of Rasa 3.6, on Python 3.10

A runtime whose stamp names the present lock files and Python is left alone, so a second call costs nothing. Only the
standard library is used, since nothing else is there yet.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / ".venv"
RASA = ROOT / ".venv-rasa"
OLDEST_APP_PYTHON = (3, 11)
RASA_PYTHON = (3, 10)
STAMP = "installed.stamp"
LOG = "setup.log"
# How the lines begin by which uv and pip tell where they are.
STEPS = ("Resolved", "Downloading", "Downloaded", "Building", "Prepared", "Installed", "Collecting", "Installing")


class SetupError(Exception):
    """What is missing on this machine, in one sentence that says what to do."""


def main(names: list[str]) -> int:
    try:
        for name in names:
            {"app": setup_app, "dev": setup_dev, "rasa": setup_rasa}[name]()
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 2
    except KeyError as error:
        print(f"setup: {error} is not known; allowed: app, dev, rasa", file=sys.stderr)
        return 2
    return 0


def setup_app() -> None:
    """Install what runs; a runtime that already has the development tools has all of it."""
    if not current(APP, dev_locks()):
        setup(APP, app_locks(), find_app_python)


def setup_dev() -> None:
    setup(APP, dev_locks(), find_app_python)


def setup_rasa() -> None:
    """Install Rasa's runtime; `.venv` must stand, because its pip installs here and its `uv` fetches Python 3.10."""
    setup_app()
    setup(RASA, rasa_locks(), find_rasa_python)


def app_locks() -> list[Path]:
    return [ROOT / "requirements/app.lock"]


def dev_locks() -> list[Path]:
    return [ROOT / "requirements/dev.lock"]


def rasa_locks() -> list[Path]:
    return [ROOT / "requirements/rasa.lock", ROOT / "requirements/weights.lock"]


def setup(folder: Path, locks: list[Path], find_python) -> None:
    """Bring ``folder`` to the state of ``locks``: create it, install, write the stamp last."""
    if current(folder, locks):
        return
    started = time.monotonic()
    if version_of(folder / "bin/python") is None:
        python = find_python()
        shutil.rmtree(folder, ignore_errors=True)
        # Rasa's runtime borrows pip and uv from .venv: Debian's Pythons come without a pip of their own.
        call(
            [python, "-m", "venv", *(["--without-pip"] if folder == RASA else []), str(folder)], "create " + folder.name
        )
    install(folder, locks)
    if folder == APP:
        pip(folder, ["--no-deps", "--no-build-isolation", "-e", str(ROOT)], "this project")
    (folder / STAMP).write_text(stamp(folder, locks), encoding="utf-8")
    print(f"  {folder.name} is ready after {time.monotonic() - started:.0f} s", flush=True)


def current(folder: Path, locks: list[Path]) -> bool:
    try:
        return (folder / STAMP).read_text(encoding="utf-8") == stamp(folder, locks)
    except OSError:
        return False


def stamp(folder: Path, locks: list[Path]) -> str:
    """What the runtime was made of; the folder is in it, because scripts in it hold its absolute path."""
    parts = [str(folder), str(version_of(folder / "bin/python"))]
    return "\n".join(parts + [hashlib.sha256(lock.read_bytes()).hexdigest() for lock in locks]) + "\n"


def find_app_python() -> str:
    for name in [sys.executable, "python3", "python3.11", "python3.12", "python3.13"]:
        version = version_of(name)
        if version is not None and version >= OLDEST_APP_PYTHON:
            if answers([name, "-c", "import venv, ensurepip"]):
                return name
            raise SetupError(f"{name} has no `venv`: install it (on Debian and Ubuntu: apt-get install python3-venv).")
    raise SetupError(
        "Python 3.11 or newer is needed: install it (on Debian and Ubuntu: apt-get install python3 python3-venv)."
    )


def find_rasa_python() -> str:
    """Python 3.10: one that answers, else one that pyenv installed, else one that ``uv`` fetches."""
    for candidate in rasa_candidates():
        if version_of(candidate) == RASA_PYTHON:
            return candidate
    uv = str(APP / "bin/uv")
    print("  Python 3.10 is not installed: uv fetches it", flush=True)
    if answers([uv, "python", "install", "3.10"], seconds=600):
        found = subprocess.run([uv, "python", "find", "--managed-python", "3.10"], capture_output=True, text=True)
        if version_of(found.stdout.strip()) == RASA_PYTHON:
            return found.stdout.strip()
    raise SetupError(
        "Rasa 3.6 needs Python 3.10, which is not installed and could not be fetched: install it "
        "(`pyenv install 3.10`, or your system's python3.10 package) and run the same command again."
    )


def rasa_candidates() -> Iterator[str]:
    yield "python3.10"  # A pyenv shim of that name may stand in PATH and fail; then it does not answer.
    for root in (os.environ.get("PYENV_ROOT"), str(Path.home() / ".pyenv")):
        if root:
            yield from (str(path) for path in sorted(Path(root).glob("versions/3.10*/bin/python3.10"), reverse=True))


def version_of(python: "str | Path"):
    """(major, minor) of an interpreter, or None if there is none or it does not answer."""
    command = [str(python), "-c", "import sys; print(*sys.version_info[:2])"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
        return tuple(int(part) for part in done.stdout.split()) if done.returncode == 0 else None
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def answers(command: list[str], seconds: int = 30) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=seconds).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def call(command: list[str], purpose: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SetupError(f"could not {purpose}: {(done.stderr or done.stdout).strip()[-600:]}")


def install(folder: Path, locks: list[Path]) -> None:
    """Install lock files with uv, which takes a fraction of pip's time, and with pip where uv cannot."""
    uv = APP / "bin/uv"
    if not uv.exists():
        pip(APP, ["--require-hashes", "-r", str(only("uv", locks[0], folder))], "uv")
    for lock in locks:
        # The weights declare PyTorch as a dependency, and are used without it.
        options = ["--require-hashes", "-r", str(lock)] + (["--no-deps"] if lock.stem == "weights" else [])
        # Compiled now: Rasa and TensorFlow would take half a minute for it, at each start if Python may not write.
        command = [str(uv), "pip", "install", "--compile-bytecode", "--python", str(folder / "bin/python"), *options]
        if run(command, folder, f"{lock.name} into {folder.name}") != 0:
            print("  uv could not install it (a mirror that only pip knows?): pip tries", flush=True)
            pip(folder, options, lock.name)


def only(name: str, lock: Path, folder: Path) -> Path:
    """One package of a lock file, with its hashes, as a file of its own."""
    entries = re.split(r"^(?=[\w.-]+==)", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path = folder / f"{name}.lock"
    path.write_text("".join(entry for entry in entries if entry.startswith(name + "==")), encoding="utf-8")
    return path


def pip(folder: Path, options: list[str], what: str) -> None:
    command = [str(APP / "bin/python"), "-m", "pip", "--python", str(folder / "bin/python")]
    command += ["install", "--progress-bar", "off", "--disable-pip-version-check", "--no-input", *options]
    if run(command, folder, f"{what} into {folder.name}") != 0:
        tail = "".join((folder / LOG).read_text(encoding="utf-8").splitlines(keepends=True)[-12:])
        raise SetupError(f"could not install {what} (whole output: {folder / LOG}):\n{tail}")


def run(command: list[str], folder: Path, title: str) -> int:
    """Run an installer, telling the step that it is at; its whole output stays in the runtime's folder."""
    started = time.monotonic()
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "env": clean_environment()}
    with (folder / LOG).open("w", encoding="utf-8") as log, subprocess.Popen(command, **pipes) as installer:
        steps = 0
        for line in installer.stdout or ():
            log.write(line)
            if line.strip().startswith(STEPS):
                steps += 1
                show(f"  {title}, {time.monotonic() - started:3.0f} s: {line.strip()[:60]}", steps)
    if sys.stdout.isatty():
        print()
    return installer.wait()


def clean_environment() -> dict:
    """The environment without what would make an installer install elsewhere."""
    return {name: value for name, value in os.environ.items() if name not in {"PIP_USER", "PIP_TARGET", "PYTHONPATH"}}


def show(line: str, step: int) -> None:
    """One line that changes on a terminal; every twentieth in a log."""
    if sys.stdout.isatty():
        print(f"\r{line:<100}", end="", flush=True)
    elif step % 20 == 1:
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["app", "rasa"]))
