"""The dialogues as data: the states of ``bot/content/dialogues/*.yml``, checked against each other and the wording.

A state puts its question (``wording``, or utter_<state>) after what stands in ``say``; without ``input`` it only says.

- ``input``: choice, choices, scale, text or date. ``options``: id -> what follows from it.
- ``next``: the state that follows ("@queue": the safety step's own order), for an option or for all of them.
- ``only_if``: a condition (conditions.py); a state that does not fit is passed over, to ``otherwise`` or ``next``.
- ``answer``: the name that the answer is stored under (the state's code without it); ``fact``: kept as a fact too;
  ``typed``: free text is an answer here, and is kept as that fact.
- ``ages``: option -> the lowest age that counts as it, where an age may be typed.
- ``skip``: true, or the option that skipping counts as; ``unclear``: the option for a text that twice fits none.
- ``do``: named steps (steps.py); ``with``: a named source of placeholders.
- ``go``: the flow that an option opens; its ``next``, if it has one, follows afterwards.
- ``menu``: the form ends with this question; ``end``: it ends here; ``resume``: what was interrupted goes on first.
- ``guess``: the response that offers what a typed text (of the question before) may have meant (guesses.py).
- ``aside``: where the dialogue goes on after what is put in between here.
- ``quiet``: a signal is recorded without opening the safety step; ``then``, ``clears``: the safety step's own.

A name that ends in "_" is completed by the ``variant`` of ``with`` (values.py).

At the top of a file: ``intents`` begin the dialogue; ``open_in`` lists the limits under which it can be had as well;
``gate`` is a condition without which nothing but its ``otherwise`` is entered; ``pace`` says when a rest is offered
(course.py), and ``back`` that one can go back.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.actions import wording
from bot.content.reading import Entry, read

INPUTS = ("choice", "choices", "scale", "text", "date")
QUEUE = "@queue"
PLACES = ("menu", "consent", "resume", "nothing", "leave", "leave_open")  # Where an option goes, beside the dialogues.
LIMITS = ("refused", "not_patient", "age", "fits", "under_18")
TOP_KEYS = ("dialogue", "form", "start", "intents", "open_in", "gate", "pace", "back", "states")
PACE_KEYS = ("questions", "minutes", "skips", "unclear", "at", "rest", "skipped", "stopped", "lost", "intoxicated")
EXTRA_KEYS = ("consent_text", "follows", "replies", "menus", "guesses", "heavy", "protocol", "questions_at_most",
              "child_writes", "about_other", "checks_again", "timed", "prompts", "advice")  # fmt: skip
STATE_KEYS = ("input", "wording", "say", "options", "next", "otherwise", "only_if", "answer", "fact", "typed", "skip",
              "unclear", "do", "with", "guess", "aside", "ages", "menu", "end", "resume")  # fmt: skip
OPTION_KEYS = ("next", "say", "do", "go", "then", "clears", "quiet")


@dataclass(frozen=True, kw_only=True)
class Option:
    id: str
    next: str | None = None
    say: tuple[str, ...] = ()
    do: tuple[str, ...] = ()
    go: str | None = None
    then: tuple[str, ...] | None = None
    clears: bool = False
    quiet: bool = False


@dataclass(frozen=True, kw_only=True)
class State:
    code: str
    dialogue: str
    form: str | None
    input: str | None = None
    wording: str = ""
    say: tuple[str, ...] = ()
    options: Mapping[str, Option] = field(default_factory=dict)
    next: str | None = None
    otherwise: str | None = None
    only_if: str | None = None
    answer: str = ""
    fact: str | None = None
    typed: str | None = None
    skip: bool | str = False
    unclear: str | None = None
    do: tuple[str, ...] = ()
    values: str | None = None
    guess: str | None = None
    aside: str | None = None
    ages: Mapping[str, int] = field(default_factory=dict)
    menu: bool = False
    end: bool = False
    resume: bool = False


@dataclass(frozen=True, kw_only=True)
class Gate:
    only_if: str
    otherwise: str


@dataclass(frozen=True, kw_only=True)
class Pace:
    """What interrupts a dialogue ``at`` these questions, by which state: a rest, skips, a stop, a lost thread, drink.

    ``questions``, ``minutes``: after so many a rest is offered; ``skips``, ``unclear``: so many in a row.
    """

    questions: int
    minutes: int
    skips: int
    unclear: int
    at: tuple[str, ...]
    rest: str
    skipped: str
    stopped: str
    lost: str
    intoxicated: str

    @property
    def states(self) -> tuple[str, ...]:
        return (self.rest, self.skipped, self.stopped, self.lost, self.intoxicated)


@dataclass(frozen=True, kw_only=True)
class Dialogue:
    """One file: its name, its form (None where nothing is asked in a row), its first state, and its other tables."""

    name: str
    form: str | None
    start: str | None
    intents: tuple[str, ...]
    open_in: tuple[str, ...]
    gate: Gate | None
    pace: Pace | None
    back: bool
    extra: Entry


@dataclass(frozen=True, kw_only=True)
class Book:
    dialogues: Mapping[str, Dialogue]
    states: Mapping[str, State]

    def state(self, code: object) -> State | None:
        return self.states.get(code) if isinstance(code, str) else None

    def begun_by(self, intent: str) -> Dialogue | None:
        """The dialogue that an intent begins."""
        return next((one for one in self.dialogues.values() if intent in one.intents), None)


def load(content: Path, *, conditions: Collection[str], steps: Collection[str], values: Collection[str]) -> Book:
    """Every dialogue of a content folder; the names are those that exist in Python.

    Raises ContentError, with file and line, for what is unknown or does not fit together.
    """
    dialogues: dict[str, Dialogue] = {}
    states: dict[str, State] = {}
    entries: dict[str, Entry] = {}
    for path in sorted((content / "dialogues").glob("*.yml")):
        top = read(path)
        top.only((*TOP_KEYS, *EXTRA_KEYS))
        name = top.need("dialogue", str)
        if name in dialogues:
            top.fail(f"there is another dialogue {name!r}", "dialogue")
        dialogues[name] = _dialogue(top, name)
        found = top.need("states", Entry)
        for code in found:
            if code in states:
                found.fail(f"the state {code!r} stands in {entries[code].path} already", code)
            entries[code] = found.need(code, Entry)
            states[code] = _state(entries[code], code, dialogues[name])
    found_book = Book(dialogues=dialogues, states=states)
    known = {"only_if": conditions, "do": steps, "with": values}
    _check(found_book, entries, content, known)
    return found_book


def _dialogue(top: Entry, name: str) -> Dialogue:
    open_in = tuple(top.have("open_in", list, ()))
    for limit in open_in:
        if limit not in LIMITS:
            top.fail(f"'open_in' has {limit!r}; allowed: {', '.join(LIMITS)}", "open_in")
    gate, pace = top.have("gate", Entry), top.have("pace", Entry)
    if pace is not None:
        pace.only(PACE_KEYS)
    return Dialogue(
        name=name,
        form=top.have("form", str),
        start=top.have("start", str),
        intents=tuple(top.have("intents", list, ())),
        open_in=open_in,
        gate=gate and Gate(only_if=gate.need("only_if", str), otherwise=gate.need("otherwise", str)),
        pace=pace
        and Pace(**{**{key: pace.need(key, object) for key in PACE_KEYS}, "at": tuple(pace.need("at", list))}),
        back=top.have("back", bool, False),
        extra=top,
    )


def _state(entry: Entry, code: str, dialogue: Dialogue) -> State:
    entry.only(STATE_KEYS)
    kind = entry.one_of("input", INPUTS) if "input" in entry else None
    return State(
        code=code,
        dialogue=dialogue.name,
        form=dialogue.form,
        input=kind,
        wording=entry.have("wording", str, f"utter_{code}"),
        say=tuple(entry.have("say", list, ())),
        options={id_: _option(entry["options"], id_) for id_ in entry.have("options", Entry, {})},
        next=entry.have("next", str),
        otherwise=entry.have("otherwise", str),
        only_if=entry.have("only_if", str),
        answer=entry.have("answer", str, code),
        fact=entry.have("fact", str),
        typed=entry.have("typed", str),
        skip=entry.get("skip", False),
        unclear=entry.have("unclear", str),
        do=tuple(entry.have("do", list, ())),
        values=entry.have("with", str),
        guess=entry.have("guess", str),
        aside=entry.have("aside", str),
        ages=entry.have("ages", Entry, {}),
        menu=entry.have("menu", bool, False),
        end=entry.have("end", bool, False),
        resume=entry.have("resume", bool, False),
    )


def _option(options: Entry, id_: str) -> Option:
    entry = options.need(id_, Entry)
    entry.only(OPTION_KEYS)
    return Option(
        id=id_,
        next=entry.have("next", str),
        say=tuple(entry.have("say", list, ())),
        do=tuple(entry.have("do", list, ())),
        go=entry.have("go", str),
        then=tuple(entry.need("then", list)) if "then" in entry else None,
        clears=entry.have("clears", bool, False),
        quiet=entry.have("quiet", bool, False),
    )


def _check(book: Book, entries: Mapping[str, Entry], content: Path, known: Mapping[str, Collection[str]]) -> None:
    for dialogue in book.dialogues.values():
        if dialogue.start is not None and dialogue.start not in book.states:
            dialogue.extra.fail(f"there is no state {dialogue.start!r}", "start")
        _check_pace(dialogue, book, known)
    for code, state in book.states.items():
        entry = entries[code]
        for key, name in _named(state):
            if name not in known[key]:
                entry.fail(f"{key} {name!r} does not exist; those that do: {', '.join(sorted(known[key]))}", key)
        for target in _targets(state):
            if target != QUEUE and target not in book.states:
                entry.fail(f"{code} goes to {target!r}, which is no state")
        _check_flows(state, entry, (*PLACES, *(one.name for one in book.dialogues.values() if one.start)))
        _check_ends(state, entry)
        _check_words(state, entry, content)


def _check_pace(dialogue: Dialogue, book: Book, known: Mapping[str, Collection[str]]) -> None:
    gate, pace = dialogue.gate, dialogue.pace
    if gate is not None and (gate.only_if not in known["only_if"] or gate.otherwise not in book.states):
        dialogue.extra.fail(
            f"the gate names {gate.only_if!r} and {gate.otherwise!r}, one of which does not exist", "gate"
        )
    for code in (*pace.at, *pace.states) if pace is not None else ():
        if code not in book.states:
            dialogue.extra.fail(f"'pace' names {code!r}, which is no state", "pace")


def _named(state: State) -> Iterator[tuple[str, str]]:
    """What a state names of Python: its condition, its source of placeholders, its steps and those of its options."""
    yield from (("only_if", name) for name in (state.only_if,) if name)
    yield from (("with", name) for name in (state.values,) if name)
    yield from (("do", name) for name in state.do)
    yield from (("do", name) for option in state.options.values() for name in option.do)


def _targets(state: State) -> Iterator[str]:
    yield from (target for target in (state.next, state.otherwise, state.aside) if target)
    for option in state.options.values():
        yield from ((option.next,) if option.next else ())
        yield from option.then or ()


def _check_flows(state: State, entry: Entry, known: Collection[str]) -> None:
    """What an option opens is a dialogue that can begin, or a place."""
    for option in state.options.values():
        if option.go is not None:
            entry["options"][option.id].one_of("go", known)


def _check_ends(state: State, entry: Entry) -> None:
    """Nobody gets stuck: every answer leads on, and what skip and unclear count as is an option."""
    for key, value in (("skip", state.skip), ("unclear", state.unclear)):
        if isinstance(value, str) and value not in state.options:
            entry.fail(f"{key} is {value!r}, which is no option", key)
    goes_on = bool(state.next) or state.end or state.menu
    stuck = [id_ for id_, option in state.options.items() if not (goes_on or option.next or option.go)]
    if stuck:
        entry.fail(f"after the option {stuck[0]!r} nothing follows; give it a next or a go")
    if state.input in (None, "scale", "text", "date") and not goes_on and not state.resume:
        entry.fail(f"after {state.code} nothing follows; give it a next, or end: true")
    if state.skip is True and not goes_on:
        entry.fail(f"after skipping {state.code} nothing follows; give it a next", "skip")
    if unknown := set(state.ages) - set(state.options):
        entry.fail(f"'ages' has {min(unknown)!r}, which is no option", "ages")
    if state.menu and state.input != "choice":
        entry.fail("a menu is a choice", "menu")


def _check_words(state: State, entry: Entry, content: Path) -> None:
    """Every response exists, and offers exactly the options of its state."""
    said = (*state.say, *(line for option in state.options.values() for line in option.say), state.guess)
    for name in (*said, *((state.wording,) if state.input else ())):
        if name is not None and not wording.variants(name, wording.FALLBACK, content):
            entry.fail(f"{state.code} says {name!r}, which stands in no file of {wording.FALLBACK}/")
    if state.input:
        _check_options(state, entry, content)
        for name in wording.variants(state.wording, wording.FALLBACK, content):
            _check_drawn(state, entry, content, name)


def _check_options(state: State, entry: Entry, content: Path) -> None:
    """The variants of a question may each offer some of the options, and together all of them."""
    titled = set(wording.titles(state.wording, wording.FALLBACK, content))
    if titled != set(state.options):
        differ = ", ".join(sorted(titled ^ set(state.options)))
        entry.fail(f"the options of {state.code} and the buttons of {state.wording} differ: {differ}")


def _check_drawn(state: State, entry: Entry, content: Path, name: str) -> None:
    drawn = wording.custom(name, wording.FALLBACK, content)
    if state.input == "choices" and not drawn.get("multiple"):
        entry.fail(f"{name} needs custom: {{multiple: true}}")
    if state.input == "scale" and "scale" not in drawn:
        entry.fail(f"{name} needs a custom scale")
