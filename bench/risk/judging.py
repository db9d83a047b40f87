"""Asks both layers about sentences, and joins what they say as the deployed screen does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.risk.sets import Sentence
from bot.commands.meaning import NOTHING, ScoringReader
from bot.safety import ACTIONS, LEVELS, Assessment, screen
from bot.store.findings import Finding, worse_action, worse_level

AT_ONCE = 250
STOPPING = ("page", "ask")


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A sentence with the findings of both layers. ``score``: how sure layer 2 is, as log-odds."""

    sentence: Sentence
    rules: Assessment
    meaning: Finding
    score: float

    def level(self, layer: str = "both") -> str:
        return worse_level(*(found.level for found in self._of(layer)))

    def action(self, layer: str = "both") -> str:
        return worse_action(*(found.action for found in self._of(layer)))

    @property
    def layer(self) -> str:
        """Which layer spoke: rules, meaning, both or none."""
        spoke = [name for name in ("rules", "meaning") if self.action(name) != "none"]
        return "both" if len(spoke) == 2 else spoke[0] if spoke else "none"

    @property
    def categories(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.rules.categories, *self.meaning.categories)))

    def _of(self, layer: str) -> tuple[Assessment | Finding, Assessment | Finding]:
        return {
            "both": (self.rules, self.meaning),
            "rules": (self.rules, NOTHING),
            "meaning": (self.meaning, NOTHING),
        }[layer]


def judge(
    sentences: Sequence[Sentence], read: ScoringReader | None, tell: Callable[[int], None] = lambda _: None
) -> list[Judged]:
    """Both layers on every sentence; without ``read`` the rules alone."""
    judged = []
    for start in range(0, len(sentences), AT_ONCE):
        some = sentences[start : start + AT_ONCE]
        meanings = read([one.text for one in some]) if read else [(NOTHING, 0.0)] * len(some)
        for one, (meaning, score) in zip(some, meanings, strict=True):
            judged.append(Judged(sentence=one, rules=screen(one.text), meaning=meaning, score=score))
        tell(len(judged))
    return judged


def judge_halves(sentences: Sequence[Sentence], read: ScoringReader | None) -> list[Judged]:
    """Each sentence sent as two messages, one after the other: the worse of what is found in either."""
    halves = [_halves(one.text) for one in sentences]
    flat = [half for pair in halves for half in pair]
    meanings = read(flat) if read else [(NOTHING, 0.0)] * len(flat)
    judged = []
    for number, (one, (first, second)) in enumerate(zip(sentences, halves, strict=True)):
        rules = min(screen(first), screen(second, [first]), key=_badness)
        meaning, score = min(meanings[2 * number : 2 * number + 2], key=lambda found: (_badness(found[0]), -found[1]))
        judged.append(Judged(sentence=one, rules=rules, meaning=meaning, score=score))
    return judged


def _halves(text: str) -> tuple[str, str]:
    words = text.split()
    middle = max(1, len(words) // 2)
    return " ".join(words[:middle]), " ".join(words[middle:])


def _badness(found: Assessment | Finding) -> tuple[int, int]:
    return ACTIONS.index(found.action), LEVELS.index(found.level)
