"""Words as they were meant: chat spelling, stretched, spaced-out, masked and misspelt words in one plain form.

Gives a stream of plain words for the rules, each with its place in the text. Words that no rule knows stay what they
are; only words that a rule knows ever reach spaCy, so its string store does not grow with what patients write.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from rapidfuzz.distance import OSA

from bot.safety.characters import plain

HARD, SOFT = ".", ","
JUST, JUST_NOW = "just", "justnow"
UNNAMED_NUMBER = "#"
ILL = "ill"  # Sick, or "I'll" without its apostrophe: the word after it tells.
_SCAN = re.compile(
    r"(?P<short>w/o?(?!\w))"
    r"|(?P<number>\d+(?:[.,]\d+)?(?![^\W_]))"
    r"|(?P<word>[$@]?[^\W_]+(?:'[^\W_]+)*(?:[*@$#!|_]+[^\W_]+)*)"
    r"|(?P<soft>\.\.+|…|[\n\r,:()\"“”«»\-–—/&+~]+)"
    r"|(?P<hard>[.!?;。！？]+)"
    r"|(?P<sign>[^\w\s])"
)
_STRETCH = re.compile(r"(.)\1\1+")
_DOUBLE = re.compile(r"(.)\1")
_DECIMAL = re.compile(r"\d+[.,]\d+")
_PARTS = re.compile(r"\d+|[^\W\d_]+")
_LEET = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s", "!": "i", "|": "l"}
_LEET_TABLES = [str.maketrans(_LEET), str.maketrans(_LEET | {"1": "l", "!": "l", "|": "i"})]
_MASK = re.compile(r"[*#_]+")
_LONGEST_GLUED = 24
_SHORTEST_TOGETHER = 8
_FEWEST_TOGETHER = 3
_SHORTEST_FUZZY = 3
_FUZZY_LETTERS = 5
_FAR_LETTERS = 9
_LONGEST_WORD = 40
_PIECE_WORDS = 3
_ENDED = re.compile(r"[.!?)]\s*$")
_BROKEN_OFF = re.compile(r"(\.\.|[…,:;&+–-])\s*$")


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """How words are written: tables from content (``words.yml``) and every word that the rules know."""

    known: frozenset[str]
    expansions: Mapping[str, tuple[str, ...]]
    fillers: frozenset[str]
    laughter: frozenset[str]
    acts: frozenset[str]
    verbs: frozenset[str]
    glued: Mapping[str, tuple[str, ...]]
    together: frozenset[str]
    ordinary: frozenset[str]
    unfinished: frozenset[str]
    continuing: frozenset[str]
    lexicon: frozenset[str]
    short: frozenset[str]
    misspelt: Mapping[str, tuple[str, ...]] = field(repr=False)
    masked: Mapping[int, tuple[str, ...]] = field(repr=False)
    plain_numbers: int = 1000

    @staticmethod
    def shortened(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Every word under itself and under itself with one letter left out: the index for misspellings."""
        index: dict[str, list[str]] = {}
        for word in words:
            for form in _one_left_out(word):
                index.setdefault(form, []).append(word)
        return {form: tuple(found) for form, found in index.items()}


@dataclass
class Stream:
    """The words for the rules, in order. Sentinels ``<`` and ``>`` stand at the ends, ``.`` between sentences."""

    words: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    pauses: set[int] = field(default_factory=set)
    laughs: list[int] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    just: tuple[int, int] | None = None

    def add(self, words: Iterable[str], start: int, end: int) -> None:
        """Append plain words that all stand for the same stretch of text."""
        for word in words:
            self.words.append(word)
            self.starts.append(start)
            self.ends.append(end)


def read(text: str, spelling: Spelling) -> Stream:
    """The stream of plain words of an already plain text (see ``characters.plain``)."""
    pieces = list(_scan(text))
    pieces = list(_joined(pieces, spelling))
    return _stream(_soften(pieces), spelling, len(text))


def pieces(message: str, after: str, spelling: Spelling) -> bool:
    """Whether a message and the one after it are pieces of one sentence: one of them is short, the first breaks off
    ("i want to"), or the second carries on ("with vodka")."""
    one, other = _written(message), _written(after)
    if len(one) <= _PIECE_WORDS or len(other) <= _PIECE_WORDS:
        return True
    if _BROKEN_OFF.search(message):
        return True
    return not _ENDED.search(message) and (one[-1] in spelling.unfinished or other[0] in spelling.continuing)


def _written(text: str) -> list[str]:
    found = _scan(plain(text).text)
    return [written.replace("'", "") for kind, written, _, _ in found if kind in ("word", "short", "number")]


Piece = tuple[str, str, int, int]  # kind, text, start, end


def _scan(text: str) -> Iterator[Piece]:
    for found in _SCAN.finditer(text):
        yield found.lastgroup or "sign", found.group(), found.start(), found.end()


def _joined(pieces: list[Piece], spelling: Spelling) -> Iterator[Piece]:
    """Runs of single letters ("k.m.s", "d i e") become the words they spell, if a rule knows such a word."""
    at = 0
    while at < len(pieces):
        if len(pieces[at][1]) != 1 or pieces[at][0] not in ("word", "number"):
            yield pieces[at]
            at += 1
            continue
        run, letters = at, []
        while run < len(pieces) and (_letter(pieces[run]) or pieces[run][0] in ("soft", "hard", "sign")):
            if _letter(pieces[run]):
                letters.append(run)
            run += 1
        if len(letters) < 3:
            yield from pieces[at:run]
        else:
            yield from _spelt_out(pieces[at:run], [place - at for place in letters], spelling)
        at = run


def _letter(piece: Piece) -> bool:
    return len(piece[1]) == 1 and piece[0] in ("word", "number")


def _spelt_out(run: list[Piece], letters: list[int], spelling: Spelling) -> Iterator[Piece]:
    spelt = "".join(run[place][1] for place in letters)
    forms = [spelt.translate(table) for table in _LEET_TABLES]
    at = done = 0
    while at < len(letters):
        size = _longest_glued(forms, at, spelling)
        if not size:
            at += 1
            continue
        first, last = letters[at], letters[at + size - 1]
        yield from run[done:first]
        word = next(form[at : at + size] for form in forms if form[at : at + size] in spelling.glued)
        yield "word", word, run[first][2], run[last][3]
        done, at = last + 1, at + size
    yield from run[done:]


def _longest_glued(forms: list[str], at: int, spelling: Spelling) -> int:
    for size in range(min(_LONGEST_GLUED, len(forms[0]) - at), 2, -1):
        if any(form[at : at + size] in spelling.glued for form in forms):
            return size
    return 0


def _soften(pieces: list[Piece]) -> list[Piece]:
    """A full stop beside a sentence of one word is only a pause: "i want to. die."."""
    hard = [place for place, piece in enumerate(pieces) if piece[0] == "hard"]
    counts, count, borders = [], 0, []
    for place, piece in enumerate(pieces):
        if piece[0] == "hard":
            counts.append(count)
            borders.append(place)
            count = 0
        elif piece[0] in ("word", "number", "short"):
            count += 1
    counts.append(count)
    out = list(pieces)
    for place, (before, after) in zip(hard, pairwise(counts), strict=True):
        if before == 1 or after == 1:
            out[place] = ("soft", *pieces[place][1:])
    return out


def _stream(pieces: list[Piece], spelling: Spelling, length: int) -> Stream:
    stream = Stream()
    stream.add(["<"], 0, 0)
    for kind, text, start, end in pieces:
        if kind in ("word", "short", "number"):
            stream.raw.append(text)
            for words, first, last in _meant(text, start, end, spelling):
                _take(stream, words, first, last, spelling)
        elif kind == "hard":
            if stream.words[-1] not in (".", "<"):
                stream.add([HARD], start, end)
        elif kind == "soft" or not _emoji(text):
            stream.pauses.add(len(stream.words))
        elif text in spelling.laughter:
            stream.laughs.append(len(stream.words))
        else:
            stream.add([text], start, end)
    if stream.words[-1] == HARD:
        stream.words.pop(), stream.starts.pop(), stream.ends.pop()
    stream.add([">"], length, length)
    return stream


def _take(stream: Stream, words: tuple[str, ...], start: int, end: int, spelling: Spelling) -> None:
    if len(words) == 1 and words[0] in spelling.laughter:
        stream.laughs.append(len(stream.words))
        return
    kept = [word for word in words if word not in spelling.fillers]
    if stream.words[-1] == ILL and kept and kept[0] in spelling.verbs:
        stream.words[-1] = "i"
        stream.add(["will"], stream.starts[-1], stream.ends[-1])
    if stream.just and kept and kept[0] in spelling.acts:
        stream.add([JUST_NOW], *stream.just)
    stream.add(kept, start, end)
    stream.just = (start, end) if words == (JUST,) else None


def _emoji(text: str) -> bool:
    return ord(text[0]) >= 0x2190


Meant = tuple[tuple[str, ...], int, int]


def _meant(raw: str, start: int, end: int, spelling: Spelling) -> Iterable[Meant]:
    """The plain words that one written word stands for, with their places."""
    known = spelling.expansions.get(raw)
    if known is not None:
        return [(known, start, end)]
    if raw in spelling.known:
        return [((raw,), start, end)]
    bare = raw.replace("'", "")
    if bare != raw:
        known = spelling.expansions.get(bare)
        if known is not None:
            return [(known, start, end)]
        if raw.endswith("'s"):
            return _meant(raw[:-2], start, end, spelling)
    if len(bare) > _LONGEST_WORD:
        return [(("_",), start, end)]
    word = _repaired(bare, spelling)
    if word is not None:
        return [(word, start, end)]
    if not bare.isalpha():
        return [((UNNAMED_NUMBER,), start, end)] if _DECIMAL.fullmatch(raw) else _split(raw, start, spelling)
    return [((bare,), start, end)]


def _split(raw: str, start: int, spelling: Spelling) -> list[Meant]:
    """Letters and digits that only touch: "15yo", "20mg"."""
    out: list[Meant] = []
    for part in _PARTS.finditer(raw):
        first, last, text = start + part.start(), start + part.end(), part.group()
        if text.isdigit() or part.group() == raw:
            out.append(((_number(text, spelling),), first, last))
        else:
            out.extend(_meant(text, first, last, spelling))
    return out


def _number(text: str, spelling: Spelling) -> str:
    return text if text in spelling.known or not text.isdigit() else UNNAMED_NUMBER


def _repaired(word: str, spelling: Spelling) -> tuple[str, ...] | None:
    """The word that a rule knows and that this one is a form of, if there is one."""
    if word in spelling.glued:
        return spelling.glued[word]
    if _STRETCH.search(word):
        found = _found(_STRETCH.sub(r"\1\1", word), spelling) or _found(_STRETCH.sub(r"\1", word), spelling)
        if found:
            return found
        word = _STRETCH.sub(r"\1", word)
    if not word.isalpha():
        found = _unmasked(word, spelling)
        if found or any(c.isdigit() for c in word):
            return found
    elif len(word) >= 3 and _DOUBLE.search(word):
        found = _glued(_DOUBLE.sub(r"\1", word), spelling)
        if found and word not in spelling.ordinary:
            return found
        found = _typed_twice(word, spelling)
        if found:
            return found
    return _parted(word, spelling) or _misspelt(word, spelling)


def _typed_twice(word: str, spelling: Spelling) -> tuple[str, ...] | None:
    """The word that this one is but for a letter that was hit twice ("kiill")."""
    if len(word) < _SHORTEST_FUZZY or word in spelling.ordinary:
        return None
    twice = (at for at in range(1, len(word)) if word[at] == word[at - 1])
    return next((found for at in twice if (found := _found(word[:at] + word[at + 1 :], spelling))), None)


def _found(word: str, spelling: Spelling) -> tuple[str, ...] | None:
    if word in spelling.expansions:
        return spelling.expansions[word]
    return (word,) if word in spelling.known else _glued(word, spelling)


def _glued(word: str, spelling: Spelling) -> tuple[str, ...] | None:
    return spelling.glued.get(word)


def _unmasked(word: str, spelling: Spelling) -> tuple[str, ...] | None:
    for table in _LEET_TABLES:
        plainer = word.translate(table)
        found = spelling.glued.get(plainer) or spelling.expansions.get(plainer)
        if found or plainer in spelling.known:
            return found or (plainer,)
    if _MASK.search(word) and sum(c.isalpha() for c in word) >= 2:
        letters = [re.escape(part) for part in _MASK.split(word)]
        shape = re.compile(".{1,3}".join(letters))
        for candidate in spelling.masked.get(ord(word[0]), ()):
            if abs(len(candidate) - len(word)) <= 2 and shape.fullmatch(candidate):
                return spelling.glued.get(candidate, (candidate,))
    return None


def _parted(word: str, spelling: Spelling) -> tuple[str, ...] | None:
    """The words of a sentence without spaces ("idontwanttolive"), as few as possible, all of them from a short list."""
    if len(word) < _SHORTEST_TOGETHER or word in spelling.ordinary:
        return None
    ways: list[tuple[str, ...] | None] = [
        (),
        *(None for _ in word),
    ]  # For each length, the words that so many letters are.
    for end in range(1, len(word) + 1):
        for start in range(end):
            before = ways[start]
            if before is None or word[start:end] not in spelling.together:
                continue
            if ways[end] is None or len(before) + 1 < len(ways[end] or ()):
                ways[end] = (*before, word[start:end])
    found = ways[-1]
    if found is None or len(found) < _FEWEST_TOGETHER:
        return None
    return tuple(plain for part in found for plain in spelling.expansions.get(part, (part,)))


def _misspelt(word: str, spelling: Spelling) -> tuple[str, ...] | None:
    """The nearest word that a rule knows: one slip of the finger, two in a long word of the risk lexicon. Of those as
    near as each other, one of the lexicon, then one of the short words."""
    if len(word) < _SHORTEST_FUZZY or word in spelling.ordinary:
        return None
    best: tuple[int, bool, bool, str] | None = None
    for form in _one_left_out(word):
        for candidate in spelling.misspelt.get(form, ()):
            if candidate[0] != word[0]:
                continue
            distance = OSA.distance(word, candidate)
            risky, short = candidate in spelling.lexicon, candidate in spelling.short
            if distance <= _slips_allowed(word, candidate, risky=risky, short=short):
                found = (distance, not risky, not short, candidate)
                best = min(best or found, found)
    if best is None:
        return None
    meant = best[-1]
    return spelling.expansions.get(meant) or spelling.glued.get(meant) or (meant,)


def _slips_allowed(word: str, candidate: str, *, risky: bool, short: bool) -> int:
    """Other short words are too near to each other for any slip but two letters that changed places."""
    if risky:
        return 2 if len(candidate) >= _FAR_LETTERS else 1
    if short or (len(candidate) >= _FUZZY_LETTERS and len(word) >= _FUZZY_LETTERS):
        return 1
    return 1 if len(word) == len(candidate) and sorted(word) == sorted(candidate) else 0


def _one_left_out(word: str) -> set[str]:
    return {word} | {word[:at] + word[at + 1 :] for at in range(len(word))}
