"""`between serve all`, as `make run` calls it: it comes up, it heals, and it leaves nothing behind."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.commands.ports import free_port
from bot.settings import ROOT

pytestmark = pytest.mark.stack

READY = "Ctrl-C stops everything."


class Copy:
    """One copy of everything, started as a person would start it."""

    def __init__(self, data_dir: Path, port: int) -> None:
        self.data_dir, self.port = data_dir, port
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "serve", "all"],
            cwd=ROOT,
            env=environment_of(data_dir, port),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def wait_until_ready(self) -> None:
        for line in self.process.stdout or ():
            self.said.append(line)
            if READY in line:
                return
        raise AssertionError("".join(self.said))

    def ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command beside it."""
        return subprocess.run(
            [sys.executable, "-m", "bot.cli", *arguments],
            cwd=ROOT,
            env=environment_of(self.data_dir, self.port),
            capture_output=True,
            text=True,
            check=False,
        )

    def health(self) -> dict[str, object]:
        found: dict[str, object] = httpx.get(f"http://127.0.0.1:{self.port}/health", trust_env=False).json()
        return found

    def processes(self) -> dict[int, str]:
        """Everything that runs on this copy's data folder, by process id."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes().split(b"\0")
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if f"DATA_DIR={self.data_dir}".encode() in environment and command:
                found[int(folder.name)] = command
        return found

    def pid_of(self, words: str) -> int:
        return next(pid for pid, command in self.processes().items() if words in command)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        code = self.process.wait(60)
        if self.process.stdout:
            self.said += self.process.stdout.readlines()
            self.process.stdout.close()
        return code


def environment_of(data_dir: Path, port: int) -> dict[str, str]:
    return os.environ | {"DATA_DIR": str(data_dir), "PORT": str(port)}


def wait_until_gone(copy: Copy, seconds: float) -> dict[int, str]:
    deadline = time.monotonic() + seconds
    while (left := copy.processes()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """A copy that is ready; the last test of this module ends it."""
    running = Copy(tmp_path_factory.mktemp("serve") / "var", free_port())
    try:
        running.wait_until_ready()
        yield running
    finally:
        if running.process.poll() is None:
            running.end(signal.SIGTERM)


def test_it_says_what_to_open_and_a_login_once(copy: Copy) -> None:
    said = "".join(copy.said)

    assert f"http://127.0.0.1:{copy.port}/chat" in said
    assert f"http://127.0.0.1:{copy.port}/console" in said
    assert len(re.findall(r"password \S{12,}", said)) == 1
    for name in ("web", "rasa", "actions", "worker"):
        assert f"{name} answers" in said


def test_the_login_that_it_said_opens_the_console(copy: Copy) -> None:
    found = re.search(r"(\S+@\S+) +password (\S+)", "".join(copy.said))
    assert found is not None

    with httpx.Client(base_url=f"http://127.0.0.1:{copy.port}", trust_env=False) as client:
        form = {"email": found[1], "password": found[2]}
        answer = client.post("/console/login", data=form, headers={"Sec-Fetch-Site": "same-origin"})

    assert answer.status_code in (302, 303)


def test_only_web_listens_beyond_a_secret(copy: Copy) -> None:
    running = json.loads((copy.data_dir / "running.json").read_text(encoding="utf-8"))

    for url, path in ((running["rasa_url"], "/webhooks/front_door/turn"), (running["actions_url"], "/webhook")):
        assert url.startswith("http://127.0.0.1:")
        assert httpx.post(f"{url}{path}", json={}, trust_env=False).status_code == 401


def test_doctor_finds_every_process(copy: Copy) -> None:
    done = copy.ask("doctor", "--json")

    found = {(one["name"], one["state"]) for one in json.loads(done.stdout)}
    assert {("web", "ok"), ("rasa", "ok"), ("actions", "ok"), ("worker", "ok"), ("database", "ok")} <= found
    assert done.returncode == 0


def test_a_second_copy_needs_a_data_folder_and_a_port_of_its_own(copy: Copy, tmp_path: Path) -> None:
    same_folder = Copy(copy.data_dir, free_port())
    same_port = Copy(tmp_path / "var", copy.port)

    for other, setting in ((same_folder, "DATA_DIR="), (same_port, "PORT=")):
        assert other.process.stdout is not None
        said = other.process.stdout.read()
        assert other.process.wait(60) == 2
        assert setting in said
        assert "Traceback" not in said
        other.process.stdout.close()


@pytest.mark.parametrize(("name", "words"), [("worker", "serve worker"), ("actions", "serve actions")])
def test_a_process_that_dies_is_started_again_and_health_says_so(copy: Copy, name: str, words: str) -> None:
    before = copy.pid_of(words)

    os.kill(before, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while copy.health()["starts"][name] < 2 and time.monotonic() < deadline:  # type: ignore[index]
        time.sleep(0.2)

    assert copy.health()["starts"][name] == 2  # type: ignore[index]
    assert copy.pid_of(words) != before


def test_ctrl_c_ends_everything_and_the_second_start_knows_its_clinic(copy: Copy) -> None:
    code = copy.end(signal.SIGINT)

    assert code == 0
    assert copy.processes() == {}
    again = Copy(copy.data_dir, copy.port)
    again.wait_until_ready()
    assert "password" not in "".join(again.said)
    assert "training" not in "".join(again.said)
    # Killed without a chance to stop anything, it takes its processes with it.
    again.end(signal.SIGKILL)
    assert wait_until_gone(again, 30) == {}
