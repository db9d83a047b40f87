"""Fixtures for every test, and the one rule for tests that this machine cannot run.

A test that needs more than Python carries a marker (see pyproject.toml). What is missing is told in one line each at
the end, with how to make it run; with REQUIRE_ALL=1 it is a failure instead.
"""

import os
import shutil
from collections.abc import Generator, Iterator
from glob import glob
from importlib.util import find_spec
from typing import Any

import pytest

from bot.commands.surroundings import RASA_PYTHON
from tests.command_line import between, data_dir  # noqa: F401 - Fixtures.
from tests.databases import (  # noqa: F401 - These are fixtures.
    clock,
    connect,
    database,
    database_url,
    keyring_file,
    postgres,
    sqlite_template,
)
from tests.stack import Stack

REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


not_run = pytest.StashKey[dict[str, int]]()


def missing(marker: str) -> str | None:
    """How to make the tests of a marker run, or None if they can."""
    if marker == "postgres":
        has_server = glob("/usr/lib/postgresql/*/bin/initdb") or shutil.which("initdb")
        return None if has_server else "install PostgreSQL's programs (apt-get install postgresql)"
    if marker == "browser":
        has_browser = find_spec("playwright") and any(map(shutil.which, BROWSERS))
        return None if has_browser else "install Chromium (apt-get install chromium)"
    return None if RASA_PYTHON.exists() else "create the Rasa runtime (make setup)"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Set aside what cannot run here; runs after `-m` and `-k` have chosen."""
    counts: dict[str, int] = {}
    kept = []
    for item in items:
        why = next(
            (f"{name}: {how}" for name in ("postgres", "browser", "stack", "rasa")
             if item.get_closest_marker(name) and (how := missing(name))),
            None,
        )  # fmt: skip
        if why is None:
            kept.append(item)
        else:
            counts[why] = counts.get(why, 0) + 1
    if counts and REQUIRE_ALL:
        told = "; ".join(f"{count} marked {why}" for why, count in counts.items())
        raise pytest.UsageError(f"REQUIRE_ALL=1, and some tests cannot run here: {told}")
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    # Playwright leaves an event loop running in this thread until the end, so what it drives comes last.
    items[:] = sorted(kept, key=lambda item: item.get_closest_marker("browser") is not None)
    config.stash[not_run] = counts


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker tells what it could not run; each of them has seen all tests."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["not_run"] = session.config.stash.get(not_run, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[not_run] = getattr(node, "workeroutput", {}).get("not_run", {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for why, count in config.stash.get(not_run, {}).items():
        terminalreporter.write_line(f"not run: {count} tests marked {why}", yellow=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Nothing may skip itself silently where everything is required."""
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
    return report


@pytest.fixture(scope="session")
def running_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The four processes, started once; use `stack`."""
    stack = Stack(tmp_path_factory.mktemp("stack"))
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def stack(running_stack: Stack) -> Iterator[Stack]:
    """The four running processes. What a test kills or suspends is brought back after it."""
    yield running_stack
    running_stack.heal()
