"""No text makes the rules raise, and none costs more than its length: properties over anything that can be sent.

The same properties run over a million texts in `make soak`.
"""

import json
import random

import pytest
from hypothesis import HealthCheck, given, settings

from bot.safety import ACTIONS, CATEGORIES, LEVELS, Assessment, screen
from tests.safety.any_text import LONGEST, MOST_GROWTH, PATTERNS, texts, words_of, work

SOME = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
EVERY_NTH_PATTERN = 700


@SOME
@given(texts())
def test_any_text_gives_one_and_the_same_assessment_whose_spans_lie_in_it(text: str) -> None:
    found = screen(text)

    assert found.level in LEVELS
    assert found.action in ACTIONS
    assert set(found.categories) <= set(CATEGORIES)
    assert all(0 <= span.start < span.end <= len(text) for span in found.spans)
    assert (found.level == "none") == (found.action == "none")
    assert Assessment.from_json(json.loads(json.dumps(found.to_json()))).level == found.level
    assert screen(text) == found


@SOME
@given(texts(), texts())
def test_any_history_is_read(text: str, before: str) -> None:
    assert screen(text, [before]).level in LEVELS


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
