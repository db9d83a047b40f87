"""What a typed text means as an answer to the open question: an option, a number, "skip", or nothing sure.

Sure means: it names exactly one option. "I don't feel safe" names none, although it contains "safe". What is not sure
is asked again by the dialogue; in a safety step only plain answers count.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.actions.numbers import number_in
from bot.actions.wording import vocabulary

LONG_WORDS = 12
PLAIN_WORDS = 4
SHORT_WORDS = 3
SURE = 0.6
SHORTEST_STEM = 3
AGREE = "agree"  # The option that stands for a yes, where consent is asked for.
YOUNGEST, OLDEST = 6, 120  # Who is younger does not type; "2" may be the second of the choices.


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A typed text, the language it is read in, and the classifier's first choice if it is sure enough."""

    text: str
    language: str
    likely: str | None = None

    @property
    def words(self) -> tuple[str, ...]:
        return words(self.text)


def words(text: str) -> tuple[str, ...]:
    """The words of a text, without case and punctuation."""
    return tuple(re.findall(r"[\w'’/]+", text.casefold().replace("’", "'")))


def option(typed: Typed, titles: Mapping[str, str], *, strict: bool = False) -> str | None:
    """The one option that the text names, by its title or its id. ``strict``: only if it says nothing else."""
    said = typed.words
    if not said:
        return None
    named = {id_: words(title) for id_, title in titles.items()}
    for id_, title in named.items():
        if said in (title, words(id_.replace("_", " "))):
            return id_
    plain = _yes_or_no(typed, named, strict=strict) or _beginning(said, named)
    return plain if strict or plain else _contained(typed, named) or _told(typed, named)


def skips(typed: Typed) -> bool:
    """Whether the text asks to leave the question out."""
    known = vocabulary(typed.language)
    phrases = {words(phrase) for phrase in known["skip"]}
    likely = typed.likely == "skip" and len(typed.words) <= PLAIN_WORDS and set(typed.words) & set(known["skip_words"])
    return typed.words in phrases or bool(likely)


def said(typed: Typed, what: str) -> bool:
    """Whether the text is one of the phrases that the vocabulary has under a name, and nothing else."""
    return typed.words in {words(phrase) for phrase in vocabulary(typed.language)[what]}


def tells(typed: Typed, what: str) -> bool:
    """Whether a short text holds one of the phrases that the vocabulary has under a name, and speaks of now."""
    known = vocabulary(typed.language)
    said = tuple(word for word in typed.words if word not in known["fillers"])
    elsewhere = {word for phrase in (*known["negations"], *known["not_now"]) for word in words(phrase)}
    plain = len(said) <= LONG_WORDS and not elsewhere & set(said)
    return plain and any(_holds(said, words(phrase)) for phrase in known[what])


def asks(typed: Typed) -> bool:
    """Whether the text is a question: by its mark, or by the word that it begins with."""
    return "?" in typed.text or typed.words[:1] in {words(word) for word in vocabulary(typed.language)["asking"]}


def several(typed: Typed, titles: Mapping[str, str]) -> tuple[str, ...]:
    """The options that a list names ("ringing ears, sweating"); none unless every part of it names one."""
    parts = [part for part in re.split(r",|;|\n|\+|\band\b|\.", typed.text, flags=re.IGNORECASE) if words(part)]
    found = [option(Typed(text=part, language=typed.language), titles) for part in parts]
    return tuple(dict.fromkeys(one for one in found if one)) if len(parts) > 1 and all(found) else ()


def number(typed: Typed, *, top: int = 10) -> int | None:
    """The one number that the text names, None if unsure; ``top`` is the end of the scale."""
    return number_in(typed.text, vocabulary(typed.language), top=top)


def age(typed: Typed) -> int | None:
    """The age of a person, where the text says nothing else ("im 41", "twenty years old")."""
    known = vocabulary(typed.language)
    said = [word for word in typed.words if word not in known["age_words"]]
    is_plain = bool(said) and all(word.isdigit() or word in known["numbers"] for word in said)
    found = number_in(" ".join(said), known, top=OLDEST) if is_plain else None
    return found if found is not None and found >= YOUNGEST else None


def corrects(typed: Typed) -> bool:
    """Whether the text takes back the answer before ("i meant 5")."""
    return any(_holds(typed.words, words(phrase)) for phrase in vocabulary(typed.language)["correcting"])


def _yes_or_no(typed: Typed, named: Mapping[str, tuple[str, ...]], *, strict: bool) -> str | None:
    """A plain yes or no, where the options have one: by its id, or by the one title that begins with the word."""
    known = vocabulary(typed.language)
    agreed = known["yes"] if strict else [*known["yes"], *known["affirm"]]
    for meaning, id_, phrases in (("affirm", "yes", agreed), ("deny", "no", known["deny"])):
        plain = typed.words in {words(phrase) for phrase in phrases}
        sure = not strict and typed.likely == meaning and len(typed.words) <= PLAIN_WORDS
        if meaning == "affirm":
            begun = _begins_with_yes(typed, known) or (not strict and _agrees(typed, named.get("yes", ())))
        else:
            begun = _begins_with_no(typed, named, strict=strict)
        if plain or sure or begun:
            if id_ in named:
                return id_
            if meaning == "affirm" and AGREE in named:
                return AGREE
            if meaning == "deny" and named.get("none", ())[:1] == ("none",):
                return "none"  # "Do you have any of these?" "No."
            begins = [option for option, title in named.items() if title[:1] == (id_,)]
            return begins[0] if len(begins) == 1 else None
    return None


def _begins_with_yes(typed: Typed, known: Mapping[str, Any]) -> bool:
    """ "Yes I do, all the time": a yes, as long as nothing in it takes it back."""
    taken_back = negations(typed.language) | {"but"}
    short = len(typed.words) <= LONG_WORDS and typed.words[0] in known["yes"]
    return short and not taken_back & set(typed.words)


def _agrees(typed: Typed, title: tuple[str, ...]) -> bool:
    """ "OK i'll give it ten mins", where the yes is "Ten minutes is OK": a word of agreement, and what is agreed to."""
    known = vocabulary(typed.language)
    shared = content_words(" ".join(typed.words[1:]), typed.language) & content_words(" ".join(title), typed.language)
    taken_back = negations(typed.language) | {"but"}
    return typed.words[0] in known["affirm"] and bool(shared) and not taken_back & set(typed.words)


def _begins_with_no(typed: Typed, named: Mapping[str, tuple[str, ...]], *, strict: bool) -> bool:
    """ "No, I have not changed anything": a no, unless the rest sounds like another of the options ("no, i stopped").

    ``strict``: only if the rest says nothing of its own ("no i dont").
    """
    known = vocabulary(typed.language)
    said = typed.words
    if not 1 < len(said) <= LONG_WORDS or said[0] not in known["deny"] or set(said) & {"but", "actually"}:
        return False
    if said[1] == "one":  # "No one" is nobody, and refuses nothing.
        return False
    rest = content_words(" ".join(said[1:]), typed.language)
    if strict:
        return rest <= set(known["says_no_more"])
    others = [title for id_, title in named.items() if id_ != "no" and title[:1] != ("no",)]
    return not any(rest & content_words(" ".join(title), typed.language) for title in others)


def negations(language: str) -> frozenset[str]:
    """The words that deny what stands beside them."""
    return frozenset(word for phrase in vocabulary(language)["negations"] for word in words(phrase))


def content_words(text: str, language: str) -> frozenset[str]:
    """The words of a text that say something, without their endings: "I am taking it" is {tak}."""
    small = set(vocabulary(language)["small_words"])
    return frozenset(_stem(word) for word in words(text) if word not in small)


def _stem(word: str) -> str:
    stem = re.sub(r"(?:ing|ed|es|s|e)$", "", word)
    return stem if len(stem) >= SHORTEST_STEM else word


def _told(typed: Typed, named: Mapping[str, tuple[str, ...]]) -> str | None:
    """The only option that holds all that the text says ("im safe": "Safe for now"), and denies it as the text does."""
    offered = frozenset[str]().union(*(content_words(" ".join(title), typed.language) for title in named.values()))
    hedges = content_words(" ".join(vocabulary(typed.language)["hedges"]), typed.language)
    said = content_words(typed.text, typed.language) - (hedges - offered)
    denials = negations(typed.language)
    denied = bool(denials & set(typed.words))
    found = [
        id_
        for id_, title in named.items()
        if said and said <= content_words(" ".join(title), typed.language) and denied == bool(denials & set(title))
    ]
    return found[0] if len(found) == 1 else None


def _beginning(said: tuple[str, ...], named: Mapping[str, tuple[str, ...]]) -> str | None:
    """The only option whose title begins with what was said ("not sure" for "Not sure I am safe")."""
    found = [id_ for id_, title in named.items() if title[: len(said)] == said]
    return found[0] if len(found) == 1 else None


def _contained(typed: Typed, named: Mapping[str, tuple[str, ...]]) -> str | None:
    """The option whose title stands in the text, the longest if one holds the other; none against a negation."""
    said = typed.words
    if len(said) > LONG_WORDS:
        return None
    denials = negations(typed.language)
    held = {id_: title for id_, title in named.items() if title and _holds(said, title)}
    for id_, title in sorted(held.items(), key=lambda pair: -len(pair[1])):
        others = [other for other, words_ in held.items() if other != id_ and not _holds(title, words_)]
        negated = any(word in denials for word in said) and not any(word in denials for word in title)
        if not others and not negated:
            return id_
        return None
    return None


def _holds(text: tuple[str, ...], part: tuple[str, ...]) -> bool:
    return any(text[start : start + len(part)] == part for start in range(len(text) - len(part) + 1))
