"""Wording that is missing is named by file and line, never left out of a page."""

from pathlib import Path

import pytest
from jinja2 import Environment

from bot.content.reading import CONTENT, read
from bot.errors import ContentError
from bot.web.words import Words, words


@pytest.fixture
def greeting(tmp_path: Path) -> Words:
    file = tmp_path / "pages.yml"
    file.write_text("title: Hello\nform:\n  send: Send\n", encoding="utf-8")
    return Words(read(file))


def test_a_word_is_found_by_its_path(greeting: Words) -> None:
    assert greeting["form"]["send"] == "Send"


def test_a_missing_word_names_file_and_line(greeting: Words) -> None:
    with pytest.raises(ContentError, match=r"pages\.yml:3: there is no wording for 'stop'"):
        greeting["form"]["stop"]


def test_a_missing_word_stops_a_template_too(greeting: Words) -> None:
    template = Environment(autoescape=True).from_string("{{ words.form.stop }}")

    with pytest.raises(ContentError, match="stop"):
        template.render(words=greeting)


def test_a_language_that_has_no_such_file_is_an_error() -> None:
    with pytest.raises(ContentError, match=r"console\.yml:1: cannot be read"):
        words("xx", "console")


def test_what_a_language_has_not_written_yet_is_in_english() -> None:
    polish = words("pl", "pages")

    assert polish["help_now"]["title"] == "Pomoc od razu"
    assert polish["demonstration"]["menu_label"] == words("en", "pages")["demonstration"]["menu_label"]


def test_each_language_leaves_quickly_to_a_page_of_its_own() -> None:
    places = [read(file)["fixed"].get("leave_to") for file in sorted(CONTENT.glob("*/pages.yml"))]

    assert all(place and place.startswith("https://") for place in places)
    assert len(set(places)) == len(places) > 1


def test_a_word_that_neither_language_has_is_an_error() -> None:
    with pytest.raises(ContentError, match=r"pl/pages\.yml:\d+: there is no wording for 'sesame'"):
        words("pl", "pages")["help"]["sesame"]


@pytest.mark.parametrize("name", ["on", "keys", "12"])
def test_a_name_that_a_template_could_not_find_is_refused(tmp_path: Path, name: str) -> None:
    file = tmp_path / "pages.yml"
    file.write_text(f"title: Hello\n{name}: Use it\n", encoding="utf-8")

    with pytest.raises(ContentError, match=r"pages\.yml:2: .* cannot name a wording"):
        Words(read(file))
