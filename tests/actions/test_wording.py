"""Every sentence a patient can read, held to the clinical content's rules (1.1, 1.4, 1.5, 8) and to the dialogues."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from bot import safety
from bot.actions import wording
from bot.actions.dialogue import book
from bot.content.reading import CONTENT
from bot.settings import ROOT
from tests.actions.patient import RESPONSES
from tests.advice import advice_in
from tests.content.reading_grade import grade

SAFETY_WORDS, OTHER_WORDS, SENTENCE_WORDS, AVERAGE_WORDS = 45, 60, 20, 15
GRADE, GRADED_WORDS = 7, 12  # Below the seventh school grade; a shorter text has no grade of its own.
# What the same patient meets again and again, within one visit or from day to day.
OFTEN = (
    *(
        "closest",
        "closest_scale",
        "stop",
        "greet",
        "thanks",
        "goodbye",
        "nothing",
        "leave",
        "repeat",
        "inform",
        "numbers",
    ),
    *("not_sure", "help", "why", "kept_words", "first_this", "HU2", "OT1_again", "NU_again", "MENU", "MQ_no"),
    *("UR1", "UR6", "UR8", "UR9", "UR12", "LP1"),
)
# What no bot text may hold (must-never 1 to 8, 18, 19, 24, 39; P1, P3, P6, P9). Each with what is allowed all the same.
NEVER = {
    "a judgement of the feeling": (r"(just|really) (anxiety|worry|panic|craving|withdrawal|a feeling|in your head)",),
    "a promise that it passes": (r"(it|this) will (all )?(pass|be fine|get better|go away)",),
    "you should, you must": (r"you (should|must|need to|have to)\b(?! (be alone|carry|give|know))",),
    "a number of a medicine": (r"\d+([.,]\d+)? ?(mg|milligrams?|percent|tablets?|pills?|drops?)", r"\d+ ?%"),
    "advice on the dose": (r"(take|skip|add|lower|raise|halve|cut) (your|a|one|the|another) (dose|tablet|pill)",),
    "throwing medicine away": (r"(throw|flush|bin|pour)\w* (it|them|away|down)",),
    "blame": (
        "addict(?!ion)",
        "abuser",
        "junkie",
        "clean(?! cloth)",
        "dirty",
        "relapsed?",
        "failed",
        "failure",
        "committed",
    ),
    "praise for stopping": ("well done", "good job", "proud of you", "congratulations"),
    "a method or place": ("hang(?! up)", "rope", "bridge", "train tracks", "noose", "blade", "razor", "gun", "jump"),
    "a promise not to": ("promise me",),
    "an inner life": ("I (feel|care about|worry about|love|understand how)",),
    "guilt": ("think of your family", "do not go yet", "don't leave"),
    "a diagnosis": ("you (have|suffer from) (an? )?(GAD|disorder|anxiety disorder|addiction|psychosis)",),
    "somebody always there": ("(someone|somebody) is always", "will be with you shortly"),
    "a streak": ("streak", "days in a row", "days clean"),
}
# Published wording that must not be changed, and the one topic that names a medicine (clinical content A.1 and 4.8).
FIXED = ("utter_GA2_8",)
NAMES_ONE = ("utter_LT_painkillers", "utter_LT_painkillers_2")
ADVICE = (
    *("Take one.", "You can take two tonight.", "Do not take it.", "Please stop it slowly.", "It is safe to skip one."),
    *(
        "Cut it by a quarter of the dose.",
        "1 mg equals 20 mg.",
        "It lasts 2 weeks.",
        "Ten percent every week is usual.",
    ),
)
PATIENTS_VOICE = ("blame", "an inner life")


def texts() -> Iterator[tuple[str, str, str]]:
    """File, response and text of every variant."""
    for name, response, variant in variants():
        yield name, response, variant["text"]


def variants() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """File, response and variant of everything that the bot can say in English."""
    for path in sorted((CONTENT / "en").glob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for response, found in content.get("responses", {}).items():
            for variant in found:
                yield path.stem, response, variant


def labels() -> Iterator[tuple[str, str, str]]:
    """File, response and text of every button, and of the ends of every scale."""
    for name, response, variant in variants():
        scale = variant.get("custom", {}).get("scale", {})
        for label in (*(one["title"] for one in variant.get("buttons", ())), scale.get("low"), scale.get("high")):
            if label:
                yield name, response, label


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?:]) ", text)


def test_a_bubble_has_at_most_one_question() -> None:
    assert [name for _, name, text in texts() if text.count("?") > 1] == []


def test_a_bubble_is_short() -> None:
    limits = {"safety": SAFETY_WORDS}

    assert [name for file, name, text in texts() if len(text.split()) > limits.get(file, OTHER_WORDS)] == []


def test_a_sentence_is_short() -> None:
    said = [(name, sentence) for _, name, text in texts() if name not in FIXED for sentence in sentences(text)]
    words = [len(sentence.split()) for _, sentence in said]

    assert [name for (name, _), count in zip(said, words, strict=True) if count > SENTENCE_WORDS] == []
    assert sum(words) / len(words) <= AVERAGE_WORDS


def test_every_text_can_be_read_at_the_sixth_school_grade() -> None:
    hard = [(name, grade(text)) for _, name, text in texts() if len(text.split()) >= GRADED_WORDS and name not in FIXED]

    assert [(name, round(found, 1)) for name, found in hard if found >= GRADE] == []


def test_what_is_said_most_often_has_more_than_one_way_to_say_it() -> None:
    """Nothing is said twice in a row: what a patient can bring about again and again has variants."""
    ways = Counter(name for _, name, one in variants() if one.get("metadata") != {"style": "plain"})

    assert [name for name in OFTEN if ways[f"utter_{name}"] < 2] == []


@pytest.mark.parametrize("what", NEVER)
def test_nothing_is_said_that_must_never_be(what: str) -> None:
    """A button speaks in the patient's voice, and so do quotation marks: "I have failed" may be theirs."""
    said = [(name, re.sub(r"'.*?'(?!\w)", "", text)) for _, name, text in texts()]
    offered = [] if what in PATIENTS_VOICE else [(name, text) for _, name, text in labels()]

    assert [(name, text) for name, text in (*said, *offered) if finds(what, text)] == []


def test_no_text_advises_on_a_medicine() -> None:
    assert [(name, found) for _, name, text in texts() if (found := advice_in(text))] == []


@pytest.mark.parametrize("text", ADVICE)
def test_what_would_be_advice_is_found(text: str) -> None:
    assert advice_in(text) == [text]


def test_the_patterns_find_what_they_are_for() -> None:
    bad = (
        "it is just anxiety", "it will pass", "you should rest", "2 mg", "take your dose", "flush them", "clean",
        "well done", "the bridge", "promise me", "I care about you", "do not go yet", "you have GAD",
        "someone is always here", "3 days clean",
    )  # fmt: skip

    for what, text in zip(NEVER, bad, strict=True):
        assert finds(what, text), text


def finds(what: str, text: str) -> bool:
    return re.search(rf"\b({'|'.join(NEVER[what])})", text, re.IGNORECASE) is not None


def test_no_medicine_is_named() -> None:
    names = r"\b(\w+(zolam|zepam|azepam)|xanax|valium|ativan|klonopin|zopiclone|zolpidem|codeine|tramadol|benzos?)\b"

    assert [name for _, name, text in texts() if re.search(names, text, re.IGNORECASE) and name not in NAMES_ONE] == []


@pytest.mark.parametrize("state", [one for one in book().states.values() if one.dialogue == "safety" and one.options])
def test_no_button_of_a_safety_step_is_a_bare_yes(state: object) -> None:
    titles = wording.titles(state.wording, "en")  # type: ignore[attr-defined]

    assert not {"yes", "no"} & {title.casefold() for title in titles.values()}


def test_no_button_raises_an_alarm_by_its_title_alone() -> None:
    """The front door screens what a button says as well as what it means: our own words must not be what alarms."""
    alarming = [
        (state.code, title)
        for state in book().states.values()
        for id_, title in wording.titles(state.wording, "en").items()
        if safety.screen(title).action in ("page", "ask") and safety.screen_answer(state.code, [id_]).action == "none"
    ]

    assert alarming == []


def test_every_response_is_used() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "bot/actions").glob("*.py")))
    structure = "\n".join(path.read_text(encoding="utf-8") for path in sorted((CONTENT / "dialogues").glob("*.yml")))
    asked = {state.wording for state in book().states.values() if state.input}
    built = re.compile(
        r"utter_\w+_(emergency|urgent|same_day)(_2)?|utter_RT1_\w+|utter_closest\w*|utter_\w+_(later|part)|utter_ask_\w+"
        r"|utter_timed_\w+|utter_why_D\d+"
    )
    completed = [name for state in book().states.values() for name in (*state.say, state.wording) if name.endswith("_")]
    guessed = {f"{state.guess}_some" for state in book().states.values() if state.guess} | {"utter_guess_some"}
    unused = [
        name
        for _, name, _ in texts()
        for plain in [re.sub("_(untold|unkept|limited)$", "", name)]
        if not (
            plain in asked or plain in guessed or f'"{plain}"' in code or f'"{name}"' in code or built.fullmatch(plain)
        )
        and not re.search(rf"{plain}\b", structure)
        and not any(plain.startswith(begin) for begin in completed)
    ]

    assert unused == []


def test_every_response_that_the_code_says_exists() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "bot/actions").glob("*.py")))

    for name in re.findall(r'"(utter_[A-Za-z0-9_]+)"', code):
        assert name == "utter_action" or wording.response(name, "en") is not None, name


NEEDED = {
    "utter_PL10_plan": {"plan text": "breathe", "when": "2026-11-24"},
    "utter_TL8": {"pattern": "at night"},
    "utter_DR2e": {"list by date": "2026-11-24 Clara"},
}


def test_every_response_can_be_said_with_numbers_and_nothing_else() -> None:
    numbers = {"emergency_number": "999", "crisis_line": "Samaritans (116 123)"}
    needed = {"utter_HP3": {"contact": "a number"}, "utter_LP7a": {"plan text": "breathe"}} | {
        f"utter_RT1_{kind}": {"n": "3"} for kind in ("hours", "days")
    }
    needed |= {"utter_RS5": {"first": "this", "second": "that"}}
    needed |= NEEDED

    for _, name, _ in texts():
        assert RESPONSES.say(name, numbers | needed.get(name, {}), language="en")["text"]


def test_every_category_and_level_has_its_first_words() -> None:
    tables = book().dialogues["safety"].extra["protocol"]

    assert len(tables) == 15
    for category, table in tables.items():
        assert set(table) == {"emergency", "urgent", "same_day", "ask"}
        for level in ("emergency", "urgent", "same_day"):
            assert wording.response(f"utter_{category}_{level}", "en") is not None


def test_where_the_team_is_named_there_are_other_words_for_a_chat_that_is_not_kept() -> None:
    for file, name, text in texts():
        told = re.search(r"\b(tell|telling|told) the team|telling people|team sees|team can\b|with the team", text)
        if file == "safety" and told and not name.endswith("_untold") and name != "utter_unkept_offer":
            assert wording.response(f"{name}_untold", "en") is not None, name


def test_what_the_team_was_told_stands_last() -> None:
    """It brings its own full stop: what stood behind it would be left out together with it."""
    assert [name for _, name, text in texts() if "{team_told}" in text and not text.endswith("{team_told}")] == []
