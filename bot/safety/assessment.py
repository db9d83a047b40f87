"""What the risk screen says about one message, and the order of its levels and actions.

The names are those of the clinical specification (appendix D); nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

LEVELS = ("emergency", "urgent", "same_day", "note", "none")
ACTIONS = ("page", "ask", "review", "none")
CATEGORIES = (
    "suicidal_ideation",
    "overdose_poisoning",
    "withdrawal_emergency",
    "self_harm",
    "child_safeguarding",
    "harm_to_others",
    "abuse_unsafe_home",
    "psychosis_mania",
    "dangerous_combination",
    "illicit_counterfeit",
    "driving_caring_impaired",
    "abrupt_stop",
    "eating_self_neglect",
    "escalating_use",
    "pregnancy",
    "request_human",
)

_LEVEL_RANK = {name: rank for rank, name in enumerate(LEVELS)}
_ACTION_RANK = {name: rank for rank, name in enumerate(ACTIONS)}
_CATEGORY_RANK = {name: rank for rank, name in enumerate(CATEGORIES)}


def worse(a: str, b: str) -> str:
    """The worse of two levels."""
    return a if _LEVEL_RANK[a] <= _LEVEL_RANK[b] else b


def stronger(a: str, b: str) -> str:
    """The stronger of two actions."""
    return a if _ACTION_RANK[a] <= _ACTION_RANK[b] else b


def lowered(level: str, steps: int, floor: str) -> str:
    """``level`` made milder by ``steps``, but never milder than ``floor`` and never worse than it was."""
    rank = min(_LEVEL_RANK[level] + steps, max(_LEVEL_RANK[floor], _LEVEL_RANK[level]))
    return LEVELS[rank]


@dataclass(frozen=True, kw_only=True)
class Span:
    """Words of the message that a rule answered to: code points ``start`` to ``end`` of the text as it was sent."""

    start: int
    end: int
    rule: str
    category: str
    level: str


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """The screen's finding: worst level, strongest action, every category, and where in the text they were found."""

    level: str
    action: str
    categories: tuple[str, ...]
    spans: tuple[Span, ...]
    reasons: tuple[str, ...]
    rules_version: str
    not_screened_in_full: bool = False

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready form that ``from_json`` reads back unchanged."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Assessment:
        """The assessment that ``to_json`` wrote."""
        return cls(
            level=data["level"],
            action=data["action"],
            categories=tuple(data["categories"]),
            spans=tuple(Span(**span) for span in data["spans"]),
            reasons=tuple(data["reasons"]),
            rules_version=data["rules_version"],
            not_screened_in_full=data["not_screened_in_full"],
        )


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One signal, before all signals of a message are drawn together."""

    category: str
    level: str
    action: str
    reason: str
    span: Span | None = None


def assess(
    findings: Sequence[Finding],
    *,
    rules_version: str,
    remarks: Iterable[str] = (),
    not_screened_in_full: bool = False,
) -> Assessment:
    """Draw findings together: the worst level and the strongest action win, all categories are kept, worst first."""
    level, action = "none", "none"
    worst: dict[str, str] = {}
    for finding in findings:
        level = worse(level, finding.level)
        action = stronger(action, finding.action)
        worst[finding.category] = worse(finding.level, worst.get(finding.category, "none"))
    ordered = sorted(worst, key=lambda name: (_LEVEL_RANK[worst[name]], _CATEGORY_RANK[name]))
    spans = {finding.span for finding in findings if finding.span is not None}
    reasons = dict.fromkeys([finding.reason for finding in findings] + list(remarks))
    return Assessment(
        level=level,
        action=action,
        categories=tuple(ordered),
        spans=tuple(sorted(spans, key=lambda span: (span.start, span.end, span.rule))),
        reasons=tuple(reasons),
        rules_version=rules_version,
        not_screened_in_full=not_screened_in_full,
    )


NONE_ASSESSMENT = Assessment(level="none", action="none", categories=(), spans=(), reasons=(), rules_version="none")
UNSCREENED = Assessment(
    level="same_day",
    action="review",
    categories=(),
    spans=(),
    reasons=("could not be screened",),
    rules_version="none",
    not_screened_in_full=True,
)
