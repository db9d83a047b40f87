"""Whether a message is mostly in a language that the rules do not know well.

Deliberately simple: the share of letters outside the Latin alphabet, then short function words per language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

HOME = "en"
_FOREIGN_LETTERS = 0.4
_FEWEST_LETTERS = 3
_FEWEST_WORDS = 3
_LONG = 8
_HOME_SHARE = 0.1


def mostly_other(words: Sequence[str], languages: Mapping[str, frozenset[str]], known: frozenset[str]) -> bool:
    """Whether most of these lower-case words, as written, are not English."""
    letters = foreign = 0
    text = "".join(words)
    if not text.isascii():
        letters = sum(character.isalpha() for character in text)
        foreign = sum(character.isalpha() and character > "\u024f" for character in text)
    if letters >= _FEWEST_LETTERS and foreign > _FOREIGN_LETTERS * letters:
        return True
    if len(words) < _FEWEST_WORDS:
        return False
    home = sum(word.replace("'", "") in languages[HOME] for word in words)
    other = max((sum(word in ours for word in words) for name, ours in languages.items() if name != HOME), default=0)
    if other >= 2 and other > home:
        return True
    if len(words) < _LONG or home >= _HOME_SHARE * len(words):
        return False
    return sum(word in known for word in words) / 2 < _HOME_SHARE * len(words)
