"""Whose danger a message tells of: the child's who writes (clinical content 5.6.11), or somebody else's (5.5)."""

import re
from collections.abc import Sequence

from bot.actions.stage import Stage


def child_writes(stage: Stage) -> bool:
    """Whether the patient is the child: said so at ON4, or says so in this message."""
    if stage.get("limited") == "under_18":
        return True
    patterns = stage.book.dialogues["safety"].extra["child_writes"]["patterns"]
    return any(re.search(pattern, stage.turn.text, re.IGNORECASE) for pattern in patterns)


def about_other(stage: Stage, categories: Sequence[str]) -> bool:
    """Whether this message tells of somebody else's danger only: they come first in it, and no word is of oneself."""
    table = stage.book.dialogues["safety"].extra["about_other"]
    text = stage.turn.text
    if not set(categories) <= set(table["categories"]) or not re.search(table["subject"], text, re.IGNORECASE):
        return False
    for aside in table["asides"]:
        text = re.sub(aside, " ", text, flags=re.IGNORECASE)
    return not re.search(table["own"], text, re.IGNORECASE)
