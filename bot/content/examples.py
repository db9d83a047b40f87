"""The sentences that layer 2 of the risk screen learns from and is judged by: `risk_examples/*.yml`.

Each sentence belongs to one part, for good: `train`, `development` (thresholds are chosen on it) or `test` (nothing is
chosen on it). Sentences that say nearly the same share a part, so that the test asks for understanding, not memory.
Runs on Python 3.10 too.
"""

import hashlib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.content.reading import CONTENT, Entry, read
from bot.errors import ContentError

EXAMPLES = CONTENT / "risk_examples"
LEVELS = ("emergency", "urgent", "same_day", "note", "none")
ORDINARY = "ordinary"  # Talk that resembles no category; all of it is harmless.
PARTS = (("train", 70), ("development", 85), ("test", 100))  # Up to which hundredth of the hash.
ALIKE = 0.6  # Of the words of two sentences, the share that both have, from which on they are near-duplicates.
_JOINED = re.compile(r"['’`]")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Example:
    """One sentence with what a clinician would want it to be found as, and where it stands."""

    text: str
    category: str
    level: str
    register: str
    part: str
    place: str

    @property
    def flagged(self) -> bool:
        """Staff must hear of it: same day or worse."""
        return LEVELS.index(self.level) <= LEVELS.index("same_day")


def read_examples(folder: Path = EXAMPLES, categories: Sequence[str] = ()) -> tuple[Example, ...]:
    """All examples of a folder, each text once. Raises ContentError with file and line.

    A ``category`` must be one of ``categories``, if any are given, or "ordinary".
    """
    found: dict[str, tuple[str, Entry, int, str]] = {}
    for path in sorted(folder.glob("*.yml")):
        for text, entry, line, category in _sentences(path, categories):
            key = normal(text)
            known = found.setdefault(key, (text, entry, line, category))
            if (known[1]["level"] == "none") != (entry["level"] == "none"):
                raise ContentError(
                    f"{entry.path}:{line}: {text!r} is {entry['level']} here, "
                    f"but {known[1]['level']} in {known[1].path.name}:{known[2]}"
                )
    if not found:
        raise ContentError(f"{folder}:1: there are no examples")
    parts = parts_of(list(found))
    return tuple(
        Example(text, category, entry["level"], entry["register"], parts[key], f"{entry.path.name}:{line}")
        for key, (text, entry, line, category) in found.items()
    )


def normal(text: str) -> str:
    """The words of a text, in lower case, without apostrophes and punctuation."""
    return " ".join(_WORD.findall(_JOINED.sub("", text.lower()))) or text


def parts_of(texts: Sequence[str]) -> dict[str, str]:
    """The part of each (normal) text: the hash of the smallest in its cluster of near-duplicates decides."""
    parts: dict[str, str] = {}
    for cluster in _clusters(texts):
        hundredth = int(hashlib.sha256(min(cluster).encode()).hexdigest(), 16) % 100
        part = next(name for name, below in PARTS if hundredth < below)
        parts.update(dict.fromkeys(cluster, part))
    return parts


def _sentences(path: Path, categories: Sequence[str]) -> Iterator[tuple[str, Entry, int, str]]:
    top = read(path)
    top.only(("category", "groups"))
    category = top.one_of("category", (*categories, ORDINARY)) if categories else top.need("category", str)
    if path.name.split(".")[0] != category:
        top.fail(f"a file of the category {category!r} must have a name that begins with it", "category")
    for group in top.need("groups", list):
        if not isinstance(group, Entry):
            top.fail("each group must be a mapping with level, register and texts", "groups")
        group.only(("level", "register", "texts"))
        group.one_of("level", ("none",) if category == ORDINARY else LEVELS)
        group.need("register", str)
        for text, line in group.texts("texts"):
            yield text, group, line, category


def _clusters(texts: Sequence[str]) -> list[list[str]]:
    """Texts grouped so that near-duplicates, and near-duplicates of those, are together."""
    words = [frozenset(text.split()) for text in texts]
    often = Counter(word for some in words for word in some)
    holders: dict[str, list[int]] = defaultdict(list)
    leader = list(range(len(texts)))

    def lead(number: int) -> int:
        while leader[number] != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    for number, some in enumerate(words):
        rare = _rarest(some, often)
        for other in {one for word in rare for one in holders[word]}:
            if _alike(some, words[other]):
                leader[lead(number)] = lead(other)
        for word in rare:
            holders[word].append(number)
    clusters: dict[int, list[str]] = defaultdict(list)
    for number, text in enumerate(texts):
        clusters[lead(number)].append(text)
    return list(clusters.values())


def _rarest(words: frozenset[str], often: Mapping[str, int]) -> list[str]:
    """Of these words the rarest few; a near-duplicate has one of them among its own (prefix filtering, Chaudhuri and
    others 2006)."""
    needed = math.ceil(ALIKE * len(words))
    return sorted(words, key=lambda word: (often[word], word))[: len(words) - needed + 1]


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    if min(len(one), len(other)) < ALIKE * max(len(one), len(other)):
        return False
    both = len(one & other)
    return both >= ALIKE * (len(one) + len(other) - both)
