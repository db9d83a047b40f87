"""The 24 worked cases, played through the real dialogue: what is stored and what is said is what the file expects."""

from typing import Any

import pytest

from bot.store import formulations
from tests.actions.patient import Patient, finding
from tests.actions.sessions import VIGNETTES, answer_of, difference

MOST_TURNS = 60
END = ("ES3", "SF", "Q")
DEAD = "id rather be dead than have another night of this"
STOPPED = "it was not planned with anyone, i stopped them on my own"


def play(patient: Patient, case: dict[str, Any]) -> list[str]:
    """Answer until the session ends; gives everything that was said."""
    said: list[str] = []
    patient.says("look closer", "look_closer")
    for _ in range(MOST_TURNS):
        said += patient.names
        code = patient.asked or ""
        if code == "ES3" or code.startswith(("SF", "Q")):
            return said
        if (code, case["open_safety_step"]) == ("RS6", "suicidal_ideation"):
            patient.says(DEAD, risk=finding("urgent", "page", "suicidal_ideation"))
        elif (code, case["open_safety_step"]) == ("RS6", "abrupt_stop"):
            patient.says(STOPPED, risk=finding("urgent", "page", "abrupt_stop"))
        else:
            kind, value = answer_of(case, code)
            if kind == "value":
                patient.gives(value)
            elif kind == "text":
                patient.says(value)
            else:
                patient.picks(*(value if isinstance(value, list) else [value]))
    raise AssertionError(f"no end after {MOST_TURNS} turns: {said}")


def stored(patient: Patient) -> Any:
    with patient.database.read() as tx:
        return formulations.of(tx, patient.conversation)[-1]


@pytest.mark.parametrize("case", VIGNETTES, ids=[case["id"] for case in VIGNETTES])
def test_each_worked_case_by_choices(known: Patient, case: dict[str, Any]) -> None:
    said = play(known, case)

    assert difference(case, stored(known).detail["formulation"]) == {}
    headline = case["expected"]["headline"]
    results = [name.removeprefix("utter_RS12_is_") for name in said if name.startswith("utter_RS12_is_")]
    if headline == "safety_stop":
        assert results == []
        assert stored(known).shown_at is None
    else:
        flags = case["expected"]["flags"]
        assert len(results) == 1
        assert results[0].startswith("life_event" if flags == ["life_event"] else headline)
        assert stored(known).shown_at is not None
