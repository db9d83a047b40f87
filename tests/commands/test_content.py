"""`between content`: mistakes are named by file and line, and the page for the sign-off marks what has changed."""

import json
import re
import shutil
from pathlib import Path

import pytest

from bot.commands import content
from bot.content.reading import CONTENT
from bot.errors import ContentError
from tests.command_line import Between


@pytest.fixture
def signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the signed version is kept, in a folder of the test."""
    file = tmp_path / "signed.json"
    monkeypatch.setattr(content, "SIGNED", file)
    return file


def test_all_content_is_whole(between: Between) -> None:
    done = between("content")

    assert done.code == 0
    assert re.search(r"content is whole: \d+ responses in en, version \w{12}", done.out)


def test_the_page_has_every_sentence_with_its_place(signed: Path, tmp_path: Path) -> None:
    content.content(page=tmp_path / "page.html", language="en", sign="")

    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert not signed.exists()
    assert "No version has been signed" in page
    for name, sentence in content.wording("en").items():
        assert f"{name} · {sentence.place}" in page
    assert "One thought at a time. What happened?" in page


def test_after_signing_only_what_changed_is_marked(signed: Path, tmp_path: Path) -> None:
    content.content(page=None, language="en", sign="Dr Ada Okafor")
    kept = json.loads(signed.read_text(encoding="utf-8"))
    assert kept["en"]["by"] == "Dr Ada Okafor"
    assert {one.change for one in content.wording("en").values()} == {""}

    kept["en"]["hashes"]["utter_TR1"] = "another"
    del kept["en"]["hashes"]["utter_TR2"]
    kept["en"]["hashes"]["utter_gone"] = "x"
    signed.write_text(json.dumps(kept), encoding="utf-8")
    content.content(page=tmp_path / "page.html", language="en", sign="")

    changed = {name: one.change for name, one in content.wording("en").items() if one.change}
    assert changed == {"utter_TR1": "changed", "utter_TR2": "new"}
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert {'class="changed"', 'class="new"'} <= set(re.findall(r'class="\w+"', page))
    assert "No longer said since then: utter_gone" in page


def test_a_mistake_is_named_by_file_and_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(CONTENT, tmp_path / "content", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    file = tmp_path / "content/en/thought.yml"
    file.write_text(file.read_text(encoding="utf-8") + "  utter_TR1: []\n", encoding="utf-8")
    monkeypatch.setattr(content, "CONTENT", tmp_path / "content")

    with pytest.raises(ContentError, match=r"thought\.yml:\d+: 'utter_TR1' stands here a second time"):
        content.check()


def test_an_unknown_language_is_refused(signed: Path) -> None:
    assert not signed.exists()

    with pytest.raises(ContentError, match="no language 'xx'"):
        content.wording("xx")
