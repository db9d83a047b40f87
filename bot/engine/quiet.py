"""Keeps patients' words out of the logs, whatever Rasa or a library below it tries to write, at every level.

Rasa logs texts, slots, tracker states and action bodies in many places, and exception messages repeat what they choked
on. A list of the bad lines would miss the next one, so it is turned round: while a turn runs, a line that is not ours
is reduced to where it came from and, if it is one of Rasa's structured events, the event's name. Exceptions are
reduced to their types and source lines at any time. Our own loggers (``bot.``) write names, numbers and types only.
"""

import json
import logging
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import sentry_sdk

from bot.errors import BetweenSessionsError

OURS = "bot."
EVENT_NAME = re.compile(r"[a-z_]+(\.[a-z_]+)+")
REPEATS_EXCEPTIONS = ("asyncio", "sanic.error", "sanic.root")

_in_turn: ContextVar[bool] = ContextVar("in_turn", default=False)


@contextmanager
def turn() -> Iterator[None]:
    """Everything logged or warned inside, by any code, may stem from a patient's words."""
    token = _in_turn.set(True)
    try:
        yield
    finally:
        _in_turn.reset(token)


def install() -> None:
    """Withhold from now on. Safe to call twice."""
    before = logging.getLogRecordFactory()
    if not getattr(before, "withholds", False):
        logging.setLogRecordFactory(_withholding(before))
        warnings.showwarning = _withhold_warning(warnings.showwarning)
        sys.excepthook = _one_sentence(sys.excepthook)
        sentry_sdk.init()  # Without an address: Rasa has set it up to send errors out, unless telemetry was off before.


def where(error: BaseException) -> str:
    """An exception as its types and source lines: no message, since a message may repeat what a patient wrote."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " < ".join(f"{_short(frame.filename)}:{frame.lineno}" for frame in reversed(frames))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return f"{type(error).__name__} at {places or 'unknown'}" + (f", from {where(cause)}" if cause else "")


def _withholding(before: Callable[..., logging.LogRecord]) -> Callable[..., logging.LogRecord]:
    def factory(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = before(*args, **kwargs)
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text, record.exc_info = where(record.exc_info[1]), None
        if not record.name.startswith(OURS) and (_in_turn.get() or record.name.startswith(REPEATS_EXCEPTIONS)):
            record.msg, record.args = _reduced(record), None
        return record

    factory.withholds = True  # type: ignore[attr-defined]
    return factory


def _reduced(record: logging.LogRecord) -> str:
    if not _in_turn.get() and record.levelno < logging.ERROR:
        return record.getMessage()
    event = _event(record.msg)
    return f"{event or _short(record.pathname) + ':' + str(record.lineno)} (text withheld)"


def _event(message: Any) -> str | None:
    """The name of one of Rasa's structured events; None if the message is anything else."""
    if isinstance(message, str) and message.startswith("{"):
        try:
            name = json.loads(message).get("event")
        except ValueError:
            return None
        if isinstance(name, str) and EVENT_NAME.fullmatch(name):
            return name
    return None


def _withhold_warning(before: Callable[..., None]) -> Callable[..., None]:
    def show(message: Any, category: Any, filename: str, lineno: int, *more: Any) -> None:
        if _in_turn.get():
            message = f"{_short(filename)}:{lineno} (text withheld)"
        before(message, category, filename, lineno, *more)

    return show


def _one_sentence(before: Callable[..., None]) -> Callable[..., None]:
    def hook(kind: Any, error: BaseException, trace: Any) -> None:
        if isinstance(error, BetweenSessionsError):
            print(f"Rasa does not start: {error}", file=sys.stderr, flush=True)
        else:
            before(kind, error, trace)

    return hook


def _short(path: str) -> str:
    return "/".join(path.split("/")[-2:])
