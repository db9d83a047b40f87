"""`between screen --rules-only`: messages in, one JSON object per line out."""

import json
from typing import Any

from tests.command_line import Between


def lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_each_line_is_screened_and_numbered(between: Between) -> None:
    done = between(
        "screen", "--rules-only", stdin=b"tonight is the last night, i am going to kill myself\nI watered the plants\n"
    )

    found = lines(done.out)
    assert done.code == 0
    assert [one["id"] for one in found] == [1, 2]
    assert [one["level"] for one in found] == ["emergency", "none"]
    assert set(found[0]) == {"id", "level", "action", "categories", "layer", "spans"}
    assert "suicidal_ideation" in found[0]["categories"]


def test_spans_point_into_the_message(between: Between) -> None:
    text = "Well… I want to kill myself"

    found = lines(between("screen", "--rules-only", stdin=text.encode()).out)[0]

    assert "kill myself" in text[found["spans"][0]["start"] : found["spans"][0]["end"]]


def test_objects_keep_their_id_and_their_line_breaks(between: Between) -> None:
    rows = [{"id": "a-7", "text": "I want\nto die"}, {"text": "hello"}]
    stdin = "\n".join(map(json.dumps, rows)).encode()

    found = lines(between("screen", "--rules-only", "--jsonl", stdin=stdin).out)

    assert [one["id"] for one in found] == ["a-7", 2]
    assert found[0]["level"] != "none"


def test_a_line_that_is_no_object_is_named(between: Between) -> None:
    done = between("screen", "--rules-only", "--jsonl", stdin=b'{"id": 1, "text": "hello"}\nnot json\n')

    assert done.code == 2
    assert len(lines(done.out)) == 1
    assert "line 2" in done.err


def test_input_that_is_not_utf_8_is_refused(between: Between) -> None:
    done = between("screen", "--rules-only", stdin=b"\xff\xfe\n")

    assert done.code == 2
    assert "UTF-8" in done.err


def test_long_input_shows_progress_on_standard_error(between: Between) -> None:
    done = between("screen", "--rules-only", stdin=b"hello\n" * 2500)

    assert len(lines(done.out)) == 2500
    assert done.err.splitlines() == ["screened 1000", "screened 2000", "screened 2500 in all"]


def test_an_empty_input_gives_nothing(between: Between) -> None:
    done = between("screen", "--rules-only", stdin=b"")

    assert (done.code, done.out) == (0, "")
