"""The examples that the guesses are learnt from: complete, varied, and each in one place."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.content.reading import CONTENT, read

ANSWERS, INNER = CONTENT / "answer_examples", CONTENT / "inner_language"
FEWEST = 25
UNSURE = ["not_sure", "skip"]
CATEGORIES = {
    "just_one_dose", "idealising", "minimising_harm", "only_solution", "catastrophe_without", "permission_giving",
    "normal_only_with", "safety_object", "worry_chain", "catastrophic_misreading", "somatic_alarm", "hypervigilance",
    "anticipatory_dread", "avoidance_reassurance", "change_talk", "withdrawal_body", "none",
}  # fmt: skip
NOT_CHOSEN = ("inner_words", "only_solution", "normality")  # Free words, and two scales.


def options() -> Iterator[tuple[str, str, list[str]]]:
    """Name, number and options of every choice question of the evidence model."""
    for question in read(CONTENT / "reflection.yml")["questions"]:
        if question["id"] not in NOT_CHOSEN:
            kinds = ("distinctive", "shared", "red_flag", "none")
            listed = [id_ for kind in kinds for id_ in question.get(kind, ())]
            given = [option if isinstance(option, str) else option["id"] for option in question.get("options", ())]
            yield question["id"], question["number"], listed + given


def files() -> list[Path]:
    return [*sorted(ANSWERS.glob("*.yml")), *sorted(INNER.glob("*.yml"))]


def plain(text: str) -> str:
    """The words alone, in their order; letter case, marks and stretched spaces are no difference."""
    return " ".join(re.findall(r"\w+", text.casefold().replace("'", "").replace("’", "")))


@pytest.mark.parametrize(("name", "number", "ids"), list(options()), ids=lambda value: str(value)[:20])
def test_every_option_of_the_evidence_model_has_examples(name: str, number: str, ids: list[str]) -> None:
    content = read(ANSWERS / f"{name}.yml")

    assert content["code"] == number
    assert set(content["labels"]) == set(ids) - set(UNSURE)


def test_there_is_no_file_without_a_question() -> None:
    assert {path.stem for path in ANSWERS.glob("*.yml")} == {name for name, _, _ in options()} | {"every_question"}


def test_every_category_of_inner_language_has_examples() -> None:
    assert {label for path in INNER.glob("*.yml") for label in read(path)["labels"]} == CATEGORIES


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_examples_are_many_and_none_stands_twice(path: Path) -> None:
    labels = read(path)["labels"]
    said = Counter(plain(text) for texts in labels.values() for text in texts)

    assert {label: len(texts) for label, texts in labels.items() if len(texts) < FEWEST} == {}
    assert [text for text, count in said.items() if count > 1] == []
