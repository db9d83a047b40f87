"""The small bot, trained and started once for all tests of the engine."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.small_bot import Actions, SmallBot, train


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained by the first of the workers that comes here; the others wait for it."""
    run = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        run = run.parent
    folder = run / "small_model"
    with (run / "small_model.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder.mkdir(exist_ok=True)
        return train(folder)


@pytest.fixture(scope="session")
def action_server() -> Iterator[Actions]:
    server = Actions()
    yield server
    server.server.shutdown()
    server.server.server_close()


@pytest.fixture(scope="session")
def running_bot(
    small_model: Path, action_server: Actions, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SmallBot]:
    bot = SmallBot(tmp_path_factory.mktemp("small_bot"), small_model, action_server.url).start()
    yield bot
    bot.stop()


@pytest.fixture
def actions(action_server: Actions) -> Actions:
    """The action server, with every action doing nothing."""
    action_server.does()
    return action_server


@pytest.fixture
def bot(running_bot: SmallBot, actions: Actions) -> SmallBot:
    return running_bot
