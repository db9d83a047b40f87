"""The reflective model as read from content: questions, options, points, caps and bounds, checked on loading."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.content.reading import CONTENT, Entry, read

CHANNELS = ("C", "A", "W")
KINDS = ("single", "scale", "symptoms", "inner_words", "context")
UNANSWERED = ("not_sure", "skip")
_GROUPS = ("distinctive", "shared", "red_flag", "none", "craving", "anxiety", "unscored")
_KEYS = {
    "single": {"options"},
    "context": {"options"},
    "scale": {"ranges"},
    "symptoms": {"distinctive", "shared", "red_flag", "none", "W_per_distinctive", "cap"},
    "inner_words": {"craving", "anxiety", "unscored", "cap"},
}


@dataclass(frozen=True)
class Points:
    """Whole points on the three channels: craving, anxiety, withdrawal."""

    C: int = 0
    A: int = 0
    W: int = 0

    def __add__(self, other: "Points") -> "Points":
        return Points(self.C + other.C, self.A + other.A, self.W + other.W)


@dataclass(frozen=True, kw_only=True)
class Option:
    id: str
    points: Points = Points()
    opens_gate: bool = False
    flag: str | None = None


@dataclass(frozen=True, kw_only=True)
class Question:
    """One of the 17 dimensions. ``groups`` holds the item lists of a symptom or inner-words question."""

    id: str
    number: str
    kind: str
    options: Mapping[str, Option]
    ranges: tuple[tuple[int, int, Points], ...]
    groups: Mapping[str, tuple[str, ...]]
    cap: Points | None
    per_distinctive: int


@dataclass(frozen=True, kw_only=True)
class Model:
    version: str
    questions: Mapping[str, Question]
    order: tuple[str, ...]
    short_form: tuple[str, ...]
    main_questions: tuple[str, ...]
    tie_questions: tuple[str, ...]
    belief_questions: tuple[str, ...]
    belief_cap: int
    contradictions: tuple[tuple[tuple[str, str], tuple[str, str]], ...]
    minimum_main: int
    minimum_total: int
    life_event: tuple[str, str]
    life_event_below: int
    likely: int
    possible: int
    unexplained_body: int
    strengths: Mapping[str, int]


@cache
def load_model(path: Path = CONTENT / "reflection.yml") -> Model:
    """Read and check the model. Raises ContentError with file and line."""
    content = read(path)
    content.only(
        {"version", "reviewed", "main_questions", "tie_questions", "short_form", "order", "minimum", "life_event"}
        | {"caps", "withdrawal", "strength", "contradictions", "questions"}
    )
    questions = {question.id: question for question in map(_question, content.need("questions", list))}
    belief = content.need("caps", Entry).need("belief", Entry)
    minimum, life, levels = (content.need(key, Entry) for key in ("minimum", "life_event", "withdrawal"))
    return Model(
        version=content.need("version", str),
        questions=MappingProxyType(questions),
        order=_ids(content, "order", questions),
        short_form=_ids(content, "short_form", questions),
        main_questions=_ids(content, "main_questions", questions),
        tie_questions=_ids(content, "tie_questions", questions),
        belief_questions=_ids(belief, "questions", questions),
        belief_cap=belief.need("C", int),
        contradictions=tuple(_pair(content, pair, questions) for pair in content.need("contradictions", list)),
        minimum_main=minimum.need("main_answered", int),
        minimum_total=minimum.need("total", int),
        life_event=_answer(life, life.need("question", str), life.need("option", str), questions),
        life_event_below=life.need("below_total", int),
        likely=levels.need("likely", int),
        possible=levels.need("possible", int),
        unexplained_body=levels.need("unexplained_body", int),
        strengths=MappingProxyType(dict(content.need("strength", Entry))),
    )


def _question(entry: Entry) -> Question:
    kind = entry.one_of("kind", KINDS)
    entry.only({"id", "number", "kind"} | _KEYS[kind])
    return Question(
        id=entry.need("id", str),
        number=entry.need("number", str),
        kind=kind,
        options=MappingProxyType({option.id: option for option in map(_option, entry.have("options", list, []))}),
        ranges=tuple(
            (row.need("from", int), row.need("to", int), _points(row)) for row in entry.have("ranges", list, [])
        ),
        groups=MappingProxyType({key: tuple(entry[key]) for key in _GROUPS if key in entry}),
        cap=_points(entry, "cap") if "cap" in entry else None,
        per_distinctive=entry.have("W_per_distinctive", int, 0),
    )


def _option(entry: Entry) -> Option:
    entry.only({"id", "points", "opens_gate", "flag"})
    return Option(
        id=entry.need("id", str),
        points=_points(entry),
        opens_gate=entry.have("opens_gate", bool, False),
        flag=entry.have("flag", str),
    )


def _points(entry: Entry, key: str = "points") -> Points:
    points = entry.have(key, Entry, Entry())
    for channel, value in points.items():
        if channel not in CHANNELS or not isinstance(value, int) or isinstance(value, bool) or value < 0:
            points.fail(f"points are whole numbers for {', '.join(CHANNELS)}, not {channel!r}: {value!r}", channel)
    return Points(**points)


def _ids(entry: Entry, key: str, questions: Mapping[str, Question]) -> tuple[str, ...]:
    ids = entry.need(key, list)
    for name in ids:
        if name not in questions:
            entry.fail(f"{key!r} names {name!r}; allowed: {', '.join(questions)}", key)
    return tuple(ids)


def _pair(
    content: Entry, pair: list[Any], questions: Mapping[str, Question]
) -> tuple[tuple[str, str], tuple[str, str]]:
    sides = [side for item in pair for side in item.items()]
    if len(sides) != 2:
        content.fail("a contradiction names two answers, as [{question}: {option}, …]", "contradictions")
    first, second = (_answer(content, question, option, questions, "contradictions") for question, option in sides)
    return first, second


def _answer(
    entry: Entry, question: str, option: str, questions: Mapping[str, Question], key: str | None = None
) -> tuple[str, str]:
    if question not in questions:
        entry.fail(f"unknown question {question!r}; allowed: {', '.join(questions)}", key or "question")
    if option not in questions[question].options:
        entry.fail(f"unknown option {option!r}; allowed: {', '.join(questions[question].options)}", key or "option")
    return question, option
