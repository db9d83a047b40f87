"""``formulate``: answers in, a formulation out, by the scoring rules 1 to 11 of section 2.4 of the clinical content.

Nothing here is shown to a patient as a number. Missing is never "no": an unanswered question adds nothing and lowers
the count of main questions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from bot.reflection.model import UNANSWERED, Model, Option, Points, Question, load_model

Answers = Mapping[str, "str | int | Sequence[str]"]
LOUDER = ("pull", "worry", "same", "cannot_say")


@dataclass(frozen=True, kw_only=True)
class Formulation:
    """What the answers add up to.

    ``C``, ``A``, ``W``, ``T``: whole points of craving, anxiety, withdrawal, and C + A, after the caps.
    ``points``: per answered question, before the belief cap. ``answered``: the questions that count as answered.
    ``tie_decided_by``: "trio", "person", "unresolved" or None. ``needs_louder``: the tie question must still be asked.
    """

    model_version: str
    C: int
    A: int
    W: int
    points: Mapping[str, Points]
    answered: frozenset[str]
    main_answered: int
    belief_points: int
    belief_points_used: int
    withdrawal_gate: bool
    withdrawal_level: str
    band: str
    tie_decided_by: str | None
    needs_louder: bool
    headline: str
    strength: str
    flags: tuple[str, ...]
    contradictions: tuple[tuple[str, str], ...]

    @property
    def T(self) -> int:  # noqa: N802 - the clinical content's own name
        """Craving and anxiety together."""
        return self.C + self.A

    def to_json(self) -> dict[str, Any]:
        """All of it, as it is stored."""
        found = asdict(self) | {"T": self.T}
        return {
            **found,
            "answered": sorted(self.answered),
            "contradictions": [list(pair) for pair in self.contradictions],
        }


def formulate(
    answers: Answers,
    *,
    louder: str | None = None,
    open_safety_step: str | None = None,
    model: Model | None = None,
) -> Formulation:
    """Formulate a session.

    ``answers`` maps a question's id to an option's id, a whole number from 0 to 10, or a list of item ids.
    ``louder`` is the answer to the tie question, one of LOUDER, or None if it was not asked.
    ``open_safety_step`` is the risk category of a step that is open; a red-flag symptom opens one by itself.
    Raises ValueError for a question, option or number that the model does not have.
    """
    model = model or load_model()
    if louder not in (None, *LOUDER):
        raise ValueError(f"louder is {louder!r}; allowed: {', '.join(LOUDER)}")
    given = {name: answers[name] for name in model.order if name in answers}
    if unknown := set(answers) - set(given):
        raise ValueError(f"unknown question {', '.join(sorted(unknown))}; allowed: {', '.join(model.order)}")
    standing = tuple(_contradictions(model, given))
    dropped = {name for pair in standing for name in pair}
    points = {
        name: Points() if name in dropped else _points(model.questions[name], value) for name, value in given.items()
    }
    answered = frozenset(name for name, value in given.items() if name not in dropped and _is_answer(value))
    belief = sum(points[name].C for name in model.belief_questions if name in points)
    belief_used = min(model.belief_cap, belief)
    total = sum(points.values(), Points())
    total = replace(total, C=total.C - belief + belief_used)
    chosen = [option for name, value in given.items() if name not in dropped for option in _chosen(model, name, value)]
    gate = any(option.opens_gate for option in chosen)
    level = _withdrawal_level(model, gate=gate, w=total.W)
    main_answered = len(answered & set(model.main_questions))
    band, decided_by, needs_louder = _band(model, given, total, points, main_answered, louder)
    safety = "withdrawal_emergency" if _has_red_flag(model, given) else open_safety_step
    return Formulation(
        model_version=model.version,
        C=total.C,
        A=total.A,
        W=total.W,
        points=points,
        answered=answered,
        main_answered=main_answered,
        belief_points=belief,
        belief_points_used=belief_used,
        withdrawal_gate=gate,
        withdrawal_level=level,
        band=band,
        tie_decided_by=decided_by,
        needs_louder=needs_louder,
        headline=_headline(band, level, safety),
        strength=_strength(model, band, total.C + total.A),
        flags=_flags(chosen, standing, safety),
        contradictions=standing,
    )


def _is_answer(value: "str | int | Sequence[str]") -> bool:
    return value not in UNANSWERED and value not in ((), [])


def _contradictions(model: Model, given: Answers) -> Iterator[tuple[str, str]]:
    for (first, first_option), (second, second_option) in model.contradictions:
        if given.get(first) == first_option and given.get(second) == second_option:
            yield first, second


def _chosen(model: Model, name: str, value: "str | int | Sequence[str]") -> Iterator[Option]:
    options = model.questions[name].options
    for item in (value,) if isinstance(value, str | int) else value:
        if item in options:
            yield options[str(item)]


def _points(question: Question, value: "str | int | Sequence[str]") -> Points:
    if value in UNANSWERED:
        return Points()
    if question.kind == "scale":
        return _scale_points(question, value)
    if question.kind == "single":
        if not isinstance(value, str) or value not in question.options:
            raise ValueError(f"{question.id}: {value!r}; allowed: {', '.join((*question.options, *UNANSWERED))}")
        return question.options[value].points
    items = _items(question, value)
    if question.kind == "symptoms":
        distinctive = len(items & set(question.groups["distinctive"]))
        return _capped(Points(W=distinctive * question.per_distinctive), question)
    if question.kind == "inner_words":
        counted = Points(C=len(items & set(question.groups["craving"])), A=len(items & set(question.groups["anxiety"])))
        return _capped(counted, question)
    return Points()


def _scale_points(question: Question, value: object) -> Points:
    if isinstance(value, int) and not isinstance(value, bool):
        for low, high, points in question.ranges:
            if low <= value <= high:
                return points
    low, high = question.ranges[0][0], question.ranges[-1][1]
    raise ValueError(f"{question.id}: {value!r}; allowed: a whole number from {low} to {high}, {', '.join(UNANSWERED)}")


def _items(question: Question, value: "str | int | Sequence[str]") -> set[str]:
    allowed = {*question.options, *(item for group in question.groups.values() for item in group)}
    items = {value} if isinstance(value, str) else set(value) if isinstance(value, list | tuple) else {str(value)}
    if unknown := items - allowed - set(UNANSWERED):
        raise ValueError(f"{question.id}: {', '.join(sorted(unknown))}; allowed: {', '.join(sorted(allowed))}")
    return items


def _capped(points: Points, question: Question) -> Points:
    cap = question.cap or points
    return Points(C=min(points.C, cap.C), A=min(points.A, cap.A), W=min(points.W, cap.W))


def _has_red_flag(model: Model, given: Answers) -> bool:
    return any(
        _items(question, given[question.id]) & set(question.groups["red_flag"])
        for question in model.questions.values()
        if question.kind == "symptoms" and question.id in given
    )


def _withdrawal_level(model: Model, *, gate: bool, w: int) -> str:
    if gate:
        return "likely" if w >= model.likely else "possible" if w >= model.possible else "none"
    return "unexplained_body" if w >= model.unexplained_body else "none"


def _band(
    model: Model, given: Answers, total: Points, points: Mapping[str, Points], main_answered: int, louder: str | None
) -> tuple[str, str | None, bool]:
    c, a, t = total.C, total.A, total.C + total.A
    question, option = model.life_event
    if main_answered < model.minimum_main or t < model.minimum_total:
        return "not_clear_yet", None, False
    if given.get(question) == option and t < model.life_event_below:
        return "not_clear_yet", None, False
    if 10 * c >= 7 * t:
        return "mostly_craving", None, False
    if 10 * c <= 3 * t:
        return "mostly_anxiety", None, False
    if abs(c - a) >= 2:
        return _louder_band(c - a), None, False
    trio = sum((points[name] for name in model.tie_questions if name in points), Points())
    if trio.C != trio.A:
        return _louder_band(trio.C - trio.A), "trio", False
    if louder in ("pull", "worry"):
        return _louder_band(1 if louder == "pull" else -1), "person", False
    return "both_even", "unresolved", louder is None


def _louder_band(difference: int) -> str:
    return "both_craving_louder" if difference > 0 else "both_anxiety_louder"


def _headline(band: str, level: str, safety: str | None) -> str:
    if safety:
        return "safety_stop"
    return {"likely": "withdrawal_or_rebound", "unexplained_body": "body_symptoms_unexplained"}.get(level, band)


def _strength(model: Model, band: str, total: int) -> str:
    if band == "not_clear_yet":
        return "none"
    return max((least, name) for name, least in model.strengths.items() if total >= least)[1]


def _flags(chosen: Sequence[Option], standing: Sequence[tuple[str, str]], safety: str | None) -> tuple[str, ...]:
    context = [option.flag for option in chosen if option.flag]
    pairs = [f"contradiction:{first}/{second}" for first, second in standing]
    return tuple(dict.fromkeys(context + pairs + ([f"safety:{safety}"] if safety else [])))
