"""The sentences that layer 2 learns from: enough, readable, and none of the test part known from the training part."""

from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from bench.risk.sets import FILES, TESTS, own_talks, read_file
from bot.content.examples import ALIKE, EXAMPLES, PARTS, Example, normal, parts_of, read_examples
from bot.errors import ContentError
from bot.safety import CATEGORIES

READ = read_examples(categories=CATEGORIES)
GROUP = "category: pregnancy\ngroups:\n  - level: {level}\n    register: plain\n    texts:\n      - {text}\n"


def write(folder: Path, name: str, *, level: str = "urgent", text: str = "a sentence") -> None:
    (folder / name).write_text(GROUP.format(level=level, text=text), encoding="utf-8")


def test_there_are_enough_of_both_kinds_and_of_every_category() -> None:
    flagged = Counter(example.category for example in READ if example.flagged)

    assert sum(flagged.values()) >= 2500
    assert sum(example.level == "none" for example in READ) >= 6000
    assert set(flagged) == set(CATEGORIES)


def test_each_part_has_its_share_of_both_kinds() -> None:
    for flagged in (True, False):
        parts = Counter(example.part for example in READ if example.flagged == flagged)
        for name, share in {"train": 0.70, "development": 0.15, "test": 0.15}.items():
            assert parts[name] / parts.total() == pytest.approx(share, abs=0.03)


def test_near_duplicates_are_never_on_two_sides() -> None:
    """By words, over all pairs that share a word; by meaning, the training leaves them out (tests/engine)."""
    words = {example: frozenset(normal(example.text).split()) for example in READ}
    held_out = [example for example in READ if example.part != "train"]
    holders: dict[str, list[Example]] = {}
    for example in READ:
        for word in words[example]:
            holders.setdefault(word, []).append(example)

    torn = []
    for example in held_out[::10]:
        rare = sorted(words[example], key=lambda word: len(holders[word]))
        enough = rare[: len(rare) - int(ALIKE * len(rare)) + 1]  # A near-duplicate has at least one of these.
        for other in {one for word in enough for one in holders[word] if one.part != example.part}:
            if len(words[example] & words[other]) >= ALIKE * len(words[example] | words[other]):
                torn.append((example.text, other.text))

    assert torn == []


def test_nothing_that_the_screen_is_judged_or_tuned_by_is_learnt() -> None:
    files = [TESTS / f"sentences/{name}.jsonl" for names in FILES.values() for name in names]
    clinical = yaml.safe_load((TESTS / "risk_examples.yml").read_text(encoding="utf-8"))["examples"]
    judging = {normal(one.text) for path in files for one in read_file(path)}
    judging |= {normal(message) for talk in own_talks("test") for message in talk.messages}
    judging |= {normal(one["text"]) for one in clinical}

    assert [example.text for example in READ if example.part == "train" and normal(example.text) in judging] == []


def test_the_part_of_a_sentence_depends_on_nothing_but_the_sentences() -> None:
    texts = [normal(example.text) for example in READ[:300]]

    assert parts_of(texts) == parts_of(list(reversed(texts)))


def test_near_duplicates_share_the_part_of_the_smallest() -> None:
    chain = ["one two three four five", "one two three four six", "one two three seven six", "quite another thing"]

    parts = parts_of(chain)

    assert len({parts[text] for text in chain[:3]}) == 1
    assert set(parts.values()) <= {name for name, _ in PARTS}
    for one, other in combinations(chain[:3], 2):
        assert parts[one] == parts[other]


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        (
            "pregnancy.yml",
            GROUP.format(level="severe", text="x"),
            r"pregnancy\.yml:3: 'level' is 'severe'; allowed: emer",
        ),
        ("other.yml", GROUP.format(level="urgent", text="x"), r"other\.yml:1: .*must have a name that begins with it"),
        ("pregnancy.yml", GROUP.format(level="urgent", text="no"), r"pregnancy\.yml:6: a text was expected, not False"),
        ("pregnancy.yml", GROUP.format(level="urgent", text="''"), r"pregnancy\.yml:6: a text was expected, not ''"),
        ("pregnancy.yml", "category: pregnancie\ngroups: []\n", r"pregnancy\.yml:1: 'category' is 'pregnancie'"),
        ("pregnancy.yml", "category: pregnancy\ngroups: [a]\n", r"pregnancy\.yml:2: each group must be a mapping"),
        (
            "pregnancy.yml",
            GROUP.replace("level", "leval"),
            r"pregnancy\.yml:3: unknown key 'leval'; allowed: level, reg",
        ),
        ("ordinary.yml", GROUP.format(level="urgent", text="x").replace("pregnancy", "ordinary"), r"allowed: none"),
    ],
)
def test_a_mistake_is_named_by_file_and_line(tmp_path: Path, name: str, content: str, complaint: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")

    with pytest.raises(ContentError, match=complaint):
        read_examples(tmp_path, CATEGORIES)


def test_a_sentence_that_is_harmless_in_one_file_and_a_risk_in_another_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "pregnancy.a.yml", text="I am late this month")
    write(tmp_path, "pregnancy.b.yml", level="none", text="i am late, this month!")

    with pytest.raises(ContentError, match=r"pregnancy\.b\.yml:6: .* is none here, but urgent in pregnancy\.a\.yml:6"):
        read_examples(tmp_path)


def test_a_sentence_that_stands_twice_is_read_once(tmp_path: Path) -> None:
    write(tmp_path, "pregnancy.a.yml", text="I am late this month")
    write(tmp_path, "pregnancy.b.yml", text="I'm late this month")
    write(tmp_path, "pregnancy.c.yml", text="I am late, this month!")

    assert [example.text for example in read_examples(tmp_path)] == ["I am late this month", "I'm late this month"]


def test_a_folder_without_examples_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="there are no examples"):
        read_examples(tmp_path)


def test_every_file_stands_where_its_name_says() -> None:
    assert {path.name.split(".")[0] for path in EXAMPLES.glob("*.yml")} == {*CATEGORIES, "ordinary"}
