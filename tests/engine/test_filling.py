"""Placeholders: filled, replaced or left out, and never a hole in a sentence (clinical content 0.6)."""

import pytest

from bot.content.reading import CONTENT, Entry, read
from bot.engine.filling import fill, read_rules

RULES = read_rules(read(CONTENT / "en/_placeholders.yml").need("placeholders", Entry))
CLINIC = {"emergency_number": "999", "crisis_line": "116 123", "staff_hours": "9 to 5", "clinic_name": "Elm Clinic"}


@pytest.mark.parametrize(
    ("text", "values", "said"),
    [
        ("Nothing to fill.", {}, "Nothing to fill."),
        ("Call {emergency_number}.", CLINIC, "Call 999."),
        ("Is it the {med_word}?", {}, "Is it the tablet?"),
        ("Is it the {med_word}?", {"med_word": "pill"}, "Is it the pill?"),
        ("{therapist} can read it.", {}, "Your therapist can read it."),
        ("{therapist} can read it.", {"therapist": "Dr Lee"}, "Dr Lee can read it."),
        ("Hello, {name}. Good to see you.", {}, "Hello. Good to see you."),
        ("Hello, {name}. Good to see you.", {"name": "Ada"}, "Hello, Ada. Good to see you."),
        ("{name}, shall we begin?", {}, "Shall we begin?"),
        ("Call {poison_or_medical_line}.", CLINIC, "Call 999."),
        ("Call {poison_or_medical_line}.", {**CLINIC, "poison_or_medical_line": "111"}, "Call 111."),
        ("Call {youth_line} now.", {}, ""),
        ("Call {youth_line} now.", {"crisis_line": "the line on 116 123"}, "Call the line on 116 123 now."),
        ("It is saved. You said {words}. Shall we go on?", {}, "It is saved. Shall we go on?"),
        (
            "It is saved. You said {words}. Shall we go on?",
            {"words": "it hurts"},
            "It is saved. You said it hurts. Shall we go on?",
        ),
        ("From {before} to {after}.", {"before": 0, "after": 4}, "From 0 to 4."),
        ("From {before} to {after}.", {"before": 0}, ""),
        (
            "They read it at these times: {staff_hours}. Shall we go on?",
            {},
            "I do not know the team's hours. Shall we go on?",
        ),
        ("They are back {next_open}. I am here.", CLINIC, "You can call 116 123 at any time. I am here."),
        ("They are back {next_open}. Call {crisis_line} now.", CLINIC, "Call 116 123 now."),
        ("They are back {next_open}. I am here.", {}, "I am here."),
        ("In hours they reach you within {callback_promise}. How?", CLINIC, "How?"),
        ("First line.\nWith {words}.\n\nThird line.", {}, "First line.\nThird line."),
        ("“I want {words}.” Is that it?", {}, "Is that it?"),
        ("Your plan says: {plan text}", {"plan text": "walk"}, "Your plan says: walk"),
        ("You said {words}.", {"words": "{emergency_number} {x}"}, "You said {emergency_number} {x}."),
        ("You said {words}.", {"words": "  "}, ""),
        ("You said {words}.", {"words": r"\1 \g<0>"}, r"You said \1 \g<0>."),
    ],
)
def test_sentences_are_filled_or_left_out(text: str, values: dict[str, object], said: str) -> None:
    assert fill(text, values, RULES) == said
