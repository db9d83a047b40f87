"""What `bot/content/meaning.yml` says: how sure layer 2 must be, and how it is trained."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.content.reading import CONTENT, Entry, read

SETTINGS = CONTENT / "meaning.yml"
ACTIONS = ("page", "ask", "review")
KINDS = ("ordinary", "look_alikes")


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """What stands under ``training``. ``rate`` is the highest step of Adam: it rises at first and falls to nothing."""

    layers: int
    epochs: int
    rate: float
    smoothing: float
    too_near: float
    harmless_share: float
    easy_share: float
    seed: int


@dataclass(frozen=True, kw_only=True)
class Settings:
    """``false_alarms``: for each action and kind of harmless sentence, the share that may reach it."""

    false_alarms: Mapping[str, Mapping[str, float]]
    worse_level_from: float
    category_from: float
    review_only: tuple[str, ...]
    crowd: float
    wording: float
    schedule: Schedule


def read_settings(path: Path = SETTINGS) -> Settings:
    """Raises ContentError with file and line."""
    top = read(path)
    top.only(("false_alarms", "worse_level_from", "category_from", "review_only", "crowd", "wording", "training"))
    alarms = top.need("false_alarms", Entry)
    alarms.only(ACTIONS)
    training = top.need("training", Entry)
    training.only(("layers", "epochs", "rate", "smoothing", "too_near", "harmless_share", "easy_share", "seed"))
    return Settings(
        false_alarms={action: _rates(alarms.need(action, Entry)) for action in ACTIONS},
        worse_level_from=_share(top, "worse_level_from"),
        category_from=_share(top, "category_from"),
        review_only=tuple(text for text, _ in top.texts("review_only")),
        crowd=_number(top, "crowd"),
        wording=_number(top, "wording"),
        schedule=Schedule(
            layers=_count(training, "layers", 6),
            epochs=_count(training, "epochs", 100),
            rate=_number(training, "rate"),
            smoothing=_share(training, "smoothing"),
            too_near=_share(training, "too_near"),
            harmless_share=_share(training, "harmless_share"),
            easy_share=_share(training, "easy_share"),
            seed=training.need("seed", int),
        ),
    )


def _rates(entry: Entry) -> dict[str, float]:
    entry.only(KINDS)
    return {kind: _share(entry, kind) for kind in KINDS}


def _share(entry: Entry, key: str) -> float:
    value = _number(entry, key)
    if value > 1:
        entry.fail(f"{key!r} is {value}; it is a share, 0 to 1", key)
    return value


def _number(entry: Entry, key: str) -> float:
    value = entry.need(key, object)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        entry.fail(f"{key!r} must be a number of 0 or more, not {value!r}", key)
    return float(value)


def _count(entry: Entry, key: str, most: int) -> int:
    value: int = entry.need(key, int)
    if not 1 <= value <= most:
        entry.fail(f"{key!r} is {value}; allowed: 1 to {most}", key)
    return value
