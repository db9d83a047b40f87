"""The trained model on sentences that nothing was learnt from. What is missed: `make evaluate-answers evaluate-nlu`."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bench.understanding import (
    BEYOND,
    INTENT_TESTS,
    NONE,
    OFFERED,
    SENTENCES,
    accuracy,
    answers,
    intents,
    lines,
    macro_f1,
    numbers,
    understand,
    understood_as_beyond,
    whole,
)
from bot import settings
from bot.commands.train import train
from bot.content.reading import CONTENT, read
from bot.settings import ROOT

ANSWERS, INNER, NLU = CONTENT / "answer_examples", CONTENT / "inner_language", ROOT / "bot/data/nlu"


@pytest.fixture(scope="module")
def understood(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the model makes of every test sentence; all are understood in one run."""
    texts = [row["text"] for name in ("answers_test.jsonl", "inner_test.jsonl") for row in lines(name)]
    texts += [text for name in INTENT_TESTS for text, _ in intents(SENTENCES / name)]
    model = train(settings.load({"DATA_DIR": str(tmp_path_factory.mktemp("var"))}))
    return dict(zip(texts, understand(texts, model), strict=True))


@pytest.mark.rasa
def test_free_text_is_understood_as_the_answer_that_it_is(understood: dict[str, dict[str, Any]]) -> None:
    rows = lines("answers_test.jsonl")
    found = [understood[row["text"]] for row in rows]

    assert whole(answers(rows, found, 1)) >= 0.85
    assert whole(answers(rows, found, OFFERED)) >= 0.95


@pytest.mark.rasa
def test_inner_language_is_recognised_and_ordinary_talk_left_alone(understood: dict[str, dict[str, Any]]) -> None:
    best = [
        (row["category"], [name for name, _ in understood[row["text"]]["inner"]]) for row in lines("inner_test.jsonl")
    ]
    inner = [(category, names) for category, names in best if category != NONE]
    ordinary = [names[0] for category, names in best if category == NONE]

    assert macro_f1([(category, names[0]) for category, names in best]) >= 0.65
    assert sum(category in names for category, names in inner) / len(inner) >= 0.90
    assert ordinary.count(NONE) / len(ordinary) >= 0.80  # The aim is 0.85 and is missed: docs/understanding.md.


@pytest.mark.rasa
def test_intents_are_understood_in_other_words(understood: dict[str, dict[str, Any]]) -> None:
    """The aim is 0.90; the floor leaves room for another training. What the risk gate takes is counted apart."""
    found = [(intent, understood[text]["intent"]["name"]) for text, intent in intents(SENTENCES / "nlu_test.yml")]
    within = [pair for pair in found if pair[0] != BEYOND]
    left = [pair for pair in within if pair[1] != "risk_disclosure"]

    assert len(left) >= 0.92 * len(within)
    assert accuracy(left) >= 0.88
    assert macro_f1(left) >= 0.88
    assert understood_as_beyond(found) >= 0.85


@pytest.mark.rasa
def test_intents_are_understood_as_patients_would_type_them(understood: dict[str, dict[str, Any]]) -> None:
    """The aim is 0.90 and is missed: docs/understanding.md. What the risk gate takes is counted apart."""
    found = [(intent, understood[text]["intent"]["name"]) for text, intent in intents(SENTENCES / "nlu_field_test.yml")]
    left = [pair for pair in found if pair[1] != "risk_disclosure"]

    assert len(left) >= 0.95 * len(found)
    assert accuracy(left) >= 0.84


def test_numbers_in_words_are_read() -> None:
    assert numbers(lines("numbers_test.jsonl")).value >= 0.98


def test_no_test_sentence_is_an_example() -> None:
    """What was learnt by heart measures nothing."""
    inner = {plain(text) for path in INNER.glob("*.yml") for text in examples(path)}
    nlu = {plain(text) for path in NLU.glob("*.yml") for text, _ in intents(path)}

    assert [row["text"] for row in lines("inner_test.jsonl") if plain(row["text"]) in inner] == []
    for name in INTENT_TESTS:
        assert [text for text, _ in intents(SENTENCES / name) if plain(text) in nlu] == []


def test_no_answer_of_the_test_is_an_example_of_its_question() -> None:
    learnt = {read(path).get("code"): {plain(text) for text in examples(path)} for path in ANSWERS.glob("*.yml")}

    assert [row["text"] for row in lines("answers_test.jsonl") if plain(row["text"]) in learnt[row["question"]]] == []


def test_the_test_has_enough_of_each() -> None:
    options = Counter((row["question"], option) for row in lines("answers_test.jsonl") for option in row["options"])
    categories = Counter(row["category"] for row in lines("inner_test.jsonl"))
    tested = Counter(intent for _, intent in intents(SENTENCES / "nlu_test.yml"))

    assert min(options.values()) >= 8
    assert min(categories.values()) >= 12
    assert min(tested.values()) >= 12
    assert categories[NONE] >= 100
    assert tested[BEYOND] >= 120


def examples(path: Path) -> list[str]:
    return [text for said in read(path)["labels"].values() for text in said]


def plain(text: str) -> str:
    """The words alone; letter case and marks are no difference."""
    return " ".join(re.findall(r"\w+", text.casefold().replace("'", "").replace("’", "")))
