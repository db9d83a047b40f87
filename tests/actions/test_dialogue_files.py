"""The dialogue files: mistakes are named by file and line, and Rasa's domain knows every form."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bot.actions.conditions import CONDITIONS
from bot.actions.dialogue import book
from bot.actions.dialogues import load
from bot.actions.steps import STEPS
from bot.actions.values import VALUES
from bot.content.reading import CONTENT
from bot.errors import ContentError
from bot.settings import ROOT
from tests.actions.patient import DOMAIN, RULES

Change = Callable[[str, str], Path]


@pytest.fixture
def change(tmp_path: Path) -> Change:
    """Copy the content, replace something in the check-in's structure, and give the folder."""

    def changed(old: str, new: str) -> Path:
        shutil.copytree(CONTENT / "dialogues", tmp_path / "dialogues")
        shutil.copytree(CONTENT / "en", tmp_path / "en")
        file = tmp_path / "dialogues/check_in.yml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        return tmp_path

    return changed


def read(folder: Path) -> None:
    load(folder, conditions=set(CONDITIONS), steps=set(STEPS), values=set(VALUES))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    answer: pull", "    anser: pull", "unknown key 'anser'"),
        ("    next: CI2", "    next: CI22", "CI1 goes to 'CI22', which is no state"),
        ("    only_if: pull_high", "    only_if: pull_low", "only_if 'pull_low' does not exist"),
        ("      stopped: {next: CI5}\n", "", "the options of CI4 and the buttons of utter_CI4 differ: stopped"),
        ("    input: scale", "    input: slider", "'input' is 'slider'"),
        ("{say: [utter_CI5b_missed]}", "{say: [utter_nope]}", "CI5b says 'utter_nope'"),
        ("      person: {go: person}", "      person: {go: moon}", "'go' is 'moon'"),
        ("start: CI1", "start: CI0", "there is no state 'CI0'"),
    ],
)
def test_a_mistake_is_named_by_file_and_line(change: Change, old: str, new: str, message: str) -> None:
    folder = change(old, new)

    with pytest.raises(ContentError, match=r"check_in\.yml:\d+: ") as raised:
        read(folder)

    assert message in str(raised.value)


def test_a_state_after_which_nothing_follows_is_refused(change: Change) -> None:
    folder = change('    skip: "no"\n    next: CI9a\n', '    skip: "no"\n')

    with pytest.raises(ContentError, match="nothing follows"):
        read(folder)


def test_the_domain_knows_every_form_and_its_actions() -> None:
    forms = {one.form for one in book().dialogues.values() if one.form}

    assert set(DOMAIN["forms"]) == forms
    conditions = DOMAIN["slots"]["answer"]["mappings"][0]["conditions"]
    assert conditions == [{"active_loop": form, "requested_slot": "answer"} for form in DOMAIN["forms"]]
    for form in forms:
        assert {f"validate_{form}", f"action_ask_{form}_answer"} <= set(DOMAIN["actions"])


def test_every_intent_has_one_rule_and_every_interruption_is_one_in_every_form() -> None:
    unconditional = [
        rule["steps"][0]["intent"]
        for path in sorted((ROOT / "bot/data/rules").glob("*.yml"))
        for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]
        if "condition" not in rule
    ]

    assert set(RULES) == set(DOMAIN["intents"])
    for form in DOMAIN["forms"].values():
        assert sorted(form["ignored_intents"]) == sorted(unconditional)


def test_every_intent_that_is_typed_has_at_least_forty_examples() -> None:
    examples: dict[str, list[str]] = {}
    for path in sorted((ROOT / "bot/data/nlu").glob("*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            examples.setdefault(entry["intent"], []).extend(entry["examples"].splitlines())

    not_typed = {"open_conversation", "timed_line", "answer", "nlu_fallback"}
    assert set(examples) == set(DOMAIN["intents"]) - not_typed
    counts = {name: len(set(found)) for name, found in examples.items()}
    assert {name for name, count in counts.items() if count < 40} <= {"risk_disclosure"}
    everything = [line.casefold() for found in examples.values() for line in found]
    assert len(everything) == len(set(everything))
