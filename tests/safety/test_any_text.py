"""No text makes the rules raise, and none costs more than its length: properties over anything that can be sent.

The same properties run over a million texts in `make soak`.
"""

import random

import pytest
from hypothesis import HealthCheck, given, settings

from bot.safety import LEVELS, screen
from tests.safety.any_text import (
    LONGEST,
    MOST_GROWTH,
    PATTERNS,
    is_assessed,
    is_assessed_after,
    texts,
    words_of,
    work,
)

SOME = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
EVERY_NTH_PATTERN = 700


@SOME
@given(texts())
def test_any_text_gives_one_and_the_same_assessment_whose_spans_lie_in_it(text: str) -> None:
    is_assessed(text)


@SOME
@given(texts(), texts())
def test_any_history_is_read(text: str, before: str) -> None:
    is_assessed_after(text, before)


@pytest.mark.parametrize(
    "pattern", PATTERNS[::EVERY_NTH_PATTERN], ids=lambda pattern: words_of(pattern, random.Random(1))
)
@pytest.mark.parametrize("glue", [" ", ". "])
def test_the_work_grows_with_the_length_of_a_text_and_no_faster(pattern: object, glue: str) -> None:
    unit = words_of(pattern, random.Random(1)) + glue  # type: ignore[arg-type]
    short = (unit * LONGEST)[:1000]
    long = (unit * LONGEST)[:4000]

    assert work(long) <= MOST_GROWTH * work(short)


@pytest.mark.parametrize("unit", ["a", "💊", "ا", "i want to ", "not ", "kill. ", "e\u0301", "  \n", "-a-", "!?"])
def test_a_wall_of_the_longest_length_is_read(unit: str) -> None:
    assert screen((unit * LONGEST)[:LONGEST]).level in LEVELS
