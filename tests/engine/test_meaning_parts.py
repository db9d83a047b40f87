"""The pure parts of layer 2: what is read of a message, how a sentence is varied, and what the scores come to."""

import itertools
import random
from pathlib import Path

import numpy as np
import pytest

from bot.engine.meaning import decision
from bot.engine.meaning.decision import Bar, Scores
from bot.engine.meaning.settings import SETTINGS, read_settings
from bot.engine.meaning.units import RUN_WORDS, units
from bot.engine.meaning.variants import careless, misspelt, surrounded
from bot.errors import ContentError

BAR = Bar(page=4.0, ask=3.0, review=1.0, note=1.0)
TEXTS = [
    "",
    "   ",
    "hello",
    "Well. I made tea. Then I took them all. It rained.",
    "no stops at all " * 40,
    "a\n\nb\n\nc",
    "...",
    "3.5 mg, then 2.5",
    "😀" * 50,
]


@pytest.mark.parametrize("text", TEXTS)
def test_every_part_of_a_message_is_read_and_stands_where_it_says(text: str) -> None:
    parts = units(text)

    assert parts
    assert all(part.text in text[part.start : part.end] for part in parts)
    read = {place for part in parts for place in range(part.start, part.end)}
    assert all(place in read for place, letter in enumerate(text) if letter.isalnum())


def test_a_short_message_is_read_whole_and_by_sentence() -> None:
    assert [part.text for part in units("I made tea. I took them all.")] == [
        "I made tea. I took them all.",
        "I made tea.",
        "I took them all.",
    ]


def test_a_message_of_the_longest_length_is_read_in_runs_that_overlap() -> None:
    parts = units("word " * 3200)

    assert max(len(part.text.split()) for part in parts) == RUN_WORDS
    assert all(after.start < before.end for before, after in itertools.pairwise(parts))


def test_slips_change_so_many_words_and_leave_short_ones() -> None:
    text = "I cannot keep doing this to my family any longer"

    changed = misspelt(text, 2, random.Random(1))

    different = [old for old, new in zip(text.split(), changed.split(), strict=True) if old != new]
    assert len(different) == 2
    assert all(len(word) >= 4 for word in different)


def test_a_careless_hand_types_no_capitals_apostrophes_or_last_stop() -> None:
    assert careless("I can't. I don’t.") == "i cant. i dont"


def test_a_sentence_among_others_is_still_whole() -> None:
    text = surrounded("I took them all", ["It rained", "We had soup"], random.Random(1))

    assert "I took them all" in text
    assert "It rained" in text
    assert "We had soup" in text


def test_a_bar_that_many_may_reach_is_just_above_those_who_would_be_too_many() -> None:
    found = [float(score) for score in range(1000)]

    assert sum(score >= decision.bar_for(found, 0.1) for score in found) == 100


@pytest.mark.parametrize("seed", range(12))
def test_a_bar_that_one_in_a_thousand_may_reach_does_not_hang_on_the_highest_two(seed: int) -> None:
    found = np.random.default_rng(seed).exponential(size=2000)

    bar = decision.bar_for(found.tolist(), 0.001)

    assert bar == pytest.approx(np.log(1000), abs=0.7)


@pytest.mark.parametrize(
    ("scores", "action"),
    [
        (Scores(urgent=5.0, flagged=5.0, noted=5.0, worst=0), "page"),
        (Scores(urgent=3.9, flagged=5.0, noted=5.0, worst=0), "ask"),
        (Scores(urgent=5.0, flagged=2.9, noted=5.0, worst=0), "review"),
        (Scores(urgent=-1.0, flagged=0.9, noted=1.0, worst=0), "review"),
        (Scores(urgent=-1.0, flagged=0.9, noted=0.9, worst=0), "none"),
    ],
)
def test_an_action_needs_its_bar(scores: Scores, action: str) -> None:
    assert decision.action_of(scores, BAR) == action


def test_the_worst_part_of_a_message_counts_and_many_parts_take_something_off() -> None:
    calm, danger = [-3.0, -3.0, -3.0, -3.0, 3.0], [4.0, 0.0, 0.0, 0.0, 0.0]

    alone = decision.scores(np.array([danger]), crowd=0.5)
    among = decision.scores(np.array([calm, danger, calm]), crowd=0.5)

    assert among.worst == 1
    assert among.flagged == pytest.approx(alone.flagged - 0.5 * np.log(3))


@pytest.mark.parametrize(
    ("row", "action", "level"),
    [
        ([5.0, 0.0, 0.0, 0.0, 0.0], "page", "emergency"),
        ([0.0, 5.0, 0.0, 0.0, 0.0], "ask", "urgent"),
        ([0.0, 0.0, 5.0, 0.0, 0.0], "ask", "same_day"),
        ([0.0, 0.0, 5.0, 0.0, 0.0], "page", "urgent"),
        ([2.0, 2.1, 0.0, 0.0, 0.0], "ask", "emergency"),  # In doubt the worse.
    ],
)
def test_the_level_is_that_of_the_worst_part(row: list[float], action: str, level: str) -> None:
    scores = Scores(urgent=5.0, flagged=5.0, noted=5.0, worst=0)

    assert decision.level_of(scores, np.array(row), action, BAR, worse_from=0.4) == level


def test_what_is_only_worth_a_note_is_a_note() -> None:
    scores = Scores(urgent=-5.0, flagged=-2.0, noted=2.0, worst=0)

    assert decision.level_of(scores, np.zeros(5), "review", BAR, worse_from=0.4) == "note"


def test_the_likeliest_category_is_named_and_others_with_a_large_share() -> None:
    names = ("self_harm", "suicidal_ideation", "pregnancy")

    assert decision.categories_of(np.array([0.1, 0.8, 0.1]), names, 0.3) == ["suicidal_ideation"]
    assert decision.categories_of(np.array([0.4, 0.5, 0.1]), names, 0.3) == ["suicidal_ideation", "self_harm"]
    assert decision.categories_of(np.array([0.3, 0.4, 0.3]), names, 0.9) == ["suicidal_ideation"]


def test_certainty_grows_with_the_score() -> None:
    assert BAR.certainty(-5.0) < BAR.certainty(0.0) < BAR.certainty(5.0)
    assert Bar.from_json(BAR.to_json()) == BAR


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("crowd:", "crowde:", r"meaning\.yml:\d+: unknown key 'crowde'; allowed: category_from, crowd"),
        ("epochs: 7", "epochs: 0", r"meaning\.yml:\d+: 'epochs' is 0; allowed: 1 to 100"),
        ("ordinary: 0.06,", "ordinary: 10,", r"meaning\.yml:\d+: 'ordinary' is 10.0; it is a share, 0 to 1"),
        ("rate: 0.0004", "rate: fast", r"meaning\.yml:\d+: 'rate' must be a number of 0 or more, not 'fast'"),
    ],
)
def test_a_mistake_in_the_settings_is_named_by_file_and_line(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    text = SETTINGS.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "meaning.yml").write_text(text.replace(old, new), encoding="utf-8")

    with pytest.raises(ContentError, match=complaint):
        read_settings(tmp_path / "meaning.yml")
