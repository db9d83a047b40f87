"""The reading grade that all wording is held to tells hard texts from easy ones."""

import pytest

from tests.content.reading_grade import grade, syllables


@pytest.mark.parametrize(
    ("word", "count"),
    [("take", 1), ("helped", 1), ("wanted", 2), ("table", 2), ("houses", 2), ("people", 2), ("medicine", 3), ("7", 1)],
)
def test_syllables_are_counted_as_they_are_spoken(word: str, count: int) -> None:
    assert syllables(word) == count


def test_a_plain_text_is_below_the_seventh_grade_and_a_leaflet_is_not() -> None:
    plain = "You can stop at any time. I am here when you want me. In danger, call the number above."
    leaflet = (
        "Discontinuation of benzodiazepine medication necessitates individualised supervision, considering "
        "pharmacological tolerance, psychological dependence and concomitant medication."
    )

    assert grade(plain) < 4
    assert grade(leaflet) > 15
