"""The four real processes on free ports, with a data folder of their own: what the whole-system tests run against.

They are started directly, not under supervisord, so that a test decides who is dead and when he comes back.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bot import settings as settings_table
from bot.commands import demonstration, parts
from bot.commands.ports import free_port
from bot.commands.train import train
from bot.settings import ROOT, Settings
from bot.store import escalations
from bot.store.database import Database, open_database
from bot.store.rows import Escalation
from tests.chat import Chat

NAMES = ("web", "rasa", "actions", "worker")
CLINIC = "demo"


class Stack:
    """Four processes and their database. ``web2`` may be started as a second web process on the same database."""

    def __init__(self, folder: Path, *, database_url: str = "") -> None:
        self.folder = folder
        self.environment = {
            "DATA_DIR": str(folder / "var"),
            "DATABASE_URL": database_url,
            "INNER_SECRET": "a-secret-of-the-tests",
            "PORT": str(free_port()),
            "RASA_URL": f"http://127.0.0.1:{free_port()}",
            "ACTIONS_URL": f"http://127.0.0.1:{free_port()}",
        }
        self.settings = settings_table.load(self.environment)
        (self.settings.data_dir / "log").mkdir(parents=True)
        self.model = train(self.settings)
        self.database: Database = open_database(self.settings, migrate=True)
        login = demonstration.make(self.database)
        assert login is not None
        self.staff = login
        self.second_port = free_port()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._started: dict[str, datetime] = {}
        self._clients: list[httpx.Client] = []

    def start(self, *names: str) -> None:
        """Start processes (all four without a name) and wait until they answer."""
        for name in names or NAMES:
            self._started[name] = datetime.now(UTC)
            self._running[name] = self._spawn(name)
        self.wait_ready(*(names or NAMES))

    def start_elsewhere(self, name: str, root: Path) -> None:
        """Start a process from another copy of the source."""
        self._started[name] = datetime.now(UTC)
        self._running[name] = self._spawn(name, root)
        self.wait_ready(name)

    def queue(self) -> list[Escalation]:
        """What staff see in the queue."""
        with self.database.read() as tx:
            return escalations.queue(tx, CLINIC)

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal; after SIGKILL or SIGTERM wait until the process is gone."""
        process = self._running[name]
        process.send_signal(number)
        if number in (signal.SIGKILL, signal.SIGTERM):
            process.wait(30)

    def suspend(self, name: str) -> None:
        """Stop a process without ending it: it holds its connections and answers nobody."""
        self.kill(name, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self.kill(name, signal.SIGCONT)

    def waits_for_rasa(self) -> bool:
        """Has a request reached Rasa's port that Rasa has not read (the kernel's table of connections, proc(5))?"""
        port = f":{httpx.URL(self.settings.rasa_url).port:04X}"
        lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        unread = {line[1] for line in lines if line[3] == "01" and not line[4].endswith(":00000000")}
        return any(address.endswith(port) for address in unread)

    def restart(self, name: str) -> None:
        self.kill(name)
        self.start(name)

    def heal(self) -> None:
        """Bring everything back to four running processes; a second web process and all clients are ended."""
        self._close_clients()
        self._end("web2")
        for process in self._running.values():
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
        dead = [name for name in NAMES if self._running[name].poll() is not None]
        if dead:
            self.start(*dead)

    def stop(self) -> None:
        self._close_clients()
        for name in list(self._running):
            self._end(name)
        self.database.close()

    def wait_ready(self, *names: str, seconds: float = 300) -> None:
        """Wait until processes answer. Fails with what they say of themselves and the end of their logs."""
        deadline = time.monotonic() + seconds
        for name in names or NAMES:
            while trouble := parts.trouble(self._settings_of(name), name.rstrip("2"), since=self._started[name]):
                died = self._running[name].poll() is not None
                if died or time.monotonic() > deadline:
                    raise AssertionError(f"{name} is not ready ({trouble}); its log:\n{self.log(name)[-1000:]}")
                time.sleep(0.1)

    def pid(self, name: str) -> int:
        return self._running[name].pid

    def log(self, name: str) -> str:
        return (self.settings.data_dir / f"log/{name}.log").read_text(encoding="utf-8", errors="replace")

    def logs(self) -> str:
        """Everything that the processes have written, for tests that look for what must not be there."""
        files = sorted((self.settings.data_dir / "log").iterdir())
        return "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files)

    def url(self, name: str = "web") -> str:
        return f"http://127.0.0.1:{self._settings_of(name).port}"

    def client(self, name: str = "web") -> httpx.Client:
        """A client of a web process; it is closed after the test."""
        client = httpx.Client(base_url=self.url(name), timeout=30, trust_env=False, verify=False)
        self._clients.append(client)
        return client

    def chat(self, name: str = "web", *, clinic: str = CLINIC, **settings: str) -> Chat:
        """A new conversation of a patient."""
        return Chat(self.client(name), clinic=clinic, **settings)

    def login(self, email: str = "", password: str = "") -> httpx.Client:
        """A client that is logged in to the staff console."""
        client = self.client()
        client.headers["Sec-Fetch-Site"] = "same-origin"
        form = {"email": email or self.staff.email, "password": password or self.staff.password}
        answer = client.post("/console/login", data=form)
        assert answer.status_code in (302, 303), answer.text
        return client

    def _close_clients(self) -> None:
        for client in self._clients:
            client.close()
        self._clients.clear()

    def _settings_of(self, name: str) -> Settings:
        return replace(self.settings, port=self.second_port) if name == "web2" else self.settings

    def _spawn(self, name: str, root: Path = ROOT) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "bot.cli", "serve", name.rstrip("2"), "--bound"]
        command += ["--model", str(self.model)] if name == "rasa" else []
        environment = os.environ | self.environment | {"PORT": str(self._settings_of(name).port)}
        environment |= {"PYTHONPATH": str(root)}
        with (self.settings.data_dir / f"log/{name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _end(self, name: str) -> None:
        process = self._running.pop(name, None)
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
