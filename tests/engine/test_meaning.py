"""Layer 2 in a running Rasa, and in a process of its own: learnt from a handful of sentences, but the real thing."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from bot.commands import meaning
from tests.command_line import Between
from tests.engine.small_bot import BOT, Actions, SmallBot, in_rasas_runtime, says

pytestmark = pytest.mark.rasa

DANGER = "one chair fewer at the table will suit them all"  # No rule knows it.
LETTER = f"We had soup. The bus was late again. {DANGER}. The kitchen needs painting."
KEYS = {"level", "action", "categories", "reasons", "spans"}


def parsed(bot: SmallBot, text: str) -> Any:
    answer = bot.client.post("/parse", json={"text": text, "language": "en"})
    assert answer.status_code == 200
    return answer.json()["meaning"]


def test_what_no_rule_knows_is_found_and_stops_the_flow(bot: SmallBot, actions: Actions) -> None:
    actions.does(action_escalate=lambda _: says("I have heard you."))
    conversation = bot.opened()

    answer = bot.ask(conversation, DANGER).json()

    assert answer["meaning"].keys() == KEYS
    assert answer["meaning"]["categories"] == ["suicidal_ideation"]
    assert answer["meaning"]["action"] in ("page", "ask")
    assert answer["intent"] == "risk_disclosure"


def test_ordinary_talk_has_no_finding(bot: SmallBot) -> None:
    assert parsed(bot, "the bus was late again") is None


def test_the_sentence_that_counts_is_marked_in_a_longer_message(bot: SmallBot) -> None:
    found = parsed(bot, LETTER)

    span = found["spans"][0]
    assert DANGER in LETTER[span["start"] : span["end"]]


@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "💊" * 50, "ا" * 400, "a" * 16_000, "word " * 3_000, "\n\n\n", "e\u0301" * 99]
)
def test_any_text_is_read(bot: SmallBot, text: str) -> None:
    found = parsed(bot, text)

    assert found is None or found.keys() == KEYS


def test_both_layers_screen_standard_input_without_a_server(
    small_model: Path, between: Between, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meaning, "model_for_inputs", lambda: small_model)

    done = between("screen", stdin=f"{DANGER}\nI watered the plants\nI want to kill myself, {DANGER}\n".encode())

    found = [json.loads(line) for line in done.out.splitlines()]
    assert [one["layer"] for one in found] == ["meaning", "none", "both"]
    assert [one["level"] != "none" for one in found] == [True, False, True]
    assert found[0]["spans"][0]["end"] == len(DANGER)


def test_a_missing_model_is_said_and_not_passed_over(between: Between, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meaning, "model_for_inputs", lambda: Path("nowhere.tar.gz"))

    done = between("screen", stdin=b"hello\n")

    assert done.code == 2
    assert "between train" in done.err
    assert done.out == ""


def test_what_says_nearly_the_same_as_a_held_out_sentence_is_not_learnt() -> None:
    code = """
import json
from bot.content.examples import Example
from bot.engine.meaning.training import near_held_out
def one(text): return Example(text, "pregnancy", "urgent", "plain", "train", "here")
learnt = [one("I do not want to wake up tomorrow morning"), one("the soup was cold")]
left_out = near_held_out(learnt, [one("I don't want to wake up tomorrow morning.")], 0.92)
print(json.dumps(left_out.tolist()))
"""

    assert in_rasas_runtime(code) == [0]


def test_the_weights_that_come_with_the_program_were_learnt_from_the_sentences_that_come_with_it() -> None:
    code = """
import json
from bot.content.examples import EXAMPLES
from bot.engine.meaning.layer import Sources, matter
from bot.engine.meaning.settings import SETTINGS, read_settings
from bot.engine.meaning.weights import came_with_the_program
ours = Sources(examples=EXAMPLES, own=None, settings=SETTINGS)
print(json.dumps([came_with_the_program(matter(ours, read_settings())), came_with_the_program("something else")]))
"""

    assert in_rasas_runtime(code) == [True, False], "run .venv-rasa/bin/python -m bot.engine.meaning, and commit"


def test_weights_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    code = f"""
import json
from pathlib import Path
import numpy as np
from bot.engine.meaning import weights
path = Path({str(tmp_path / "weights.npz")!r})
many = [np.full((2,), number, dtype=np.float32) for number in range(12)]
weights.write(path, many, learnt_from="these", left_out=np.array([3, 5]))
print(json.dumps([[float(one[0]) for one in weights.values(path)], weights.left_out(path).tolist()]))
"""

    assert in_rasas_runtime(code) == [list(range(12)), [3, 5]]


def test_only_new_sentences_are_embedded(tmp_path: Path) -> None:
    code = f"""
import json, os
os.environ["XDG_CACHE_HOME"] = {str(tmp_path)!r}
import numpy as np
from bot.engine.meaning.kept import remembered
asked = []
def encode(texts):
    asked.extend(texts)
    return np.array([[float(len(text))] for text in texts])
first = remembered(["a", "bb"], encode)
again = remembered(["bb", "ccc", "a"], encode)
print(json.dumps([asked, first[:, 0].tolist(), again[:, 0].tolist()]))
"""

    assert in_rasas_runtime(code) == [["a", "bb", "ccc"], [1, 2], [2, 3, 1]]


LONG = "We had soup. " * 20 + "One chair fewer suits them all. " + "The bus was late. " * 20


def test_of_a_long_text_the_run_that_counts_is_learnt_and_of_what_was_easy_less() -> None:
    code = f"""
import json
import numpy as np
from bot.content.examples import Example
from bot.engine.meaning.lessons import Lessons
from bot.engine.meaning.settings import Schedule
from bot.engine.meaning.surface import Worded
class Wording:
    def read(self, texts):
        return Worded(np.array([float("chair" in text) for text in texts]), np.zeros((len(texts), 1)))
def one(text, level): return Example(text, "pregnancy", level, "plain", "train", "here")
schedule = Schedule(
    layers=1, epochs=2, rate=0.1, smoothing=0.0, too_near=0.9, harmless_share=1.0, easy_share=0.0, seed=7
)
examples = [one({LONG!r}, "urgent"), one("the soup was cold", "none"), one("the bus was late", "none")]
lessons = Lessons(examples, Wording(), schedule)
first = [sample.text for sample in lessons.next()]
lessons.heard(np.array([3.0, 0.1, 0.1]))
print(json.dumps([first, [sample.text for sample in lessons.next()]]))
"""

    first, second = in_rasas_runtime(code)

    assert len(first) == 3
    assert "fewer" in LONG
    assert "suits them" in first[0].lower()
    assert len(first[0].split()) < len(LONG.split()) / 2
    assert len(second) == 1  # Only what was hard.


def test_a_clinics_own_sentences_are_learnt_from_and_never_judge(tmp_path: Path) -> None:
    rows = [{"text": text, "category": "pregnancy", "level": "urgent"} for text in ("a new one", DANGER)]
    (tmp_path / "own.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    code = f"""
import json
from pathlib import Path
from bot.engine.meaning.layer import Sources
bot, own = Path({str(BOT)!r}), Path({str(tmp_path / "own.jsonl")!r})
sources = Sources(examples=bot / "risk_examples", own=own, settings=bot / "meaning.yml")
print(json.dumps([[one.text, one.part] for one in sources.sentences() if one.register == "own"]))
"""

    assert in_rasas_runtime(code) == [["a new one", "train"]]  # The other is the project's already.


def test_the_same_training_is_not_done_twice_and_other_sentences_are_another(tmp_path: Path) -> None:
    shutil.copytree(BOT / "risk_examples", tmp_path / "examples")
    code = f"""
import json, os
from pathlib import Path
os.environ["XDG_CACHE_HOME"] = {str(tmp_path / "cache")!r}
from bot.engine.meaning import kept
from bot.engine.meaning.layer import Sources, fingerprint
top = Path({str(tmp_path)!r})
sources = Sources(examples=top / "examples", own=top / "own.jsonl", settings=Path({str(BOT / "meaning.yml")!r}))
done = []
def train(folder):
    done.append(1)
    (folder / "weights").write_text("w", encoding="utf-8")
for number in (1, 2):
    kept.trained_once(fingerprint(sources), top / f"model{{number}}", train)
with (sources.examples / "ordinary.yml").open("a", encoding="utf-8") as file:
    file.write("      - one more\\n")
kept.trained_once(fingerprint(sources), top / "model3", train)
sources.own.write_text('{{"text": "mine", "category": "pregnancy", "level": "none"}}\\n', encoding="utf-8")
kept.trained_once(fingerprint(sources), top / "model4", train)
print(json.dumps(len(done)))
"""

    assert in_rasas_runtime(code) == 3
    assert all((tmp_path / f"model{number}" / "weights").exists() for number in (1, 2, 3, 4))
