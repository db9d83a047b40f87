"""What is asked about once, lightly (clinical content 5.5), and what is not."""

import pytest

from bot.content.light_checks import kind_of


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("my song lyric says i dont wanna be here", "quotation"),
        ("there is a line in that book, I want to die", "quotation"),
        ("dreamed i jumped", "dream"),
        ("had a nightmare about killing myself", "dream"),
        ("intrusive thoughts about pushing someone in front of a train", "intrusive"),
    ],
)
def test_quotes_dreams_and_unwanted_thoughts_are_asked_about(text: str, kind: str) -> None:
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "we watched a film where the main guy kills himself",
        "my dream is to live by the sea",
        "i had a nightmare that my dog died",
        "that book is to die for",
        "unwanted thoughts about the exam",
        "i want to die",
    ],
)
def test_what_is_harmless_or_plainly_a_disclosure_is_not(text: str) -> None:
    assert kind_of(text) is None
