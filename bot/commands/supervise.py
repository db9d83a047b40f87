"""`between serve all`: everything that `make run` does after the installation, until Ctrl-C.

1. take the data folder for ourselves, and see that PORT is free;
2. train, migrate, make the demonstration clinic;
3. start supervisord with the four processes on free ports, and wait until all of them answer;
4. say what to open; on SIGINT or SIGTERM stop all, and leave no process behind.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from types import FrameType

from bot.commands import demonstration, parts
from bot.commands.ports import end_with_parent, free_port, is_taken
from bot.commands.surroundings import APP_PYTHON, inner_environment, write_private
from bot.commands.train import train
from bot.errors import SettingError, StartFailed
from bot.settings import ROOT, Settings
from bot.store.database import open_database

READY_SECONDS = 300
STOP_SECONDS = 30


class Stopped(BaseException):
    """Somebody asked us to stop; not an Exception, so that nothing on the way takes it for a failure."""


def run_all(settings: Settings, *, demo: bool) -> int:
    """Run the whole until it is asked to stop, and give the exit code. Raises SettingError, StartFailed."""
    with stop_signals(), _data_dir_for_us(settings):
        try:
            _see_that_port_is_free(settings)
            model = train(settings)
            login = _prepare_database(settings, demo=demo)
            settings = _with_free_ports(settings)
            supervisord = _start(settings, str(model))
            try:
                _wait_until_ready(settings, supervisord)
                _tell(settings, login)
                return supervisord.wait()
            finally:
                _stop(supervisord)
        except Stopped:
            return 0


@contextmanager
def stop_signals() -> Iterator[None]:
    """Turn SIGINT and SIGTERM into Stopped, once: what follows must not interrupt the stopping."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, signal.SIG_IGN)
        raise Stopped

    before = [(name, signal.signal(name, stop)) for name in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for name, handler in before:
            signal.signal(name, handler)


@contextmanager
def _data_dir_for_us(settings: Settings) -> Iterator[None]:
    with (settings.data_dir / "running.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingError(
                f"DATA_DIR={settings.data_dir}: another copy runs on it. For a second one beside it choose both: "
                "PORT=8001 DATA_DIR=var2 make run"
            ) from None
        try:
            yield
        finally:
            (settings.data_dir / "running.json").unlink(missing_ok=True)


def _see_that_port_is_free(settings: Settings) -> None:
    if is_taken(settings.host, settings.port):
        raise SettingError(f"PORT={settings.port}: something else listens there. Choose another: PORT=8001 make run")


def _prepare_database(settings: Settings, *, demo: bool) -> demonstration.Login | None:
    database = open_database(settings, migrate=True)
    try:
        return demonstration.make(database, on_duty=True) if demo else None
    finally:
        database.close()


def _with_free_ports(settings: Settings) -> Settings:
    """Inner processes listen where the environment says, and else on loopback ports that nothing uses."""
    if "RASA_URL" not in os.environ:
        settings = replace(settings, rasa_url=f"http://127.0.0.1:{free_port()}")
    if "ACTIONS_URL" not in os.environ:
        settings = replace(settings, actions_url=f"http://127.0.0.1:{free_port()}")
    write_private(
        settings.data_dir / "running.json",
        json.dumps({"pid": os.getpid(), "rasa_url": settings.rasa_url, "actions_url": settings.actions_url}),
    )
    return settings


def _start(settings: Settings, model: str) -> subprocess.Popen[bytes]:
    environment = os.environ | inner_environment(settings) | {"BETWEEN_PYTHON": str(APP_PYTHON), "RASA_MODEL": model}
    with (settings.data_dir / "log/supervisord.out").open("w") as out:
        return subprocess.Popen(
            [str(APP_PYTHON), "-m", "supervisor.supervisord", "-c", str(ROOT / "supervisord.conf")],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,  # Ctrl-C reaches us only, and we stop the processes in order.
            preexec_fn=end_with_parent,
        )


def _wait_until_ready(settings: Settings, supervisord: subprocess.Popen[bytes]) -> None:
    started, since = time.monotonic(), datetime.now(UTC)
    waiting = set(parts.NAMES)
    while waiting:
        if supervisord.poll() is not None:
            raise StartFailed(f"supervisord ended with code {supervisord.returncode}: see {settings.data_dir}/log")
        for name in sorted(waiting):
            if parts.trouble(settings, name, since=since) is None:
                waiting.discard(name)
                print(f"  {name} answers after {time.monotonic() - started:.0f} s", flush=True)
        if waiting and time.monotonic() - started > READY_SECONDS:
            said = "; ".join(f"{name}: {parts.trouble(settings, name, since=since)}" for name in sorted(waiting))
            raise StartFailed(f"not ready after {READY_SECONDS} s ({said}): see {settings.data_dir}/log")
        time.sleep(0.2)


def _tell(settings: Settings, login: demonstration.Login | None) -> None:
    print(f"\n  patients   {settings.public_url}/chat\n  staff      {settings.public_url}/console")
    if login:
        print(f"             {login.email}   password {login.password}   (shown this once)")
    print(f"  logs       {settings.data_dir}/log\n\n  Ctrl-C stops everything.", flush=True)


def _stop(supervisord: subprocess.Popen[bytes]) -> None:
    if supervisord.poll() is None:
        print("\n  stopping", end="", flush=True)
        supervisord.terminate()
        try:
            supervisord.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            supervisord.kill()  # Its children end with it: they are bound to their parent.
            supervisord.wait()
        print(": all processes have ended", file=sys.stdout, flush=True)
