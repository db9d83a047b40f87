"""People leave a chat in several messages: polite ones stop nobody, and a farewell is asked about all the same."""

import pytest

from bot.safety import screen


def actions(series: list[str]) -> list[str]:
    return [screen(text, series[:number]).action for number, text in enumerate(series)]


@pytest.mark.parametrize(
    "series",
    [
        ["sorry", "bye"],
        ["see you tomorrow", "bye now", "thanks for everything"],
        ["thanks for listening", "i have to go now"],
        ["im done for today", "thank you for listening", "bye"],
        ["thank you for everything today", "goodbye"],
        ["i give up on sleeping tonight", "bye"],
        ["ive had enough for today", "bye"],
        ["i love you guys", "bye"],
        ["going now", "bye", "thank you for all your help"],
    ],
    ids=" / ".join,
)
def test_a_polite_goodbye_in_pieces_asks_nothing(series: list[str]) -> None:
    assert not {"ask", "page"} & set(actions(series))


@pytest.mark.parametrize(
    "series",
    [
        ["im sorry", "goodbye"],
        ["there is no point", "bye"],
        ["ive had enough of all this", "bye"],
        ["i give up", "goodbye"],
        ["thank you for everything", "this is it"],
        ["thank you for listening", "take care of my dog"],
        ["i love you all", "goodbye"],
    ],
    ids=" / ".join,
)
def test_a_farewell_in_pieces_is_asked_about(series: list[str]) -> None:
    assert {"ask", "page"} & set(actions(series))
