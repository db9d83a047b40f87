"""What every command stands on: the inner secret, ports, and processes that end with their parent."""

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.commands.ports import free_port, is_taken
from bot.commands.surroundings import load_settings
from bot.errors import SettingError
from bot.settings import ROOT


def test_the_inner_secret_is_made_once_and_kept(data_dir: Path) -> None:
    first, second = load_settings(), load_settings()

    assert len(first.inner_secret) >= 32
    assert second.inner_secret == first.inner_secret
    assert (data_dir / "inner.secret").read_text(encoding="utf-8") == first.inner_secret


def test_processes_that_start_at_once_get_one_secret(data_dir: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        secrets = {settings.inner_secret for settings in pool.map(lambda _: load_settings(), range(24))}

    assert len(secrets) == 1
    assert [path.name for path in data_dir.glob("inner.secret*")] == ["inner.secret"]


def test_a_secret_from_the_environment_is_not_written_down(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INNER_SECRET", "from outside")

    assert load_settings().inner_secret == "from outside"
    assert not (data_dir / "inner.secret").exists()


def test_a_data_folder_that_cannot_be_made_names_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "file/var"))

    with pytest.raises(SettingError, match="DATA_DIR="):
        load_settings()


def test_a_taken_port_is_seen() -> None:
    port = free_port()

    with socket.create_server(("127.0.0.1", port)):
        assert is_taken("127.0.0.1", port)
    assert not is_taken("127.0.0.1", port)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can")
def test_a_bound_process_ends_when_its_parent_is_killed() -> None:
    child = "from bot.commands.ports import end_with_parent; end_with_parent(); print('up', flush=True); input()"
    parent = f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {child!r}], stdin=subprocess.PIPE, \
stdout=sys.stdout); print(p.pid, flush=True); p.wait()"
    started = subprocess.Popen([sys.executable, "-c", parent], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    lines = {started.stdout.readline().strip() for _ in range(2)}
    pid = int((lines - {"up"}).pop())

    started.kill()
    started.wait()

    assert ends(pid)
    started.stdout.close()


def ends(pid: int) -> bool:
    """Whether a process that is not our child ends within ten seconds."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").read_text(encoding="ascii").split(")")[1].split()[0] == "Z":
            return True
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    return False
