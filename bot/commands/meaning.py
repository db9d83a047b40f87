"""Layer 2 of the risk screen from the command line: asked of a running Rasa, or read by a process of our own."""

import asyncio
import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bot.commands import parts
from bot.commands.surroundings import RASA_PYTHON
from bot.commands.train import model_for_inputs, rasa_environment
from bot.errors import SettingError
from bot.settings import ROOT, Settings
from bot.store.findings import Finding
from bot.web.rasa import RasaClient

AT_ONCE = 8
NOTHING = Finding(level="none", action="none", categories=())


Reader = Callable[[Sequence[str]], list[Finding]]
ScoringReader = Callable[[Sequence[str]], list[tuple[Finding, float]]]


@contextmanager
def reader(settings: Settings, *, few: bool) -> Iterator[Reader]:
    """Whoever can read: the running Rasa if it is only about a few texts, else a process with the same model.

    Raises SettingError if there is neither.
    """
    if few and parts.trouble(settings, "rasa") is None:
        yield lambda texts: asyncio.run(_ask(settings, texts))
        return
    with own_process() as read:
        yield lambda texts: [finding for finding, _ in read(texts)]


async def _ask(settings: Settings, texts: Sequence[str]) -> list[Finding]:
    rasa, some = RasaClient(settings.rasa_url, settings.inner_secret), asyncio.Semaphore(AT_ONCE)

    async def one(text: str) -> Finding:
        async with some:
            found = await rasa.parse(text, "en")
        return Finding.from_json(found) if found else NOTHING

    try:
        return await asyncio.gather(*(one(text) for text in texts))
    finally:
        await rasa.aclose()


@contextmanager
def own_process() -> Iterator[ScoringReader]:
    """Layer 2 in a process that ends with this; also gives how sure it is. Raises SettingError."""
    if not RASA_PYTHON.exists():
        raise SettingError(f"{RASA_PYTHON} is missing, and with it layer 2: run `make setup`, or say --rules-only")
    model = model_for_inputs()
    if not model.exists():
        raise SettingError("layer 2 is not trained on the present files: run `between train`, or say --rules-only")
    command = [str(RASA_PYTHON), "-m", "bot.engine.meaning.reader", str(model)]
    with subprocess.Popen(
        command, cwd=ROOT, env=rasa_environment(), text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            _line(process)
            yield lambda texts: _exchange(process, texts)
        finally:
            process.kill()


def _exchange(process: "subprocess.Popen[str]", texts: Sequence[str]) -> list[tuple[Finding, float]]:
    assert process.stdin is not None  # noqa: S101 - Opened above.
    process.stdin.write(json.dumps(list(texts)) + "\n")
    process.stdin.flush()
    return [(Finding.from_json(found) if found else NOTHING, score) for found, score in _line(process)]


def _line(process: "subprocess.Popen[str]") -> Any:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise SettingError("layer 2 cannot be read: its process ended; `between doctor` says what is missing")
    return json.loads(line)
