"""Every identifier that the store, the screen or a dialogue can give has words in the console."""

from typing import Any

import pytest

from bot import safety
from bot.content.reading import CONTENT, read
from bot.store import closing, escalations
from bot.web.console.rendering import console_words

WORDS = console_words()
STATES = ("open", "alerted", "acknowledged", "claimed", "contact_tried", "contacted", "closed")
ACTS = ("view", "refused", "claim", "release", "acknowledge", "note", "contact_tried", "contacted", "close")


@pytest.mark.parametrize(
    ("table", "identifiers"),
    [
        ("levels", safety.LEVELS),
        ("level_meanings", safety.LEVELS),
        ("limits", safety.LEVELS),
        ("actions", safety.ACTIONS),
        ("categories", (*safety.CATEGORIES, escalations.UNNAMED)),
        ("outcomes", closing.OUTCOMES),
        ("layers", escalations.LAYERS),
        ("layer_meanings", escalations.LAYERS),
        ("states", STATES),
        ("acts", ACTS),
    ],
)
def test_every_identifier_has_words(table: str, identifiers: tuple[str, ...]) -> None:
    assert [name for name in identifiers if name not in WORDS[table]] == []


def dialogue_states() -> list[tuple[str, dict[str, Any]]]:
    files = sorted((CONTENT / "dialogues").glob("*.yml"))
    return [(f"{file.stem}: {code}", dict(state)) for file in files for code, state in read(file)["states"].items()]


def test_every_fact_that_a_dialogue_keeps_has_a_label() -> None:
    apart = {"contact", "safe_contact"}
    kept = {state[key] for _, state in dialogue_states() for key in ("fact", "typed") if key in state}

    assert sorted(kept - apart - set(WORDS["facts"]["names"])) == []


def test_every_option_that_becomes_a_fact_has_words() -> None:
    missing = []
    for place, state in dialogue_states():
        name = state.get("fact")
        table = WORDS["safe_contact"] if name == "safe_contact" else WORDS["facts"]["chosen"]
        words = table if name == "safe_contact" or name not in table else table[name]
        unkept = ("skip", state.get("skip"))  # What skips a question is kept as no answer.
        options = [option for option in state.get("options", ()) if option not in unkept]
        missing += [f"{place}: {option}" for option in options if name and option not in words]

    assert missing == []
