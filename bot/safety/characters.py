"""Characters as a reader sees them: one plain form for the many ways to write a letter, and the way back.

Follows Unicode TR 36/39 (compatibility forms, confusable letters, invisible characters). Every character of the plain
text knows which character of the original it stands for.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache

from confusable_homoglyphs import confusables

_APOSTROPHES = "'’‘`´ʼʹ′＇‛ʻ՚ꞌ"
_FOLDED = {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
_FOLDED |= dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
_LATIN_LIKE = dict(zip("αβεηικμνοπρτυχωɑɡ", "abenikmvonptuxwag", strict=True))
_INVISIBLE = {"Cf", "Mn", "Me"}
_CLOSED = {"Cs", "Cc", "Co", "Cn"}
_SQUARED = {chr(base + i): chr(97 + i) for base in (0x1F130, 0x1F150, 0x1F170, 0x1F1E6) for i in range(26)}


@dataclass(frozen=True)
class PlainText:
    """``text`` is what the screen reads; ``origins[i]`` is the place of its i-th character in the original."""

    text: str
    origins: range | list[int]
    length: int

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that plain characters ``start`` to ``end`` stand for."""
        first = self.origins[start]
        following = self.origins[end] if end < len(self.text) else self.length
        return first, max(following, self.origins[end - 1] + 1) if end > start else first


def plain(text: str) -> PlainText:
    """Lower-case, without accents, invisible characters, look-alike letters or other forms of the apostrophe."""
    if text.isascii():
        lowered = text.lower().replace("`", "'") if "\x00" not in text else text.lower().replace("\x00", " ")
        return PlainText(lowered, range(len(text)), len(text))
    latin_wanted = _mostly_latin(text)
    pieces: list[str] = []
    origins: list[int] = []
    for place, character in enumerate(text):
        piece = _plain_character(character, latin_wanted)
        pieces.append(piece)
        origins.extend([place] * len(piece))
    return PlainText("".join(pieces), origins, len(text))


def _mostly_latin(text: str) -> bool:
    """Whether letters of other alphabets are look-alikes in Latin text rather than words of another language."""
    foreign = sum(1 for c in text if "\u0370" <= c <= "\u058f" and c.isalpha() and _look_alike(c) is None)
    return foreign == 0


@cache
def _plain_character(character: str, latin_wanted: bool) -> str:
    if character in _APOSTROPHES:
        return "'"
    if character in _SQUARED:
        return _SQUARED[character]
    category = unicodedata.category(character)
    if category in _INVISIBLE or "\ufe00" <= character <= "\ufe0f" or "\U0001f3fb" <= character <= "\U0001f3ff":
        return ""
    if category in _CLOSED:
        return "\n" if character in "\n\r" else " "
    out = []
    for part in unicodedata.normalize("NFKD", character).casefold():
        folded = _FOLDED.get(part, part)
        if unicodedata.category(part) in _INVISIBLE:
            continue
        if latin_wanted and not folded.isascii() and folded.isalpha():
            folded = _look_alike(folded) or folded
        out.append(folded)
    return "".join(out)


@cache
def _look_alike(character: str) -> str | None:
    """The Latin letter that this letter of another alphabet can be mistaken for, if there is one."""
    if character in _LATIN_LIKE:
        return _LATIN_LIKE[character]
    found = confusables.is_confusable(character, greedy=True, preferred_aliases=["latin"])
    for entry in found or []:
        for glyph in entry["homoglyphs"]:
            letter = str(glyph["c"]).lower()
            if len(letter) == 1 and letter.isascii() and letter.isalpha():
                return letter
    return None
