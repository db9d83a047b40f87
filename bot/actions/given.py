"""What a message answers: what was chosen, or a value."""

from dataclasses import dataclass
from typing import Any

LEFT_OUT = "skip"


@dataclass(frozen=True, kw_only=True)
class Given:
    """An answer: the options chosen, or a value; ``text`` if it was typed; ``skipped`` if it was left out."""

    options: tuple[str, ...] = ()
    value: Any = None
    text: str | None = None
    skipped: bool = False

    @property
    def is_left_out(self) -> bool:
        return self.skipped or LEFT_OUT in self.options
