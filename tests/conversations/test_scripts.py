"""The scripts of whole conversations are whole themselves; they are played with `make conversations`."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from bot.actions.dialogue import book
from tests.conversations.playing import ACTS, CHECKS, FOLDER, Script, scripts

SCRIPTS = scripts()
RISKS = ("none", "low", "moderate", "high", "imminent")


def test_there_are_at_least_sixty_whole_conversations_and_ten_people_from_no_risk_to_danger_now() -> None:
    whole = [script for script in SCRIPTS if 10 <= script.said <= 40]
    people = [path.stem for path in FOLDER.glob("risk_*.yml")]
    theirs = {name: [one for one in SCRIPTS if one.name.startswith(f"{name}-")] for name in people}

    assert len(whole) >= 60
    assert len({script.name for script in SCRIPTS}) == len(SCRIPTS)
    assert len(people) >= 10
    assert {len(found) for found in theirs.values()} == {5}
    assert {script.risk for script in SCRIPTS} == {None, *RISKS}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_names_what_exists(script: Script) -> None:
    known = book()
    options = {id_ for state in known.states.values() for id_ in state.options} | {"neither", "a_bit", "again"}

    for turn in acts(script):
        assert set(turn) <= {*ACTS, *CHECKS}, turn
        assert set(listed(turn.get("asks"))) - {"NU1"} <= set(known.states), turn
        assert set(listed(turn.get("pick"))) <= options, turn
    assert set(script.ends) <= {"asks", "said", "never", "stored", "facts", "record"}


def acts(script: Script) -> Iterator[Mapping[str, Any]]:
    yield from (turn for turn in script.turns if isinstance(turn, Mapping))


def listed(value: Any) -> list[str]:
    return [] if value is None else [str(one) for one in value] if isinstance(value, list) else [str(value)]
