"""The order of risk levels and actions (clinical content, appendix D; design section 7), and a finding that came as
JSON.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

LEVELS = ("emergency", "urgent", "same_day", "note", "none")
ACTIONS = ("page", "ask", "review", "none")
ALERTING = ("page", "ask")
GRAVE = ("emergency", "urgent")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Which words made a finding: code points ``start`` to ``end`` of the message."""

    start: int
    end: int
    rule: str
    category: str
    level: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What layer 2 or a structured answer found; the same shape as `bot.safety.Assessment`."""

    level: str
    action: str
    categories: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    spans: tuple[Place, ...] = ()

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> "Finding":
        """Read what ``to_json`` wrote, reasons and spans or not. Raises ValueError for an unknown level or action."""
        if found["level"] not in LEVELS or found["action"] not in ACTIONS:
            raise ValueError(f"level is one of {', '.join(LEVELS)}, action one of {', '.join(ACTIONS)}")
        categories = tuple(str(name) for name in found.get("categories") or ())
        reasons = tuple(str(reason) for reason in found.get("reasons") or ())
        spans = tuple(Place(**span) for span in found.get("spans") or ())
        return cls(level=found["level"], action=found["action"], categories=categories, reasons=reasons, spans=spans)

    def to_json(self) -> dict[str, Any]:
        return {
            "level": self.level,
            "action": self.action,
            "categories": list(self.categories),
            "reasons": list(self.reasons),
            "spans": [asdict(span) for span in self.spans],
        }


def worse_level(one: str, other: str) -> str:
    return min(one, other, key=LEVELS.index)


def worse_action(one: str, other: str) -> str:
    return min(one, other, key=ACTIONS.index)
