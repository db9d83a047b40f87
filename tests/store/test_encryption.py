"""A sealed value opens with its own key, in its own place, unchanged; and nowhere else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import KeyMismatch
from bot.store.encryption import TOKENS, Keyring

PLACE = {"table": "messages", "row": "1", "column": "text", "clinic": "demo"}
ROOT = Path(__file__).parent.parent.parent


@given(text=st.text(st.characters(codec=None)))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    keyring = Keyring.ephemeral()

    sealed = keyring.seal(text, **PLACE)

    assert keyring.open(sealed, **PLACE) == text
    assert sealed.isascii()


@pytest.mark.parametrize("part", PLACE)
def test_a_value_that_was_moved_does_not_open(part: str) -> None:
    keyring = Keyring.ephemeral()
    sealed = keyring.seal("I took four", **PLACE)

    with pytest.raises(KeyMismatch, match="changed or moved"):
        keyring.open(sealed, **{**PLACE, part: "another"})


def test_a_value_that_was_changed_does_not_open() -> None:
    keyring = Keyring.ephemeral()
    sealed = keyring.seal("I took four", **PLACE)
    changed = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]

    with pytest.raises(KeyMismatch, match="changed or moved"):
        keyring.open(changed, **PLACE)


@pytest.mark.parametrize("value", ["", "I took four", "1.", "1.abcd", "2.abcd.AAAA", "1.abcd.AAAA"])
def test_what_is_not_sealed_by_us_does_not_open(value: str) -> None:
    with pytest.raises(KeyMismatch, match=r"messages\.text of 1"):
        Keyring.ephemeral().open(value, **PLACE)


def test_the_same_text_is_never_sealed_alike() -> None:
    keyring = Keyring.ephemeral()

    sealed = {keyring.seal("yes", **PLACE) for _ in range(50)}

    assert len(sealed) == 50


def test_a_new_keyring_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "keys.json"

    Keyring.create(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert set(json.loads(path.read_text())) == {"root", "active", "keys"}
    assert [file.name for file in path.parent.iterdir()] == ["keys.json"]


def test_a_keyring_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    Keyring.create(path)
    before = path.read_bytes()

    with pytest.raises(KeyMismatch, match="never overwritten"):
        Keyring.create(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "is missing"),
        ("", "cannot be read"),
        ("{}", "a keyring is"),
        ("[]", "a keyring is"),
        ('{"root": "AA==", "active": "a", "keys": {"a": "AA=="}}', "each of 32 bytes"),
        ('{"root": "?", "active": "a", "keys": {"a": "?"}}', "a keyring is"),
    ],
)
def test_a_file_that_is_no_keyring_is_refused(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "keys.json"
    if content is not None:
        path.write_text(content)

    with pytest.raises(KeyMismatch, match=said):
        Keyring.load(path)


def test_a_running_process_notices_a_new_key(tmp_path: Path) -> None:
    Keyring.create(tmp_path / "keys.json")
    running, rotating = Keyring.load(tmp_path / "keys.json"), Keyring.load(tmp_path / "keys.json")
    old = running.seal("before", **PLACE)

    name = rotating.add_key()
    new = rotating.seal("after", **PLACE)

    assert running.open(new, **PLACE) == "after"
    assert running.seal("mine", **PLACE).startswith(f"1.{name}.")
    assert running.open(old, **PLACE) == "before"


def test_a_running_process_seals_with_the_new_key_before_it_has_seen_it(tmp_path: Path) -> None:
    Keyring.create(tmp_path / "keys.json")
    running, rotating = Keyring.load(tmp_path / "keys.json"), Keyring.load(tmp_path / "keys.json")

    name = rotating.add_key()

    assert running.seal("mine", **PLACE).startswith(f"1.{name}.")


@pytest.mark.parametrize("what", ["gone", "rubbish", "another installation's"])
def test_a_running_process_goes_on_when_the_file_is_spoilt(tmp_path: Path, what: str) -> None:
    path = tmp_path / "keys.json"
    Keyring.create(path)
    running = Keyring.load(path)
    sealed = running.seal("before", **PLACE)

    path.unlink()
    if what == "rubbish":
        path.write_text("rubbish")
    elif what == "another installation's":
        Keyring.create(path)

    assert running.open(sealed, **PLACE) == "before"
    assert running.seal("after", **PLACE).split(".")[1] == sealed.split(".")[1]


def test_derived_keys_stay_the_same_across_a_rotation(tmp_path: Path) -> None:
    keyring = Keyring.create(tmp_path / "keys.json")
    before = (keyring.derive(TOKENS), keyring.keyed_hash("word", "sleep"))

    keyring.add_key()
    keyring.drop_others()

    again = Keyring.load(tmp_path / "keys.json")
    assert (again.derive(TOKENS), again.keyed_hash("word", "sleep")) == before
    assert before[0] != keyring.derive("another purpose")


def test_the_parts_of_a_keyed_hash_do_not_run_into_each_other() -> None:
    keyring = Keyring.ephemeral()

    assert keyring.keyed_hash("word", "ab", "c") != keyring.keyed_hash("word", "a", "bc")


RASA_PYTHON = ROOT / ".venv-rasa" / "bin" / "python"


@pytest.mark.rasa
def test_the_rasa_runtime_opens_what_we_seal(tmp_path: Path) -> None:
    keyring = Keyring.create(tmp_path / "keys.json")
    sealed = keyring.seal("tomorrow ½", **PLACE)
    script = "import sys, json; from bot.store.encryption import Keyring; k = Keyring.load(sys.argv[1])"
    script += "; print(ascii(k.open(sys.argv[2], **json.loads(sys.argv[3])))); print('sqlalchemy' in sys.modules)"

    command = [str(RASA_PYTHON), "-c", script, str(tmp_path / "keys.json"), sealed, json.dumps(PLACE)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ}, check=True)

    assert done.stdout.split("\n")[:2] == [ascii("tomorrow ½"), "False"]


def test_the_module_brings_nothing_of_ours_but_the_errors() -> None:
    script = "import sys, bot.store.encryption; print(sorted(name for name in sys.modules if name.startswith('bot')))"

    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "['bot', 'bot.errors', 'bot.store', 'bot.store.encryption']"
