"""The rules find what they say they find, pass what they say they pass, and know the clinical examples."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.errors import ContentError
from bot.safety import LEVELS, load_rules, screen
from bot.safety.loading import RULES_FOLDER
from bot.safety.rules import Example
from bot.safety.screening import Screen

HERE = Path(__file__).parent
CLINICAL = yaml.safe_load((HERE / "risk_examples.yml").read_text(encoding="utf-8"))["examples"]
FLAGGED = {"emergency", "urgent", "same_day"}
EXAMPLES = load_rules().examples

# Clinical training sentences that the rules get wrong today, by id. The list may only become shorter.
NOT_YET = frozenset(("self_harm-08", "request_human-12", "request_human-13"))
TOO_MILD: frozenset[str] = frozenset()


def flagged(text: str) -> bool:
    return screen(text).level in FLAGGED


def shares(missed: Sequence[object], of: int) -> float:
    return len(missed) / of


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.flagged], ids=lambda e: f"{e.group}: {e.text}")
def test_a_rule_finds_its_own_example(example: Example) -> None:
    assert screen(example.text).level != "none", example.place


@pytest.mark.parametrize("example", [e for e in EXAMPLES if not e.flagged], ids=lambda e: f"{e.group}: {e.text}")
def test_a_group_leaves_its_look_alikes_alone(example: Example) -> None:
    own = [span for span in screen(example.text).spans if span.rule in rules_of(example)]

    assert not own, example.place


def rules_of(example: Example) -> set[str]:
    """The rules of the group that an example stands in."""
    path, _ = example.place.rsplit(":", 1)
    content = yaml.safe_load((RULES_FOLDER / Path(path).name).read_text(encoding="utf-8"))
    return {rule["id"] for group in content["groups"] if group["group"] == example.group for rule in group["rules"]}


def clinical(split: str) -> list[dict[str, Any]]:
    return [example for example in CLINICAL if example["split"] == split]


@pytest.mark.parametrize("example", clinical("train"), ids=lambda e: f"{e['id']}: {e['text']}")
def test_what_must_alert_alerts_and_nothing_else_does(example: dict[str, Any]) -> None:
    if example["id"] in NOT_YET:
        pytest.xfail("The rules do not know this sentence yet; docs/risk-screen.md lists it.")

    assert flagged(example["text"]) == example["escalate"]


def test_a_level_is_named_rightly_for_most_and_never_one_too_mild_for_an_emergency() -> None:
    alerting = [example for example in clinical("train") if example["escalate"] and example["id"] not in NOT_YET]

    found = {example["id"]: screen(example["text"]).level for example in alerting}

    wrong = [example["id"] for example in alerting if found[example["id"]] != example["severity"]]
    mild = [e["id"] for e in alerting if LEVELS.index(found[e["id"]]) > LEVELS.index(e["severity"])]
    assert shares(wrong, of=len(alerting)) <= 0.08, wrong
    assert [id_ for id_ in mild if id_ not in TOO_MILD] == []


@pytest.mark.parametrize(
    ("file", "at_most"), [("ordinary_development", 0.03), ("ordinary_test", 0.03), ("hard_dev", 0.03)]
)
def test_ordinary_talk_stays_silent(file: str, at_most: float) -> None:
    lines = (HERE / "sentences" / f"{file}.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]

    alarms = [text for text in texts if flagged(text)]

    assert shares(alarms, of=len(texts)) <= at_most, alarms


def test_plain_crisis_talk_is_found() -> None:
    lines = (HERE / "sentences/crisis_dev.jsonl").read_text(encoding="utf-8").splitlines()

    missed = [row["text"] for row in map(json.loads, lines) if not flagged(row["text"])]

    assert shares(missed, of=len(lines)) <= 0.06, missed


@pytest.mark.parametrize("text", ["", " ", "\x00", "\ud800", "💊" * 50, "ا" * 400, "a" * 16_000, "i want to " * 1_600])
def test_no_text_makes_the_screen_raise(text: str) -> None:
    assert screen(text, [text]).level in LEVELS


@pytest.mark.parametrize(
    "text",
    [
        "i wnat to end my lfie",
        "stopepd taknig my diazepma on tuseday",
        "im gonig to hagn mysefl tonihgt",
        "i'm going to kiill myseelf tonight",
        "gona kll my self tonihht",
        "i topk 30 dizaepam",
        "i wznt to die",
    ],
)
def test_slips_of_the_finger_hide_nothing(text: str) -> None:
    assert flagged(text)


@pytest.mark.parametrize(
    "text", ["iwanttodie", "idontwanttolive anymore", "im going tokillmyself", "IDontWantToBeHere"]
)
def test_missing_spaces_hide_nothing(text: str) -> None:
    assert flagged(text)


@pytest.mark.parametrize(
    "text",
    [
        "They changed the brand, the tablets are oblong now",
        "the deadline is friday",
        "jumped from 0.5 to 0.4 as the plan says",
        "hank wants to take the old barn down with his mates",
    ],
)
def test_a_real_word_is_not_read_as_the_risk_word_beside_it(text: str) -> None:
    assert screen(text).level == "none"


def test_a_sentence_in_two_messages_is_read_as_one() -> None:
    assert screen("die", ["i want to"]).level in FLAGGED
    assert screen("ok thanks", ["i want to die"]).level == "none"
    assert screen("and half a bottle of vodka", ["I took my tablets at eight"]).action in ("page", "ask")
    assert screen("my head is heavy with pills", ["I drive the number nine bus,"]).action in ("page", "ask")
    assert screen("die", ["ok", "i", "want to"]).action in ("page", "ask")


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("one last drink and then home", "I cut the tablet along the line as the nurse showed me"),
        ("my brother keeps stealing my charger", "Is it the same medicine as Valium?"),
        ("He killed it on stage last night. What a show!", "my mother watched the whole thing"),
    ],
)
def test_two_whole_sentences_that_look_like_a_signal_together_stop_nobody(before: str, text: str) -> None:
    found = screen(text, [before])

    assert found.action in ("review", "none")
    assert all("in two messages" in reason for reason in found.reasons)


RULE_ON_ZEBRAS = """
category: psychosis_mania
reviewed: {by: none}
groups:
  - group: zebras
    level: urgent
    action: ask
    must: ["a zebra"]
    must_not: ["a striped horse, a zebra"]
    rules:
      - {id: psychosis_mania.zebra, literal: zebra, exceptions: "striped ~3; painted"}
"""


def test_a_gap_at_the_end_of_an_exception_takes_in_the_words_after_it(tmp_path: Path) -> None:
    copy_rules(tmp_path)
    (tmp_path / "zebras.yml").write_text(RULE_ON_ZEBRAS, "utf-8")
    screen_zebras = Screen(load_rules(tmp_path)).screen

    assert screen_zebras("a striped horse, the zebra").level == "none"
    assert screen_zebras("a striped horse but not the zebra").level == "urgent", "not past a word that turns"
    assert screen_zebras("a striped horse. Then there was a zebra").level == "urgent", "not past a sentence"
    assert screen_zebras("a painted zebra").level == "urgent", "no gap, no reach"


def copy_rules(folder: Path) -> None:
    for path in RULES_FOLDER.glob("*.yml"):
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")


def test_a_mistake_in_a_rule_is_named_by_file_and_line(tmp_path: Path) -> None:
    copy_rules(tmp_path)
    broken = tmp_path / "pregnancy.yml"
    broken.write_text(broken.read_text(encoding="utf-8").replace("level: emergency", "leval: emergency", 1), "utf-8")

    with pytest.raises(ContentError, match=r"pregnancy\.yml:\d+: .*leval.*allowed"):
        load_rules(tmp_path)


def test_the_categories_of_the_clinical_content_are_all_there() -> None:
    counts = Counter(rule.category for rule in load_rules().rules)

    assert set(counts) == {example["category"] for example in CLINICAL}
