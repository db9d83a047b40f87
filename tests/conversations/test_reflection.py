"""Worked cases of the reflective session over the chat API, with everything running: two here, all in the soak."""

import pytest

from tests.actions.sessions import VIGNETTES
from tests.conversations.reflecting import Reflecting
from tests.stack import Stack

pytestmark = pytest.mark.stack
CASES = {case["id"]: case for case in VIGNETTES}


@pytest.mark.parametrize("name", ["V01", "V16"])
def test_a_worked_case_by_choices(stack: Stack, name: str) -> None:
    played = Reflecting(stack, stack.chat().onboard(), CASES[name]).play()

    assert played.difference() == {}


@pytest.mark.parametrize("name", ["V09", "V11"])
def test_a_worked_case_in_typed_words(stack: Stack, name: str) -> None:
    played = Reflecting(stack, stack.chat().onboard(), CASES[name], typed=True).play()

    assert played.difference() == {}
    assert played.guesses["first"] + played.guesses["offered"] > 2 * played.guesses["missed"]
