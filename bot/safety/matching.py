"""Finds every pattern in a stream of words in one pass, whose cost grows with the length and with nothing else.

Named phrases are found by spaCy's PhraseMatcher. The patterns over them run together as one bit-parallel automaton:
extended Shift-And with optional steps (Navarro and Raffinot, Flexible Pattern Matching in Strings, 2002, section 4.3),
one bit per step of every pattern that has more than one. spaCy's Matcher, which tries every pattern at every word, took
50 ms for a thousand patterns on a hundred words; this takes well under one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from spacy.matcher import Matcher, PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from bot.safety.patterns import Pattern, Phrase

UNKNOWN = "_"
BORDERS = frozenset({"<", ">", "."})


@dataclass(frozen=True, order=True)
class Hit:
    """Pattern number ``pattern`` stands at words ``start`` to ``end``."""

    start: int
    end: int
    pattern: int


Arcs = dict[int, list[tuple[int, Phrase]]]  # end of a named phrase -> where it starts, and its words


class Automaton:
    """All patterns of all rules, ready to be found. ``turning`` words are those that a plain gap does not cross."""

    def __init__(
        self, vocab: Vocab, patterns: Sequence[Pattern], turning: frozenset[str], token_patterns: Sequence[Any] = ()
    ) -> None:
        self._vocab = vocab
        self.patterns = patterns
        self._turning = turning
        self._phrase_matcher = PhraseMatcher(vocab, attr="ORTH")
        self._phrases: dict[int, Phrase] = {}
        self._place_bits()
        self._fill_masks()
        matcher = Matcher(vocab)
        for number, token_pattern in enumerate(token_patterns, start=len(patterns)):
            matcher.add(str(number), [token_pattern])
        self._matcher = matcher if token_patterns else None

    def _place_bits(self) -> None:
        self._first = self._optional = self._before_block = self._block_end = 0
        self._ends: dict[int, int] = {}
        at = 0
        for number, pattern in self._with_steps():
            self._first |= 1 << at
            for place, element in enumerate(pattern):
                if element.optional:
                    self._optional |= 1 << at + place
                    if not pattern[place - 1].optional:
                        self._before_block |= 1 << at + place - 1
                    if not pattern[place + 1].optional:
                        self._block_end |= 1 << at + place
            at += len(pattern)
            self._ends[at - 1] = number
        self._all = (1 << at) - 1
        self._final = sum(1 << bit for bit in self._ends)

    def _with_steps(self) -> Iterator[tuple[int, Pattern]]:
        """The patterns that the automaton runs; those of one step are only looked up."""
        return ((number, pattern) for number, pattern in enumerate(self.patterns) if len(pattern) > 1)

    def _fill_masks(self) -> None:
        bits: dict[Phrase, list[int]] = defaultdict(list)
        self._alone: dict[Phrase, list[int]] = defaultdict(list)
        for number, pattern in enumerate(self.patterns):
            for phrase in pattern[0].phrases if len(pattern) == 1 else ():
                self._alone[phrase].append(number)
                bits[phrase] = []
        plain, wide, at = 0, 0, 0
        for _, pattern in self._with_steps():
            for element in pattern:
                if element.is_gap:
                    wide |= 1 << at
                    plain |= 0 if element.wide else 1 << at
                for phrase in element.phrases:
                    bits[phrase].append(at)
                at += 1
        self._any_word = wide
        self._turning_word = wide & ~plain
        interned: dict[tuple[tuple[int, ...], int], int] = {}
        self._words: dict[str, int] = dict.fromkeys(self._turning, self._turning_word)
        self._masks: dict[int, int] = {}
        for phrase, places in bits.items():
            single = len(phrase) == 1
            base = 0
            if single:
                base = 0 if phrase[0] in BORDERS else self._words.get(phrase[0], self._any_word)
            key = (tuple(places), base)
            if key not in interned:
                interned[key] = base | _mask(places)
            if single:
                self._words[phrase[0]] = interned[key]
            else:
                self._add_phrase(phrase, interned[key])
        self.known = frozenset(self._words) | {word for phrase in bits for word in phrase}

    def _add_phrase(self, phrase: Phrase, mask: int) -> None:
        name = " ".join(phrase)
        self._phrase_matcher.add(name, [Doc(self._vocab, words=list(phrase))])
        key = self._vocab.strings[name]
        self._phrases[key] = phrase
        self._masks[key] = mask

    def find(self, words: Sequence[str]) -> list[Hit]:
        """Every place where a pattern ends, with the latest place where it can begin, in order of the ends."""
        known = self.known
        document = Doc(self._vocab, words=[word if word in known else UNKNOWN for word in words])
        arcs: Arcs = defaultdict(list)
        masks: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for key, start, end in self._phrase_matcher(document):
            arcs[end].append((start, self._phrases[key]))
            masks[end].append((start, self._masks[key]))
        hits = [*self._run(words, arcs, masks), *self._hits_alone(words, arcs)]
        if self._matcher is not None:
            hits += [Hit(start, end, int(self._vocab.strings[key])) for key, start, end in self._matcher(document)]
        return hits

    def _hits_alone(self, words: Sequence[str], arcs: Arcs) -> Iterator[Hit]:
        for place, word in enumerate(words):
            for number in self._alone.get((word,), ()):
                yield Hit(place, place + 1, number)
        for end, some in arcs.items():
            for start, phrase in some:
                for number in self._alone.get(phrase, ()):
                    yield Hit(start, end, number)

    def _run(self, words: Sequence[str], arcs: Arcs, masks: dict[int, list[tuple[int, int]]]) -> list[Hit]:
        everything, first, final = self._all, self._first, self._final
        optional, before_block, block_end = self._optional, self._before_block, self._block_end
        mask_of, any_word = self._words.get, self._any_word
        ready = [first]
        hits: list[Hit] = []
        for place, word in enumerate(words, start=1):
            state = ready[-1] & (mask_of(word, any_word) if word not in BORDERS else mask_of(word, 0))
            for start, mask in masks.get(place, ()):
                state |= ready[start] & mask
            found = state & final
            if found:
                hits += self._hits(found, words, place, arcs)
            if state:
                marked = state | block_end
                state |= optional & ((everything ^ (marked - before_block)) ^ marked)
                ready.append(state << 1 & everything | first)
            else:
                ready.append(first)
        return hits

    def _hits(self, found: int, words: Sequence[str], end: int, arcs: Arcs) -> Iterable[Hit]:
        while found:
            last = found.bit_length() - 1
            found ^= 1 << last
            number = self._ends[last]
            yield Hit(_begin(self.patterns[number], words, end, arcs, self._turning), end, number)


def _mask(places: Iterable[int]) -> int:
    out = 0
    for place in places:
        out |= 1 << place
    return out


def _begin(pattern: Pattern, words: Sequence[str], end: int, arcs: Arcs, turning: frozenset[str]) -> int:
    """The latest word at which a pattern can begin that is known to end before word ``end``."""
    places = {end}
    for element in reversed(pattern):
        before: set[int] = set(places) if element.optional else set()
        for place in places:
            if place == 0:
                continue
            word = words[place - 1]
            if element.is_gap:
                if word not in BORDERS and (element.wide or word not in turning):
                    before.add(place - 1)
                continue
            if (word,) in element.phrases:
                before.add(place - 1)
            before.update(start for start, phrase in arcs.get(place, ()) if phrase in element.phrases)
        places = before
    return max(places, default=end - 1)
