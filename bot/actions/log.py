"""What the patient's own logs show (clinical content 4.5 and 4.6): when it comes, after what, and what helped."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.actions import wording
from bot.actions.stage import Stage

TRIGGER = "trigger"
PARTS_FROM = {
    "night": 0,
    "morning": 6,
    "afternoon": 12,
    "evening": 18,
}  # Hours of the clinic's clock; night again from 22.
NIGHT_FROM = 22
TAGS_AT_MOST = 3
LONGEST_QUOTE = 120
FRESH = timedelta(hours=12)


def pattern(stage: Stage) -> Mapping[str, Any]:
    """How often it came in which part of the day, the most frequent first, with what came just before."""
    parts, tags = (wording.titles(name, stage.turn.language) for name in ("utter_TL_parts", "utter_TL1"))
    count: Counter[str] = Counter()
    before: dict[str, Counter[str]] = {}
    for one in stage.answers(TRIGGER):
        if one.step == "before":
            part = _part_of_day(stage.local(one.at).hour)
            count[part] += 1
            before.setdefault(part, Counter()).update([tags[one.value]] if one.value in tags else [])
    lines = [_line(parts[part], number, before[part]) for part, number in count.most_common()]
    return {"pattern": "; ".join(lines)} if lines else {}


def what_helped(stage: Stage) -> Mapping[str, Any]:
    """The last thing that helped, in an urge or in the log, in the patient's own words."""
    said = [one for one in stage.answers() if one.step == "helped" and one.text and one.value == one.text]
    return {"words": _quote(said[-1].value)} if said else {}


def thought(stage: Stage) -> Mapping[str, Any]:
    """The thought of the record that runs."""
    words = stage.answered("thought", "thought")
    return {"words": _quote(words)} if isinstance(words, str) else {}


def hurt_told(stage: Stage) -> bool:
    """Whether the record that runs is about what was done to the person: no exercise takes that apart (0.3, 4.6)."""
    written = " ".join(str(stage.answered("thought", step) or "") for step in ("happened", "thought"))
    return any(
        re.search(pattern, written, re.IGNORECASE) for pattern in wording.vocabulary(stage.turn.language)["hurt"]
    )


def angry_before(stage: Stage) -> bool:
    """Whether anger was answered already in this visit."""
    return any(one.at > stage.tx.now - FRESH for one in stage.answers("hostile"))


def _part_of_day(hour: int) -> str:
    if hour >= NIGHT_FROM:
        return "night"
    return [part for part, start in PARTS_FROM.items() if start <= hour][-1]


def _line(part: str, number: int, before: Counter[str]) -> str:
    tags = ", ".join(tag for tag, _ in before.most_common(TAGS_AT_MOST))
    return f"{part} ×{number} ({tags})" if tags else f"{part} ×{number}"


def _quote(words: str) -> str:
    return words if len(words) <= LONGEST_QUOTE else words[:LONGEST_QUOTE].rsplit(" ", 1)[0] + " …"
