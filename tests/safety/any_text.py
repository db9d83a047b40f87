"""Any text at all, for the property tests of the rules: what a phone, a paste or an attacker can send.

``work`` counts the lines of the screen that run for a text: the same on every machine, unlike a time.
"""

import json
import random
import sys
from types import FrameType
from typing import Any

from hypothesis import strategies as st

from bot.safety import ACTIONS, CATEGORIES, LEVELS, Assessment, load_rules, screen
from bot.safety.patterns import Pattern

LONGEST = 16_000  # What the front door takes.
SAFETY = "bot/safety/"
MOST_GROWTH = 6.0  # Four times the length must not be sixteen times the work.

RULES = load_rules()
PATTERNS = [pattern for patterns in RULES.compiled.values() for pattern in patterns]
ALPHABETS = (
    st.characters(),  # All of Unicode, half characters too.
    st.sampled_from("😀😭💊🔪👨‍👩‍👧❤️🏳️‍🌈🆘"),
    st.sampled_from("a\u0301\u0323e\u0308\u200d\u200c\ufe0f\u202e\u2066"),  # Marks that combine, join or turn.
    st.sampled_from("אבגדהابتثجحמוات \u200f"),
    st.sampled_from("а​еοіѕ kіll mуѕеlf dιе 0145@$.-_*' "),  # Look-alikes of other scripts.
    st.sampled_from("<>^$~?(){}|\\/[]#&;%\x00\t\r\n"),
)


def words_of(pattern: Pattern, chance: random.Random) -> str:
    """One text that a pattern of the rules answers to."""
    steps = [min(element.phrases) if element.phrases else ("word",) for element in pattern]
    return " ".join(word for step in steps for word in step if chance.random() > 0.05)


@st.composite
def bait(draw: Any) -> str:
    """Pieces of the rules' own patterns, cut, joined and repeated: what costs a matcher most."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    pieces = [words_of(chance.choice(PATTERNS), chance) for _ in range(draw(st.integers(1, 4)))]
    glue = draw(st.sampled_from((" ", "", ". ", "\n", " not ", " and ", "...", " i ")))
    return glue.join(pieces * draw(st.integers(1, 30)))[:LONGEST]


def texts(longest: int = 400) -> st.SearchStrategy[str]:
    """Anything: noise of one alphabet or of several, bait, walls of one thing, bytes that were taken for text."""
    noise = st.one_of(*(st.text(alphabet, max_size=longest) for alphabet in ALPHABETS))
    walls = st.builds(lambda unit, times: (unit * times)[:LONGEST], st.one_of(noise, bait()), st.integers(1, 60))
    raw = st.binary(max_size=longest).map(lambda some: some.decode("utf-8", "surrogateescape"))
    return st.one_of(noise, bait(), walls, raw, st.lists(noise, max_size=4).map("".join))


def is_assessed(text: str) -> None:
    """Property: any text gives one and the same assessment, and its spans lie in the text."""
    found = screen(text)

    assert found.level in LEVELS
    assert found.action in ACTIONS
    assert set(found.categories) <= set(CATEGORIES)
    assert all(0 <= span.start < span.end <= len(text) for span in found.spans)
    assert (found.level == "none") == (found.action == "none")
    assert Assessment.from_json(json.loads(json.dumps(found.to_json()))).level == found.level
    assert screen(text) == found


def is_assessed_after(text: str, before: str) -> None:
    """Property: whatever was said before, a text is assessed."""
    assert screen(text, [before]).level in LEVELS


def work(text: str) -> int:
    """How many lines of the screen's own code run for a text."""
    lines = 0

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal lines
        if SAFETY not in frame.f_code.co_filename:
            return None
        lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        screen(text)
    finally:
        sys.settrace(before)
    return lines
