"""What clinics accepted reaches the file that the training reads, and asks for another model."""

from pathlib import Path

import pytest

from bot.commands import own_examples, train
from bot.commands.surroundings import load_settings
from bot.content.own_examples import FILE, read_own
from bot.errors import ContentError
from bot.settings import Settings
from bot.store import clinics, closing, conversations, escalations, examples, members, messages
from bot.store.database import open_database
from bot.store.findings import Finding
from bot.store.rows import ClinicSettings

FOUND = Finding(level="urgent", action="page", categories=("suicidal_ideation",), reasons=("rule s1",))


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return load_settings()


def accept(settings: Settings, text: str) -> None:
    """One clinician proposes this after a false alarm, another accepts it."""
    db = open_database(settings, migrate=True)
    with db.write() as tx:
        clinic = clinics.create(tx, "demo", ClinicSettings(name="Riverside"))
        one, two = (
            members.create(tx, "demo", f"{name}@demo.example", name, "clinician", "a long enough password")
            for name in ("ada", "ben")
        )
        conversation, _ = conversations.start(tx, clinic, language="en")
        said = "they will bury me under these reports"
        messages.receive(tx, conversation, client_id="1", body={"text": said}, text=said, assessment=FOUND)
        [record] = escalations.of_conversation(tx, conversation.id)
        escalations.claim(tx, one, record.id)
        closing.close(tx, one, record.id, "C7", "an idiom", record.last_signal_seq)
        proposed = examples.propose(tx, one, record.id, text=text, category="suicidal_ideation", level="")
        examples.judge(tx, two, proposed.id, accept=True)
    db.close()


def test_what_was_accepted_is_written_for_the_training_and_asks_for_another_model(settings: Settings) -> None:
    before = train.model_for_inputs()
    accept(settings, "my boss drowns us in paper")

    assert own_examples.bring(settings) == 1

    [example] = read_own(settings.data_dir / FILE)
    assert (example.text, example.level, example.part) == ("my boss drowns us in paper", "none", "train")
    assert train.model_for_inputs() != before
    assert (settings.data_dir / FILE).stat().st_mode & 0o077 == 0


def test_where_nothing_was_accepted_there_is_no_file(settings: Settings) -> None:
    open_database(settings, migrate=True).close()

    assert own_examples.bring(settings) == 0
    assert not (settings.data_dir / FILE).exists()


def test_a_machine_without_a_database_keeps_the_file_that_it_was_given(settings: Settings) -> None:
    line = '{"text": "mine", "category": "pregnancy", "level": "none"}\n'
    (settings.data_dir / FILE).write_text(line, encoding="utf-8")

    assert own_examples.bring(settings) == 1
    assert (settings.data_dir / FILE).read_text(encoding="utf-8") == line


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", r"jsonl:1: not JSON"),
        ('{"text": "x", "category": "pregnancy"}', r"jsonl:1: an object with the texts text, category, level"),
        ('{"text": "x", "category": "pregnancy", "level": "bad"}', r"jsonl:1: 'level' is 'bad'; allowed: emergency"),
    ],
)
def test_a_mistake_in_the_file_is_named_by_its_line(tmp_path: Path, line: str, complaint: str) -> None:
    (tmp_path / FILE).write_text(f"{line}\n", encoding="utf-8")

    with pytest.raises(ContentError, match=complaint):
        read_own(tmp_path / FILE)
