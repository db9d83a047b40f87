"""The typed words of the worked cases: every answer of every case has some, and none was written from the examples."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from bot.content.reading import CONTENT
from tests.actions.sessions import VIGNETTES
from tests.conversations.reflecting import ANYBODY, OWN_WORDS


def examples() -> Iterator[str]:
    for folder in ("answer_examples", "inner_language"):
        for path in sorted(Path(CONTENT / folder).glob("*.yml")):
            for said in yaml.safe_load(path.read_text(encoding="utf-8"))["labels"].values():
                yield from (text.casefold().strip(" .") for text in said)


def test_every_answer_of_every_case_has_words_of_its_own() -> None:
    missing = [
        f"{case['id']} {question}: {answer}"
        for case in VIGNETTES
        for question, answer in case["answers"].items()
        if question not in OWN_WORDS[case["id"]] and (answer[0] if isinstance(answer, list) else answer) not in ANYBODY
    ]

    assert missing == []


def test_none_of_the_longer_ones_stands_among_the_examples() -> None:
    known = set(examples())
    said = [text for case in VIGNETTES for text in OWN_WORDS[case["id"]].values()]

    assert [text for text in said if len(text.split()) > 3 and text.casefold().strip(" .") in known] == []
