"""The reviewed responses: whatever is wrong in a file is refused with file and line; variants take turns."""

from pathlib import Path

import pytest

from bot.content.reading import CONTENT
from bot.engine.responses import Responses
from bot.errors import ContentError

A = "responses:\n  utter_a:\n  - "
PLACEHOLDERS = "placeholders:\n  med_word: {word: tablet}\n  words: {}\n"


def folder(tmp_path: Path, text: str, **more: str) -> Path:
    """A content folder with one English file, and further languages by name."""
    for language, content in {"en": text, **more}.items():
        (tmp_path / language).mkdir()
        (tmp_path / language / "_placeholders.yml").write_text(PLACEHOLDERS)
        (tmp_path / language / "words.yml").write_text(content)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("responses:\n  hello:\n  - text: Hi.\n", "words.yml:2: 'hello' must begin with 'utter_'"),
        ("responses:\n  utter_a: []\n", "words.yml:2: 'utter_a' must be a list of variants"),
        (A + "Hi.\n", "words.yml:2: 'utter_a' must be a list of variants"),
        (A + "txt: Hi.\n", "words.yml:3: unknown key 'txt'; allowed: buttons, custom, metadata, text"),
        (A + "custom: {date: true}\n", "words.yml:3: missing key 'text'"),
        (A + "text: ' '\n", "words.yml:3: 'text' is empty"),
        (A + "text: Hi {wrds}.\n", "words.yml:3: unknown placeholder {wrds}; those that exist stand in"),
        (A + "text: Hi {Words}.\n", "words.yml:3: a brace in 'text' belongs to no placeholder"),
        (A + "text: Hi {words.\n", "words.yml:3: a brace in 'text' belongs to no placeholder"),
        (
            A + "text: Hi.\n    condition: [{type: slot}]\n",
            "words.yml:4: unknown key 'condition'; allowed: buttons, custom, metadata, text",
        ),
        (A + "text: Hi.\n    buttons:\n    - {title: A}\n", "words.yml:5: missing key 'payload'"),
        (
            A + "text: Hi.\n    buttons:\n    - {title: A, payload: /stop}\n",
            "words.yml:5: a payload is the id of a choice, not a command",
        ),
        (
            A + "text: Hi.\n    buttons: [{title: B, payload: x}, {title: C, payload: x}]\n",
            "words.yml:4: two buttons have the same payload",
        ),
        (A + "text: Hi.\n    buttons: [{title: A, payload: no}]\n", "'payload' must be str, not bool"),
        (A + "text: Hi.\n    custom: {slider: 1}\n", "words.yml:4: unknown key 'slider'; allowed: date,"),
        (
            A + "text: Hi.\n    custom: {scale: {min: 5, max: 5}}\n",
            "words.yml:4: min must be less than max",
        ),
        (
            A + "text: Hi.\n    metadata: {style: plan}\n",
            "words.yml:4: 'style' is 'plan'; allowed: standard, plain",
        ),
        (A + "text: Hi.\n  utter_a:\n  - text: Ho.\n", "words.yml:4: 'utter_a' stands here a second time"),
        (A + "text: Hi.\nslots: {}\n", "words.yml:4: unknown key 'slots'; allowed: responses, version"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ContentError) as refused:
        Responses(folder(tmp_path, text))

    assert told in str(refused.value)


def test_a_response_that_two_files_have_is_refused(tmp_path: Path) -> None:
    text = "responses:\n  utter_a:\n  - text: Hi.\n"
    (folder(tmp_path, text) / "en" / "more.yml").write_text(text)

    with pytest.raises(ContentError, match=r"words\.yml:2: 'utter_a' stands in .*more\.yml:2 already"):
        Responses(tmp_path)


def test_a_folder_without_english_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="there are no responses in 'en'"):
        Responses(tmp_path)


def test_variants_take_turns(tmp_path: Path) -> None:
    responses = Responses(
        folder(tmp_path, "responses:\n  utter_a:\n  - text: One.\n  - text: Two.\n  - text: Three.\n")
    )
    said, last = [], None

    for _ in range(5):
        message = responses.say("utter_a", {}, language="en", last=last)
        said.append(message["text"])
        last = message["variant"]

    assert said == ["One.", "Two.", "Three.", "One.", "Two."]


def test_simpler_words_are_chosen_where_there_are_some(tmp_path: Path) -> None:
    text = A + "text: Standard.\n  - text: Plain.\n    metadata: {style: plain}\n  utter_b:\n  - text: Only.\n"
    responses = Responses(folder(tmp_path, text))

    assert responses.say("utter_a", {}, language="en")["text"] == "Standard."
    assert responses.say("utter_a", {}, language="en", last=0)["text"] == "Standard."
    assert responses.say("utter_a", {}, language="en", plain=True)["text"] == "Plain."
    assert responses.say("utter_b", {}, language="en", plain=True)["text"] == "Only."


def test_the_patient_s_language_comes_first_and_english_stands_in(tmp_path: Path) -> None:
    english = "responses:\n  utter_a:\n  - text: Hello.\n  utter_b:\n  - text: Bye.\n"
    responses = Responses(folder(tmp_path, english, pl="responses:\n  utter_a:\n  - text: Dzień dobry.\n"))

    assert responses.say("utter_a", {}, language="pl")["text"] == "Dzień dobry."
    assert responses.say("utter_b", {}, language="pl")["text"] == "Bye."
    assert responses.say("utter_a", {}, language="xx")["text"] == "Hello."


def test_choices_and_labels_are_filled(tmp_path: Path) -> None:
    text = (
        "responses:\n  utter_a:\n  - text: How strong?\n"
        "    buttons:\n    - {title: 'A {med_word}', payload: a}\n    - {title: '{words}', payload: b}\n"
        "    custom: {scale: {min: 0, max: 10, low: 'no {med_word}', high: all}}\n"
    )

    message = Responses(folder(tmp_path, text)).say("utter_a", {"med_word": "pill"}, language="en")

    assert message["buttons"] == [{"title": "A pill", "payload": "a"}]
    assert message["custom"] == {"scale": {"min": 0, "max": 10, "low": "no pill", "high": "all"}}


@pytest.mark.parametrize("name", ["utter_b", "utter_none"])
def test_a_response_that_cannot_be_said_is_an_error(tmp_path: Path, name: str) -> None:
    responses = Responses(folder(tmp_path, "responses:\n  utter_b:\n  - text: You said {words}.\n"))

    with pytest.raises(ContentError, match=name):
        responses.say(name, {}, language="en")


def test_the_project_s_own_responses_can_be_read() -> None:
    assert Responses(CONTENT).languages["en"].responses
