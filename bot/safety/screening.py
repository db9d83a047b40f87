"""Layer 1 of the risk screen: the rules over one message, with what stands around each signal.

Steps: plain characters, plain words, every pattern in one pass, then for each signal its look-alikes and exceptions,
what it needs beside it, and its context (ConText: negation, past, another person, quotation and so on).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import TypeVar

import spacy
from spacy.vocab import Vocab

from bot.safety.assessment import Assessment, Finding, Span, assess, lowered, stronger, worse
from bot.safety.characters import PlainText, plain
from bot.safety.language import HOME, mostly_other
from bot.safety.matching import BORDERS, Automaton, Hit
from bot.safety.rules import LAUGHTER, ContextRule, Effect, LookAlike, Rule, Rules
from bot.safety.words import HARD, Stream, pieces, read

HISTORY_MESSAGES = 4
HISTORY_CHARACTERS = 600
LAUGHTER_WORDS = 12
_LONGEST_PATTERN = 64

Place = tuple[int, int]


class Screen:
    """The rules, ready to be asked. Holds nothing of what it reads."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        texts = list(rules.compiled)
        patterns = [pattern for text in texts for pattern in rules.compiled[text]]
        self._text_of = [text for text in texts for _ in rules.compiled[text]]
        token_patterns = []
        for rule in rules.rules:
            for number, token_pattern in enumerate(rule.token_patterns):
                token_patterns.append(list(token_pattern))
                self._text_of.append(f"{rule.id}#{number}")
        # English works out many properties of each of 50,000 phrases, a second's work that only token patterns need.
        vocab = spacy.blank("en").vocab if token_patterns else Vocab()
        self._automaton = Automaton(vocab, patterns, rules.turning, token_patterns)
        self._triggers: dict[str, list[Rule]] = defaultdict(list)
        for rule in rules.rules:
            for text in dict.fromkeys((*rule.patterns, *(f"{rule.id}#{n}" for n in range(len(rule.token_patterns))))):
                self._triggers[text].append(rule)
        self._speaking = _Speaking(_by_pattern(rules.contexts), _by_pattern(rules.look_alikes))

    def screen(self, text: str, history: Sequence[str] = ()) -> Assessment:
        """What the rules find in ``text``, and across the border between it and the messages just before it."""
        findings, remarks, stream = self._findings(text)
        findings += self._across(history, text)
        other = mostly_other(stream.raw, self.rules.languages, self._automaton.known)
        return assess(findings, rules_version=self.rules.version, remarks=remarks, not_screened_in_full=other)

    def _across(self, history: Sequence[str], text: str) -> list[Finding]:
        """What only several messages say together: one thought in pieces ("i want to" / "die") as if it were one
        message; what two whole sentences happen to say in a row goes on the staff's list and stops nobody."""
        messages = [*_recent(history), text[:HISTORY_CHARACTERS]]
        if len(messages) == 1:
            return []
        ends = list(accumulate(len(message) + 1 for message in messages[:-1]))
        goes_on = [pieces(one, other, self.rules.spelling) for one, other in pairwise(messages)]
        whole = [end for end, on in zip(ends, goes_on, strict=True) if not on]
        joined, _, _ = self._findings("\n".join(messages))
        return [
            _clipped(_for_staff(found) if any(_crosses(found, end) for end in whole) else found, ends[-1])
            for found in joined
            if _crosses(found, ends[-1])
        ]

    def _findings(self, text: str) -> tuple[list[Finding], list[str], Stream]:
        plain_text = plain(text)
        stream = read(plain_text.text, self.rules.spelling)
        message = _Message(stream, self._automaton.find(stream.words), self._text_of, self.rules, self._speaking)
        found: list[Finding] = []
        remarks: list[str] = []
        for trigger in message.places:
            for rule in self._triggers.get(trigger, ()):
                for place in message.places[trigger]:
                    cover = message.answered(rule, place)
                    if cover is None:
                        continue
                    finding = _finding(rule, place, cover, message, plain_text)
                    if finding.level == "none":
                        remarks.append(finding.reason)
                    else:
                        found.append(finding)
        return found, remarks, stream


Speaks = TypeVar("Speaks", ContextRule, LookAlike)


@dataclass(frozen=True)
class _Speaking:
    """Which contexts and look-alikes speak up at a pattern: few of the many do in one message."""

    contexts: Mapping[str, Sequence[ContextRule]]
    look_alikes: Mapping[str, Sequence[LookAlike]]


def _by_pattern(rules: Iterable[Speaks]) -> dict[str, list[Speaks]]:
    found: dict[str, list[Speaks]] = defaultdict(list)
    for rule in rules:
        for text in dict.fromkeys(rule.patterns):
            found[text].append(rule)
    return found


def _recent(history: Sequence[str]) -> list[str]:
    """The ends of the messages just before, oldest first, no more than ``HISTORY_CHARACTERS`` together."""
    recent: list[str] = []
    room = HISTORY_CHARACTERS
    for message in reversed(history[-HISTORY_MESSAGES:]):
        if message.strip() and room > 0:
            recent.insert(0, message[-room:])
            room -= len(message) + 1
    return recent


def _crosses(found: Finding, border: int) -> bool:
    return found.span is not None and found.span.start < border < found.span.end


def _for_staff(found: Finding) -> Finding:
    return replace(found, action=_weaker("review", found.action), reason=f"{found.reason} (in two messages)")


def _clipped(found: Finding, border: int) -> Finding:
    span = found.span
    if span is None:
        return found
    inside = Span(start=0, end=span.end - border, rule=span.rule, category=span.category, level=span.level)
    return replace(found, span=inside)


def _finding(rule: Rule, place: Place, cover: Place, message: _Message, plain_text: PlainText) -> Finding:
    level, action, remarks = rule.level, rule.action, []
    for context in sorted(message.contexts(rule, place)):
        effect = message.rules.effects[context]
        milder, weaker = _applied(effect, rule)
        level, action = _milder(level, milder), _weaker(action, weaker)
        remarks.append(effect.remark or context)
    action = "none" if level == "none" else "review" if level == "note" else action
    reason = f"{rule.id}: {rule.literal}" + "".join(f" ({remark})" for remark in remarks)
    stream = message.stream
    start, end = plain_text.original(stream.starts[cover[0]], max(stream.ends[cover[0] : cover[1]]))
    span = Span(start=start, end=end, rule=rule.id, category=rule.category, level=level)
    return Finding(category=rule.category, level=level, action=action, reason=reason, span=span)


def _applied(effect: Effect, rule: Rule) -> tuple[str, str]:
    level = effect.becomes if effect.becomes else lowered(rule.level, effect.steps, effect.floor)
    return _milder(level, rule.level), _weaker(effect.action or rule.action, rule.action)


def _milder(a: str, b: str) -> str:
    return b if worse(a, b) == a else a


def _weaker(a: str, b: str) -> str:
    return b if stronger(a, b) == a else a


@dataclass
class _Laughs:
    places: list[int]

    def near(self, start: int, end: int) -> bool:
        first = bisect_left(self.places, start - LAUGHTER_WORDS)
        return first < len(self.places) and self.places[first] <= end + LAUGHTER_WORDS


class _Message:
    """Where everything stands in one message, with searches that do not depend on its length."""

    def __init__(
        self, stream: Stream, hits: Sequence[Hit], text_of: Sequence[str], rules: Rules, speaking: _Speaking
    ) -> None:
        self.stream, self.rules = stream, rules
        self._found: dict[tuple[str, ...], list[Place]] = {}
        self._exempt: dict[tuple[str, ...], list[Place]] = {}
        self.places: dict[str, list[Place]] = defaultdict(list)
        for hit in hits:
            self.places[text_of[hit.pattern]].append((hit.start, hit.end))
        for text, found in self.places.items():
            self.places[text] = sorted(set(found))
        words = stream.words
        self._sentence_ends = [place for place, word in enumerate(words) if word in (HARD, ">")]
        self._turns = list(accumulate((word in rules.terminators for word in words), initial=0))
        self._laughs = _Laughs(stream.laughs)
        contexts = {rule.id: rule for text in self.places for rule in speaking.contexts.get(text, ())}
        self._context_places = {rule.id: found for rule in contexts.values() if (found := list(self._context(rule)))}
        self._active = [contexts[name] for name in self._context_places]
        look_alikes = {rule.id: rule for text in self.places for rule in speaking.look_alikes.get(text, ())}
        self._look_alikes = [(rule.categories, self._reaching(rule.patterns)) for rule in look_alikes.values()]

    def _all(self, patterns: tuple[str, ...]) -> list[Place]:
        """Every place of any of these patterns, in order; looked up once per message."""
        known = self._found.get(patterns)
        if known is None:
            known = sorted(place for text in patterns if text in self.places for place in self.places[text])
            self._found[patterns] = known
        return known

    def _reaching(self, exceptions: tuple[str, ...]) -> list[Place]:
        """Every place of any of these exceptions, with the words that a gap at its end takes in."""
        known = self._exempt.get(exceptions)
        if known is None:
            reach = self.rules.reach
            places = [
                (start, self._reached(end, reach.get(text, 0)))
                for text in exceptions
                if text in self.places
                for start, end in self.places[text]
            ]
            known = self._exempt[exceptions] = sorted(places)
        return known

    def _reached(self, end: int, reach: int) -> int:
        words, turning = self.stream.words, self.rules.turning
        last = min(end + reach, len(words))
        while end < last and words[end] not in BORDERS and words[end] not in turning:
            end += 1
        return end

    def _context(self, rule: ContextRule) -> Iterator[Place]:
        found = self._all(rule.patterns)
        exceptions = self._all(rule.exceptions) if found and rule.exceptions else []
        for place in found:
            if not _overlapping(exceptions, place):
                yield place

    def answered(self, rule: Rule, place: Place) -> Place | None:
        """The words that make ``rule`` true at ``place``, or None if an exception holds or something is missing."""
        for categories, found in self._look_alikes:
            if (not categories or rule.category in categories) and _overlapping(found, place):
                return None
        if rule.exceptions and _overlapping(self._reaching(rule.exceptions), place):
            return None
        if rule.unless_anywhere and self._all(rule.unless_anywhere):
            return None
        if rule.unless and _any_within(self._all(rule.unless), *self._sentence(place)):
            return None
        if not rule.needs:
            return place
        near = _nearest(self._all(rule.needs), place, rule.within)
        return None if near is None else (min(place[0], near[0]), max(place[1], near[1]))

    def _sentence(self, place: Place) -> Place:
        after = bisect_left(self._sentence_ends, place[1] - 1)
        before = bisect_left(self._sentence_ends, place[0])
        start = self._sentence_ends[before - 1] + 1 if before else 0
        end = self._sentence_ends[after] if after < len(self._sentence_ends) else len(self.stream.words)
        return start, end

    def contexts(self, rule: Rule, place: Place) -> set[str]:
        """The contexts that bear on ``rule`` at ``place`` and that it does not refuse."""
        effects = self.rules.effects
        found = {
            context.context
            for context in self._active
            if rule.language == HOME
            and context.context not in rule.keeps
            and (not rule.firm or effects[context.context].firm_too)
            and (not context.categories or rule.category in context.categories)
            and self._bears(context, place)
        }
        if LAUGHTER not in rule.keeps and (not rule.firm or effects[LAUGHTER].firm_too) and self._laughs.near(*place):
            found.add(LAUGHTER)
        return found

    def _bears(self, context: ContextRule, place: Place) -> bool:
        found = self._context_places[context.id]
        if context.scope == "message":
            return True
        first = bisect_left(found, (place[0] - context.within - _LONGEST_PATTERN, 0))
        last = bisect_right(found, (place[1] + context.within, 0))
        sentence = self._sentence(place)
        return any(self._reaches(context, other, place, sentence) for other in found[first:last])

    def _reaches(self, context: ContextRule, other: Place, place: Place, sentence: Place) -> bool:
        if other[0] < sentence[0] or other[1] > sentence[1] + 1:
            return False
        forward = other[0] <= place[0] and place[0] - other[1] <= context.within
        backward = other[1] >= place[1] and other[0] - place[1] <= context.within
        if context.direction == "forward" and not forward:
            return False
        if context.direction == "backward" and not backward:
            return False
        if not (forward or backward):
            return False
        if context.scope == "sentence":
            return True
        gap = (other[1], place[0]) if forward else (place[1], other[0])
        return gap[1] <= gap[0] or self._turns[gap[1]] == self._turns[gap[0]]


def _overlapping(found: Sequence[Place], place: Place) -> bool:
    first = bisect_left(found, (place[0] - _LONGEST_PATTERN, 0))
    near = found[first : bisect_left(found, (place[1], 0))]
    return any(start < place[1] and end > place[0] for start, end in near)


def _any_within(found: Sequence[Place], start: int, end: int) -> bool:
    first = bisect_left(found, (start, 0))
    return first < len(found) and found[first][0] < end


def _nearest(found: Sequence[Place], place: Place, within: int) -> Place | None:
    """The nearest other place that neither overlaps nor stands further away than ``within`` words."""
    best: Place | None = None
    best_distance = within + 1
    first = bisect_left(found, (place[0] - within - _LONGEST_PATTERN, 0))
    for other in found[first : bisect_right(found, (place[1] + within, 0))]:
        distance = max(other[0] - place[1], place[0] - other[1])
        if 0 <= distance < best_distance:
            best, best_distance = other, distance
    return best
