"""Sessions with detours through the dialogue's actions, by choices: whatever comes in between, the picture is the same.

A few of tests/conversations/detours.yml here; ``DETOURED=40`` plays all.
"""

import os
from collections.abc import Mapping
from typing import Any

import pytest

from bot.actions.dialogue import book
from bot.store import formulations
from tests.actions.patient import Patient, finding
from tests.actions.sessions import answer_of, difference
from tests.conversations.detours import BACK_AT_MOST, Detoured, detoured
from tests.conversations.reflecting import ASKED_AGAIN, BESIDE, CASES, DANGER, END, SAFETY
from tests.databases import Clock

MOST_TURNS = 150
EVERY = len(detoured()) // int(os.environ.get("DETOURED", "5"))
SAID = {"why": "why_do_you_ask", "human": "are_you_human", "advice": "ask_medicine_now", "again": "repeat",
        "simpler": "simpler_words", "seen": "has_seen", "thanks": "thanks", "stop": "stop"}  # fmt: skip
RISKS = {"alarm": ("ask", "suicidal_ideation"), "person": ("page", "request_human")}


def gives(patient: Patient, case: Mapping[str, Any], code: str) -> None:
    kind, value = answer_of(case, code)
    if kind == "value":
        patient.gives(value)
    elif kind == "text":
        patient.says(value, "skip")
    else:
        patient.picks(*(value if isinstance(value, list) else [value]))


def goes_elsewhere(patient: Patient, clock: Clock, case: Mapping[str, Any], code: str, kind: str) -> None:
    """A detour. What belongs to several tabs or processes is here that the turn is asked twice."""
    if kind in SAID:
        patient.says(kind, SAID[kind])
    elif kind in RISKS:
        action, category = RISKS[kind]
        patient.says("cant go on", "ask_human", risk=finding("same_day", action, category))
    elif kind == "mind":
        patient.picks("not_sure")
        for _ in range(BACK_AT_MOST):
            if patient.asked != code:
                patient.says("back", "go_back")
    elif kind == "day":
        patient.says("stop", "stop").picks("leave")
        clock.forward(hours=20)
        patient.open().picks("go_on")
    elif kind != "reload":
        gives(patient, case, code)
        patient.again()


def goes_on(patient: Patient, case: Mapping[str, Any], code: str) -> None:
    beside = next((choice for begin, choice in BESIDE.items() if code.startswith(begin)), None)
    if beside is not None:
        patient.picks(beside)
    elif code == ASKED_AGAIN:
        patient.picks("gone")
    elif code.startswith(SAFETY):
        patient.picks(next(one.id for one in book().states[code].options.values() if one.clears))
    elif code == "RS6" and case["open_safety_step"] in DANGER:
        patient.says("as i said", risk=finding("urgent", "page", case["open_safety_step"]))
    else:
        gives(patient, case, code)


@pytest.mark.parametrize("session", detoured()[::EVERY], ids=lambda one: f"{one.case} {one.name}")
def test_a_session_with_detours_adds_up_to_the_same(known: Patient, clock: Clock, session: Detoured) -> None:
    case = CASES[session.case]
    left = {code: list(kinds) for code, kinds in session.at.items()}
    known.picks("reflection")
    for _ in range(MOST_TURNS):
        code = known.asked or ""
        if code == END or (code.startswith(SAFETY) and case["open_safety_step"]):
            break
        if left.get(code):
            goes_elsewhere(known, clock, case, code, left[code].pop(0))
        else:
            goes_on(known, case, code)

    assert not any(left.values())
    with known.database.read() as tx:
        (found,) = formulations.of(tx, known.conversation)
    assert difference(case, found.detail["formulation"]) == {}
