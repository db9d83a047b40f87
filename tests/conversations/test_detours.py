"""The sessions with detours are whole: all forty, every worked case, every kind, and none where it cannot be."""

import pytest

from bot.actions.dialogue import book
from tests.actions.sessions import answer_of
from tests.conversations.detours import KINDS, Detoured, detoured
from tests.conversations.reflecting import CASES

SESSIONS = detoured()
PACE = book().dialogues["reflection"].pace
ONE_ANSWER = ("tabs", "restart")
VAGUE = ("not_sure", "skip")


def test_there_are_forty_with_every_case_and_every_kind() -> None:
    assert len(SESSIONS) == 40
    assert {one.case for one in SESSIONS} == set(CASES)
    assert {kind for one in SESSIONS for kinds in one.at.values() for kind in kinds} == set(KINDS)
    assert len({(one.case, one.name) for one in SESSIONS}) == len(SESSIONS)


@pytest.mark.parametrize("session", SESSIONS, ids=lambda one: f"{one.case} {one.name}")
def test_each_stands_where_it_can_be(session: Detoured) -> None:
    case = CASES[session.case]
    assert PACE is not None
    for code, kinds in session.at.items():
        kind, value = answer_of(case, code)

        assert set(kinds) <= set(KINDS)
        if {"stop", "day"} & set(kinds):
            assert code in PACE.at
        if "mind" in kinds:
            assert "not_sure" in book().states[code].options
        if set(ONE_ANSWER) & set(kinds):
            assert kind == "choice"
            assert value not in VAGUE
            assert kinds[-1] in ONE_ANSWER
        if "alarm" in kinds:
            assert case["open_safety_step"] is None
