"""Trainings of layer 2 that were done before, in the user's cache folder: the same sentences, settings and code give
the same result, and Rasa asks for a training whenever its own data changes. And the embeddings of the sentences."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

KEPT_TRAININGS = 6
VECTORS = "vectors.npz"


def trained_once(key: str, folder: Path, train: Callable[[Path], None]) -> None:
    """Fill ``folder`` with what ``train`` makes, or made before under this key. Two at once train once; who has another
    key does not wait."""
    cache = _cache()
    if cache is None:
        train(folder)
        return
    with _alone(cache / f".lock-{key}"):
        kept = cache / key
        if not kept.exists():
            half = cache / f"half-{key}-{os.getpid()}"
            half.mkdir()
            try:
                train(half)
                half.rename(kept)
            finally:
                shutil.rmtree(half, ignore_errors=True)
            _drop_old(cache)
        os.utime(kept)
        shutil.copytree(kept, folder, dirs_exist_ok=True)


def remembered(texts: Sequence[str], encode: Callable[[Sequence[str]], np.ndarray]) -> np.ndarray:
    """A row for each text, of which only those are encoded that were not there the last time. To embed all sentences
    takes two minutes, and few change from one training to the next."""
    cache = _cache()
    keys = [hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts]
    known = _vectors(cache / VECTORS) if cache else {}
    missing = [number for number, key in enumerate(keys) if key not in known]
    if missing:
        known.update(
            zip([keys[number] for number in missing], encode([texts[number] for number in missing]), strict=True)
        )
    rows = np.stack([known[key] for key in keys])
    if missing and cache:
        half = cache / f"half-{os.getpid()}.npz"
        np.savez(half, keys=np.array(keys), rows=rows)
        half.replace(cache / VECTORS)
    return rows


def _vectors(path: Path) -> dict[str, np.ndarray]:
    if not path.exists():
        return {}
    with np.load(path) as kept:
        return dict(zip(kept["keys"].tolist(), kept["rows"], strict=True))


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
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _drop_old(cache: Path) -> None:
    trainings = [path for path in cache.iterdir() if path.is_dir()]
    for path in sorted(trainings, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT_TRAININGS:]:
        shutil.rmtree(path, ignore_errors=True)
