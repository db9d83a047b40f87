"""The waiting clocks of an escalation: which limit of the clinical content (section 5.1) runs now, and until when.

The limits stand in ``bot/content/clocks.yml``. They count from the moment the level was reached, so that a raised
escalation starts afresh.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from bot.content.clocks import Minutes, limits_of

NO_BREAK = "\u00a0"
UNREACHED = ("open", "alerted", "acknowledged", "claimed", "contact_tried")


class Timed(Protocol):
    """What of an escalation the clocks look at."""

    @property
    def level(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def level_at(self) -> datetime: ...
    @property
    def acknowledged_at(self) -> datetime | None: ...


@dataclass(frozen=True, kw_only=True)
class Due:
    """The next thing that a person must do, and the moment by which."""

    kind: Literal["acknowledge", "contact"]
    at: datetime


def due(escalation: Timed, shorter: Minutes | None = None) -> Due | None:
    """The limit that runs now, ``shorter`` being the clinic's own; None once nothing is due by the clock."""
    if escalation.state not in UNREACHED:
        return None
    limit = limits_of(escalation.level, shorter)
    if escalation.acknowledged_at is None and "acknowledge" in limit:
        return Due(kind="acknowledge", at=escalation.level_at + limit["acknowledge"])
    if "contact" in limit:
        return Due(kind="contact", at=escalation.level_at + limit["contact"])
    return None


def spell(span: timedelta, units: Mapping[str, str]) -> str:
    """A length of time in the two units that matter: "3 d 2 h", "2 h 5 min", "4 min 10 s", "12 s". Never below zero.

    A number and its unit stay on one line. The same rule stands in ``static/js/console/clocks.js``, by which the page
    lets its clocks go on.
    """
    seconds = max(0, int(span.total_seconds()))
    parts = {
        "day": seconds // 86400,
        "hour": seconds // 3600 % 24,
        "minute": seconds // 60 % 60,
        "second": seconds % 60,
    }
    names = list(parts)
    first = next((at for at, name in enumerate(names) if parts[name]), len(names) - 1)
    return " ".join(f"{parts[name]}{NO_BREAK}{units[name]}" for name in names[first : first + 2])
