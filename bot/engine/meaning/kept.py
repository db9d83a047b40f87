"""Trainings of layer 2 that were done before, in the user's cache folder: the same sentences, settings and code give
the same result, and Rasa asks for a training whenever its own data changes."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

KEPT_TRAININGS = 3


def trained_once(key: str, folder: Path, train: Callable[[Path], None]) -> None:
    """Fill ``folder`` with what ``train`` makes, or made before under this key. Two at once train once."""
    cache = _cache()
    if cache is None:
        train(folder)
        return
    with _alone(cache):
        kept = cache / key
        if not kept.exists():
            half = cache / f"half-{os.getpid()}"
            half.mkdir()
            try:
                train(half)
                half.rename(kept)
            finally:
                shutil.rmtree(half, ignore_errors=True)
            _drop_old(cache)
        os.utime(kept)
        shutil.copytree(kept, folder, dirs_exist_ok=True)


def _cache() -> Path | None:
    """The folder, or None where there is no place for one: an account without a home trains each time."""
    top = os.environ.get("XDG_CACHE_HOME")
    cache = (Path(top) if top else Path.home() / ".cache") / "between-sessions" / "meaning"
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return cache


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _drop_old(cache: Path) -> None:
    trainings = [path for path in cache.iterdir() if path.is_dir()]
    for path in sorted(trainings, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT_TRAININGS:]:
        shutil.rmtree(path, ignore_errors=True)
