"""Exactly the words that a signal points at are highlighted, and nothing of the text is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.console.marking import LONG, Piece, excerpt, pieces

offsets = st.integers(min_value=-3, max_value=60)


@pytest.mark.parametrize(
    ("text", "spans", "marked"),
    [
        ("I want to die tonight", [(2, 13)], ["want to die"]),
        ("I want to die tonight", [(2, 13), (10, 21)], ["want to die tonight"]),
        ("I want to die tonight", [(14, 21), (2, 13)], ["want to die", "tonight"]),
        ("😀 die 😀", [(2, 5)], ["die"]),
        ("all of it", [(0, 9)], ["all of it"]),
        ("no single phrase", [(0, 0)], []),
        ("short", [(2, 400)], ["ort"]),
        ("short", [(40, 44)], []),
    ],
)
def test_exactly_the_phrase_is_marked(text: str, spans: list[tuple[int, int]], marked: list[str]) -> None:
    cut = pieces(text, spans)

    assert [piece.text for piece in cut if piece.marked] == marked
    assert "".join(piece.text for piece in cut) == text


@given(st.text(max_size=50), st.lists(st.tuples(offsets, offsets), max_size=5))
def test_no_spans_change_the_text(text: str, spans: list[tuple[int, int]]) -> None:
    assert "".join(piece.text for piece in pieces(text, spans)) == text


def test_an_empty_message_is_one_empty_piece() -> None:
    assert pieces("", []) == [Piece(text="", marked=False)]


def test_a_short_message_needs_no_excerpt() -> None:
    assert excerpt("word " * (LONG // 5), [(0, 4)]) is None


def test_a_long_message_is_cut_to_whole_words_around_its_mark() -> None:
    text = "blue " * 1000 + "I want to die" + " grey" * 1000

    cut = excerpt(text, [(5000, 5013)])

    assert cut is not None
    assert [piece.text for piece in cut if piece.marked] == ["I want to die"]
    assert cut[0].text == "… "
    assert cut[-1].text == " …"
    assert set("".join(piece.text for piece in cut).split()) == {"…", "blue", "I", "want", "to", "die", "grey"}


def test_marks_far_apart_are_never_cut_out() -> None:
    text = "die " + "blue " * 1000 + "die"

    assert excerpt(text, [(0, 3), (5004, 5007)]) is None
