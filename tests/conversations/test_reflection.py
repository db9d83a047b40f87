"""Worked cases of the reflective session over the chat API, with everything running: a few here, all in the soak."""

import pytest

from tests.conversations.playing import know_patients
from tests.conversations.reflecting import CASES, Reflecting
from tests.stack import Stack

pytestmark = pytest.mark.stack


@pytest.fixture(autouse=True)
def named(stack: Stack) -> None:
    know_patients(stack)


@pytest.mark.parametrize("name", ["V01", "V16"])
def test_a_worked_case_by_choices(stack: Stack, name: str) -> None:
    assert Reflecting(stack, CASES[name]).play().difference() == {}


def test_a_worked_case_in_typed_words(stack: Stack) -> None:
    played = Reflecting(stack, CASES["V11"], typed=True).play()

    assert played.difference() == {}
    assert played.outcomes["first"] + played.outcomes["offered"] > 2 * played.outcomes["missed"]
