"""Reads the rules of layer 1 from content, and refuses what is wrong with file, line and what is allowed.

Order: ``words.yml`` and ``ordinary.yml`` (spelling) and ``classes.yml`` (named phrases) first, then ``contexts.yml``,
``lookalikes.yml`` and one file or more per category; ``language.<code>.yml`` holds core phrases of other languages in
the same shape.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bot.errors import ContentError
from bot.safety.assessment import ACTIONS, CATEGORIES, LEVELS
from bot.safety.characters import plain
from bot.safety.lined_yaml import Entry, read_yaml
from bot.safety.patterns import Pattern, PatternError, Phrase, class_names, gap_at_end, parse, phrases
from bot.safety.rules import (
    CONTEXTS,
    DIRECTIONS,
    SCOPES,
    ContextRule,
    Effect,
    Example,
    LookAlike,
    Reviewed,
    Rule,
    Rules,
)
from bot.safety.words import Spelling

SHORTEST_REPAIRED = 4
RULES_FOLDER = Path(__file__).parents[1] / "content" / "risk_rules"

_GROUP_KEYS = ("group", "about", "level", "action", "category", "must", "must_not", "rules")
_RULE_KEYS = (
    "id", "literal", "patterns", "token_patterns", "category", "level", "action", "firm", "keeps", "exceptions",
    "unless", "unless_anywhere", "with", "within", "reviewed",
)  # fmt: skip
_CONTEXT_KEYS = ("id", "context", "direction", "scope", "within", "patterns", "exceptions", "categories")
_EFFECT_KEYS = ("becomes", "steps", "floor", "action", "firm_too", "remark")
_LOOK_ALIKE_KEYS = ("id", "patterns", "categories", "reviewed")
_WORDS_KEYS = (
    "expansions",
    "fillers",
    "acts",
    "verbs",
    "laughter",
    "misspelt",
    "short",
    "glued",
    "together",
    "unfinished",
    "continuing",
    "languages",
)


def load_rules(folder: Path = RULES_FOLDER) -> Rules:
    """Every rule below ``folder``; ContentError with ``file:line:`` for the first thing that is wrong."""
    return _Loader(folder).load()


class _Loader:
    """Carries what the files before have defined to the files after."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.expansions: dict[str, Phrase] = {}
        self.fillers: frozenset[str] = frozenset()
        self.classes: dict[str, frozenset[Phrase]] = {}
        self.compiled: dict[str, tuple[Pattern, ...]] = {}
        self.rules: dict[str, Rule] = {}
        self.examples: list[Example] = []

    def load(self) -> Rules:
        words = read_yaml(self.folder / "words.yml").mapping(allowed=_WORDS_KEYS, required=_WORDS_KEYS)
        ordinary = read_yaml(self.folder / "ordinary.yml").mapping(allowed=("ordinary",), required=("ordinary",))
        self._expansions(words)
        classes = read_yaml(self.folder / "classes.yml").mapping(
            allowed=("classes", "turning"), required=("classes", "turning")
        )
        self._classes(classes["classes"])
        contexts = read_yaml(self.folder / "contexts.yml").mapping(
            allowed=("terminators", "effects", "contexts"), required=("terminators", "effects", "contexts")
        )
        effects = {name: self._effect(entry) for name, entry in self._named(contexts["effects"], CONTEXTS)}
        context_rules = tuple(self._context(entry) for entry in contexts["contexts"].entries())
        look_alikes = tuple(
            self._look_alike(entry)
            for entry in read_yaml(self.folder / "lookalikes.yml")
            .mapping(allowed=("lookalikes",), required=("lookalikes",))["lookalikes"]
            .entries()
        )
        for path in self._category_files():
            self._category_file(path)
        known = self._known()
        return Rules(
            version=self._version(),
            rules=tuple(self.rules.values()),
            contexts=context_rules,
            effects=effects,
            look_alikes=look_alikes,
            terminators=frozenset(entry.text() for entry in contexts["terminators"].entries()),
            turning=frozenset(entry.text() for entry in classes["turning"].entries()),
            spelling=self._spelling({**words, **ordinary}, known),
            classes=self.classes,
            compiled=self.compiled,
            reach={text: reach for text in self.compiled if (reach := gap_at_end(text))},
            languages={
                name: frozenset(self._folded(word) for word in entry.text().split())
                for name, entry in words["languages"].items()
            },
            examples=tuple(self.examples),
        )

    def _category_files(self) -> list[Path]:
        fixed = {"words.yml", "ordinary.yml", "classes.yml", "contexts.yml", "lookalikes.yml"}
        return sorted(path for path in self.folder.glob("*.yml") if path.name not in fixed)

    def _version(self) -> str:
        """The first letters of a hash over every file: another word of content is another version."""
        digest = hashlib.sha256()
        for path in sorted(self.folder.glob("*.yml")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()[:12]

    # Words and classes

    @staticmethod
    def _folded(text: str) -> str:
        return plain(text).text

    def _expansions(self, words: Mapping[str, Entry]) -> None:
        self.fillers = _all_words(words["fillers"])
        for meant, entry in words["expansions"].items():
            target = () if meant == "_" else tuple(meant.split())
            for written in entry.text().split():
                if written in self.expansions:
                    raise entry.place.error(f"{written!r} already stands for {' '.join(self.expansions[written])!r}")
                self.expansions[written] = target

    def _expand(self, word: str) -> Phrase:
        word = self._folded(word)
        meant = self.expansions.get(word) or self.expansions.get(word.replace("'", "")) or (word,)
        return tuple(part for part in meant if part not in self.fillers)

    def _classes(self, entry: Entry) -> None:
        lines = {name: list(value.entries()) for name, value in entry.items()}
        waiting = dict(lines)
        while waiting:
            ready = [n for n, items in waiting.items() if not self._missing(items)]
            if not ready:
                name, items = next(iter(waiting.items()))
                missing = ", ".join(sorted(self._missing(items)))
                raise items[0].place.error(f"class {name} names {missing}, which is not there or names {name} again")
            for name in ready:
                found = [self._phrases(item) for item in waiting.pop(name)]
                self.classes[name] = frozenset().union(*found)

    def _missing(self, items: Iterable[Entry]) -> set[str]:
        return {name for item in items for name in class_names(item.text())} - self.classes.keys()

    def _phrases(self, item: Entry) -> frozenset[Phrase]:
        found: frozenset[Phrase] = frozenset()
        for part in item.text().split(";"):
            try:
                found |= phrases(part, self.classes, self._expand)
            except PatternError as error:
                raise item.place.error(str(error)) from error
        return found

    def _known(self) -> frozenset[str]:
        found = {w for ps in self.compiled.values() for p in ps for e in p for phrase in e.phrases for w in phrase}
        return frozenset(found)

    def _spelling(self, words: Mapping[str, Entry], known: frozenset[str]) -> Spelling:
        glued = {
            written: tuple(meant.split()) for meant, entry in words["glued"].items() for written in entry.text().split()
        }
        lexicon = _all_words(words["misspelt"])
        for word in lexicon:
            glued.setdefault(word, self.expansions.get(word, (word,)))
        masked: dict[int, list[str]] = {}
        for word in sorted(set(glued) | lexicon):
            masked.setdefault(ord(word[0]), []).append(word)
        return Spelling(
            known=known,
            expansions=self.expansions,
            fillers=self.fillers,
            acts=_all_words(words["acts"]),
            verbs=_all_words(words["verbs"]),
            laughter=_all_words(words["laughter"]),
            glued=glued,
            together=_all_words(words["together"]),
            ordinary=_all_words(words["ordinary"]),
            unfinished=_all_words(words["unfinished"]),
            continuing=_all_words(words["continuing"]),
            lexicon=lexicon,
            short=_all_words(words["short"]),
            misspelt=Spelling.shortened(sorted(lexicon | self._worth_repairing(known))),
            masked={key: tuple(found) for key, found in masked.items()},
        )

    @staticmethod
    def _worth_repairing(known: frozenset[str]) -> set[str]:
        """Words that a slip of the finger should not hide: all that a rule names, if long enough to be sure of."""
        return {word for word in known if len(word) >= SHORTEST_REPAIRED and word.isascii() and word.isalpha()}

    # Contexts and look-alikes

    @staticmethod
    def _named(entry: Entry, allowed: tuple[str, ...]) -> Iterable[tuple[str, Entry]]:
        return entry.mapping(allowed=allowed, required=allowed).items()

    @staticmethod
    def _effect(entry: Entry) -> Effect:
        given = entry.mapping(allowed=_EFFECT_KEYS)
        return Effect(
            becomes=given["becomes"].one_of(LEVELS) if "becomes" in given else None,
            steps=given["steps"].whole_number() if "steps" in given else 0,
            floor=given["floor"].one_of(LEVELS) if "floor" in given else "none",
            action=given["action"].one_of(ACTIONS) if "action" in given else None,
            firm_too=given["firm_too"].flag() if "firm_too" in given else False,
            remark=given["remark"].text() if "remark" in given else "",
        )

    def _context(self, entry: Entry) -> ContextRule:
        given = entry.mapping(allowed=_CONTEXT_KEYS, required=("id", "context", "direction", "scope", "patterns"))
        return ContextRule(
            id=given["id"].text(),
            context=given["context"].one_of(CONTEXTS),
            direction=given["direction"].one_of(DIRECTIONS),
            scope=given["scope"].one_of(SCOPES),
            within=given["within"].whole_number() if "within" in given else 5,
            patterns=self._patterns(given["patterns"]),
            exceptions=self._patterns(given.get("exceptions")),
            categories=self._categories(given.get("categories")),
        )

    def _look_alike(self, entry: Entry) -> LookAlike:
        given = entry.mapping(allowed=_LOOK_ALIKE_KEYS, required=("id", "patterns"))
        return LookAlike(
            id=given["id"].text(),
            patterns=self._patterns(given["patterns"]),
            categories=self._categories(given.get("categories")),
            reviewed=_reviewed(given.get("reviewed")),
        )

    @staticmethod
    def _categories(entry: Entry | None) -> frozenset[str]:
        return frozenset(item.one_of(CATEGORIES) for item in entry.entries()) if entry else frozenset()

    def _patterns(self, entry: Entry | None) -> tuple[str, ...]:
        if entry is None:
            return ()
        out = []
        for item in entry.entries():
            for text in (part.strip() for part in item.text().split(";")):
                if text and text not in self.compiled:
                    try:
                        self.compiled[text] = tuple(parse(text, self.classes, self._expand))
                    except PatternError as error:
                        raise item.place.error(str(error)) from error
                if text:
                    out.append(text)
        return tuple(out)

    # Category files

    def _category_file(self, path: Path) -> None:
        given = read_yaml(path).mapping(
            allowed=("category", "language", "reviewed", "groups"), required=("groups", "reviewed")
        )
        defaults: dict[str, Entry] = {key: given[key] for key in ("category", "reviewed") if key in given}
        language = given["language"].text() if "language" in given else "en"
        for entry in given["groups"].entries():
            self._group(entry, defaults, language)

    def _group(self, entry: Entry, defaults: Mapping[str, Entry], language: str) -> None:
        given = entry.mapping(allowed=_GROUP_KEYS, required=("group", "must", "must_not", "rules"))
        own: dict[str, Entry] = {key: given[key] for key in ("category", "level", "action") if key in given}
        merged = {**defaults, **own}
        if "category" not in merged:
            raise entry.place.error("the key 'category' is missing, here and at the head of the file")
        category = merged["category"].one_of(CATEGORIES)
        for flagged, key in ((True, "must"), (False, "must_not")):
            for item in given[key].entries():
                place = f"{item.place.file}:{item.place.line}"
                example = Example(
                    group=given["group"].text(), category=category, text=item.text(), flagged=flagged, place=place
                )
                self.examples.append(example)
        for item in given["rules"].entries():
            self._rule(item, merged, language)

    def _rule(self, entry: Entry, defaults: Mapping[str, Entry], language: str) -> None:
        own = entry.mapping(allowed=_RULE_KEYS, required=("id", "literal"))
        given: dict[str, Entry] = {**defaults, **own}
        for key in ("category", "level", "action"):
            if key not in given:
                raise entry.place.error(f"the key {key!r} is missing, here and in the group")
        name = given["id"].text()
        if name in self.rules:
            raise given["id"].place.error(f"the rule {name!r} is there twice")
        token_patterns = given["token_patterns"].plain() if "token_patterns" in given else []
        own_patterns = given.get("patterns") or (None if token_patterns else given["literal"])
        self.rules[name] = Rule(
            id=name,
            literal=given["literal"].text(),
            category=given["category"].one_of(CATEGORIES),
            level=given["level"].one_of(LEVELS),
            action=given["action"].one_of(ACTIONS),
            reviewed=_reviewed(given.get("reviewed")),
            language=language,
            firm=given["firm"].flag() if "firm" in given else False,
            keeps=frozenset(item.one_of(CONTEXTS) for item in given["keeps"].entries())
            if "keeps" in given
            else frozenset(),
            within=given["within"].whole_number() if "within" in given else 30,
            patterns=self._patterns(own_patterns),
            token_patterns=tuple(_frozen(item) for item in token_patterns),
            exceptions=self._patterns(given.get("exceptions")),
            unless=self._patterns(given.get("unless")),
            unless_anywhere=self._patterns(given.get("unless_anywhere")),
            needs=self._patterns(given.get("with")),
        )


def _all_words(entry: Entry) -> frozenset[str]:
    return frozenset(word for item in entry.entries() for word in item.text().split())


def _frozen(pattern: Any) -> Any:
    return tuple(pattern) if isinstance(pattern, list) else pattern


def _reviewed(entry: Entry | None) -> Reviewed:
    if entry is None:
        return Reviewed(by="none", on=None)
    given = entry.mapping(allowed=("by", "on"), required=("by",))
    on = given["on"].plain() if "on" in given else None
    return Reviewed(by=given["by"].text(), on=str(on) if on is not None else None)


__all__ = ["RULES_FOLDER", "ContentError", "load_rules"]
