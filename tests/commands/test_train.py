"""`between train`: the model fits its files, and is made again only when something that it learns from has changed."""

import shutil
from pathlib import Path

import pytest

from bot.commands import train
from bot.commands.surroundings import load_settings
from bot.errors import SettingError
from bot.settings import ROOT
from tests.command_line import Between


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of all that the model learns from, which a test may change."""
    for name in train.INPUTS:
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    monkeypatch.setattr(train, "ROOT", tmp_path)
    monkeypatch.setattr(train, "MODELS", tmp_path / "models")
    return tmp_path


@pytest.mark.parametrize(
    "name",
    ["config.yml", "domain.yml", "bot/data/nlu/steering.yml", "bot/engine/gate.py", "requirements/rasa.lock"],
)
def test_a_change_of_what_is_learned_asks_for_another_model(files: Path, name: str) -> None:
    before = train.model_for_inputs()

    with (files / name).open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")

    assert train.model_for_inputs() != before


def test_a_new_file_to_learn_from_asks_for_another_model(files: Path) -> None:
    before = train.model_for_inputs()

    (files / "bot/data/nlu/new.yml").write_text("version: '3.1'\n", encoding="utf-8")

    assert train.model_for_inputs() != before


@pytest.mark.parametrize("name", ["bot/content/en/general.yml", "bot/content/crisis_contacts.yml"])
def test_a_change_of_what_is_only_read_keeps_the_model(files: Path, name: str) -> None:
    before = train.model_for_inputs()

    with (files / name).open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")

    assert train.model_for_inputs() == before


@pytest.mark.parametrize("name", train.UNLEARNED)
def test_what_counts_as_not_learned_is_there(name: str) -> None:
    assert (ROOT / name).exists()


def test_a_model_that_is_there_is_not_trained_again(
    files: Path, between: Between, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = train.model_for_inputs()
    model.parent.mkdir()
    model.touch()
    monkeypatch.setattr(train, "RASA_PYTHON", files / "no-python")

    assert between("train").code == 0
    model.unlink()
    assert between("train").code == 2


def test_a_missing_runtime_says_what_to_run(files: Path, monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> None:
    monkeypatch.setattr(train, "RASA_PYTHON", files / "no-python")

    with pytest.raises(SettingError, match="make setup"):
        train.train(load_settings())


def test_the_newest_models_are_kept_and_older_ones_dropped(files: Path) -> None:
    folder = files / "models"
    models = [folder / f"between-{number}.tar.gz" for number in range(6)]
    folder.mkdir()
    for model in models:
        model.touch()

    train.drop_old(keep=models[0])

    left = list(folder.glob("*.tar.gz"))
    assert models[0] in left
    assert len(left) == train.KEPT_MODELS
