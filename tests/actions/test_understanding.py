"""What typed answers mean: sure, or not."""

import pytest

from bot.actions.understanding import Typed, number, option, skips

SAFE = {"safe": "Safe for now", "not_sure": "Not sure I am safe", "not_safe": "Not safe"}
Q1 = {
    "no": "No, I do not have such thoughts",
    "sometimes": "Sometimes, I have such thoughts",
    "yes": "Yes, I have thoughts of ending my life",
    "rather_not": "Rather not say",
}
CHANGE = {"no": "No", "lower": "Lower", "higher": "Higher", "missed": "Missed some", "extra": "Took extra"}


def typed(text: str, likely: str | None = None) -> Typed:
    return Typed(text=text, language="en", likely=likely)


@pytest.mark.parametrize(
    ("text", "titles", "expected"),
    [
        ("not safe", SAFE, "not_safe"),
        ("safe", SAFE, "safe"),
        ("i dont feel safe", SAFE, None),
        ("not sure", SAFE, "not_sure"),
        ("No.", Q1, "no"),
        ("nope", Q1, "no"),
        ("no but sometimes", Q1, None),
        ("sometimes", Q1, "sometimes"),
        ("yes all the time", Q1, "yes"),
        ("yes but not now", Q1, None),
        ("ok", Q1, None),
        ("rather not", Q1, "rather_not"),
        ("well it depends what you mean", Q1, None),
        ("", Q1, None),
    ],
)
def test_in_a_safety_step_only_plain_answers_count(text: str, titles: dict[str, str], expected: str | None) -> None:
    assert option(typed(text), titles, strict=True) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("i took extra on sunday", "extra"),
        ("I didn't take extra", None),
        ("lower i think", "lower"),
        ("lower and then higher", None),
        ("no", "no"),
        ("nothing really", "no"),
    ],
)
def test_elsewhere_a_title_in_a_sentence_counts(text: str, expected: str | None) -> None:
    assert option(typed(text), CHANGE) == expected


URGE = {"yes": "Ten minutes is OK", "no": "Not now", "taking": "I will take one"}
FLAGS = {"none": "None of these", "fit": "A fit or blackout", "chest": "Chest pain or trouble breathing"}


@pytest.mark.parametrize(
    ("text", "titles", "expected"),
    [
        ("ok ill give it ten mins", URGE, "yes"),
        ("ok", URGE, "yes"),
        ("im taking it", URGE, "taking"),
        ("im not taking it", URGE, None),
        ("no", FLAGS, "none"),
        ("none of them", FLAGS, "none"),
        ("nothing like that", FLAGS, "none"),
        ("no but my chest hurts", FLAGS, None),
    ],
)
def test_people_answer_in_their_own_way(text: str, titles: dict[str, str], expected: str | None) -> None:
    assert option(typed(text), titles) == expected


def test_the_classifiers_yes_counts_for_short_texts_only() -> None:
    titles = {"yes": "Yes, planned", "no": "No, not planned"}

    assert option(typed("that is right", "affirm"), titles) == "yes"
    assert option(typed("that is right in a way but the doctor was away", "affirm"), titles) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7), ("0", 0), ("7/10", 7), ("7 out of 10", 7), ("10/10", 10), ("about six hours", 6), ("seven", 7),
        ("six and a half", 6), ("6.5", 6), ("7½", 7), ("one", 1), ("none", 0),
        ("7 or 8", 7), ("5-6", 5), ("2 or 8", None), ("the worst one yet", None), ("a lot", None), ("", None),
    ],
)  # fmt: skip
def test_a_number_is_one_number(text: str, value: int | None) -> None:
    assert number(typed(text)) == value


@pytest.mark.parametrize(
    "text",
    ["skip", "Skip this", "pass", "rather not say", "next question", "I would rather not say", "i dont want to answer"],
)
def test_skip_is_heard(text: str) -> None:
    assert skips(typed(text))


def test_a_long_text_is_no_skip() -> None:
    assert not skips(typed("i always skip breakfast since the change", "skip"))


SAFE = {"safe": "Safe for now", "not_sure": "Not sure I am safe", "not_safe": "Not safe"}
STOPPED = {"no": "No, nothing", "stopped": "Yes, I stopped", "missed": "Yes, I missed some"}
TEN = {"yes": "Ten minutes is OK", "no": "Not now", "taking": "I will take one"}
ACT = {"no": "No, I would not act on them", "not_sure": "Not sure if I might act", "yes": "Yes, I might act on them"}


@pytest.mark.parametrize(
    ("titles", "text", "meant"),
    [
        (SAFE, "im safe", "safe"),
        (SAFE, "i am not safe", "not_safe"),
        (SAFE, "i dont know if im safe", None),
        (STOPPED, "no, I have not changed anything", "no"),
        (STOPPED, "no i stopped", None),
        (STOPPED, "nothing yet", "no"),
        (TEN, "im taking it", "taking"),
        (TEN, "no im going to take it", None),
    ],
)
def test_an_option_is_named_by_all_that_a_text_says(titles: dict[str, str], text: str, meant: str | None) -> None:
    assert option(Typed(text=text, language="en"), titles) == meant


@pytest.mark.parametrize(
    ("text", "meant"), [("no i dont", "no"), ("no never", "no"), ("no but maybe", None), ("i might", None)]
)
def test_in_a_safety_step_a_no_must_say_no_more_than_no(text: str, meant: str | None) -> None:
    assert option(Typed(text=text, language="en"), ACT, strict=True) == meant


@pytest.mark.parametrize(
    ("text", "skipped"), [("my brother", False), ("work", False), ("next one", True), ("rather not", True)]
)
def test_a_short_text_skips_only_with_a_word_for_it(text: str, skipped: bool) -> None:
    assert skips(Typed(text=text, language="en", likely="skip")) is skipped


CONSENT = {"agree": "That is OK", "more": "Tell me more", "no": "No, do not keep it"}
REASON = {"worry_sleep": "Worry, panic or sleep", "fits": "Fits or epilepsy", "other": "Another reason"}
LINK = {"mostly": "Mostly when I expect it", "always": "When I expect it, and always"}


@pytest.mark.parametrize(
    ("text", "titles", "meant"),
    [
        ("ok thats fine", CONSENT, "agree"),
        ("yes", CONSENT, "agree"),
        ("no thanks", CONSENT, "no"),
        ("no one", CONSENT, None),
        ("No one, I live alone", CONSENT, None),
        ("panic mostly", REASON, "worry_sleep"),
        ("mostly when i expect it", LINK, "mostly"),
    ],
)
def test_consent_and_reasons_are_given_in_plain_words(text: str, titles: dict[str, str], meant: str | None) -> None:
    assert option(typed(text), titles) == meant
