"""A mistake in a content file is named by file and line."""

from pathlib import Path

import pytest

from bot.content.reading import read
from bot.errors import ContentError


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rules.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_entry_knows_its_lines(tmp_path: Path) -> None:
    entry = read(write(tmp_path, "version: 1\nrules:\n- id: a\n  level: urgent\n"))

    assert entry["rules"][0] == {"id": "a", "level": "urgent"}
    assert entry["rules"][0].lines == {"id": 3, "level": 4}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2\n", "rules.yml:2: 'a' stands here a second time; line 1 has it"),
        ("a: [1\n", "rules.yml:2: "),
        ("- 1\n", "rules.yml:1: the file must hold a mapping"),
        ("", "rules.yml:1: the file must hold a mapping"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ContentError) as raised:
        read(write(tmp_path, text))

    assert message in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"nowhere\.yml:1: cannot be read"):
        read(tmp_path / "nowhere.yml")


def test_unknown_missing_and_wrong_keys_say_what_is_allowed(tmp_path: Path) -> None:
    entry = read(write(tmp_path, "id: a\nleval: urgent\nlevel: dire\ncount: true\n"))

    with pytest.raises(ContentError, match=r"rules\.yml:2: unknown key 'leval'; allowed: count, id, level"):
        entry.only({"id", "level", "count"})
    with pytest.raises(ContentError, match=r"rules\.yml:3: 'level' is 'dire'; allowed: urgent, note"):
        entry.one_of("level", ("urgent", "note"))
    with pytest.raises(ContentError, match=r"rules\.yml:1: missing key 'text'"):
        entry.need("text", str)
    with pytest.raises(ContentError, match=r"rules\.yml:4: 'count' must be int, not bool"):
        entry.need("count", int)
