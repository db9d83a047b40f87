"""Plays worked cases of the reflective session over the chat API: by choices, in typed words, and with detours."""

import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import yaml

from bot.actions.dialogue import book
from bot.store import formulations, messages, turns
from bot.store.rows import Message
from tests.actions.sessions import STEPS, VIGNETTES, answer_of, difference, responses
from tests.chat import Chat
from tests.conversations.detours import KINDS
from tests.conversations.playing import open_chat
from tests.stack import Stack

CASES: Mapping[str, Mapping[str, Any]] = {case["id"]: case for case in VIGNETTES}
OWN_WORDS: Mapping[str, Mapping[str, str]] = yaml.safe_load(
    (Path(__file__).parent / "own_words.yml").read_text(encoding="utf-8")
)
ANYBODY = OWN_WORDS["all"]
# What came of typed words: taken at once, guessed at (first, or second), in part or not at all; taken for a risk.
OUTCOMES = ("named", "first", "offered", "partly", "missed", "false alarm")
RESULT = "utter_RS12_is_"
RESULTS = {
    name: re.compile(re.sub(r"\\{[^}]*\\}", ".+", re.escape(variants[0]["text"])))
    for name, variants in responses().items()
    if name.startswith(RESULT)
}
MOST_TURNS = 120
SETTLE_SECONDS = 120
END = "ES3"
ASKED_AGAIN = "Q7"  # At the end, after a clear no in the middle.
SAFETY = ("SF", "Q", "STAY")
DANGER = {"suicidal_ideation": "id rather be dead than have another night of this",
          "abrupt_stop": "nobody planned it, i just stopped my tablets on my own"}  # fmt: skip
# What is answered where something was put in between.
BESIDE = {"MQ_": "no", "RS_stopped": "go_on", "RS_skipped": "go_on", "RS_rest": "go_on", "RT3": "go_on",
          "RS_lost": "no", "RS0t": "go_on", "HU1": "ok", "HP1": "safe", "HP2b": "no", "HP2c": "no", "HP2": "chat",
          "HP4": "no", "HP5b": "go_on"}  # fmt: skip


@dataclass
class Reflecting:
    """One patient in one session. ``typed``: in own words where there are some; ``detours``: kinds, by question."""

    stack: Stack
    case: Mapping[str, Any]
    typed: bool = False
    detours: Mapping[str, Sequence[str]] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.patient = uuid4().hex
        self._open = {code: list(kinds) for code, kinds in self.detours.items()}
        self._typed_at = ""
        self.reopen()
        self.chat.onboard()

    def play(self) -> "Reflecting":
        """From the menu to the end of the session, or to a safety step."""
        self.send(choice="reflection")
        for _ in range(MOST_TURNS):
            question = self.question
            code = question.state or ""
            if code == END or (code.startswith(SAFETY) and self.case["open_safety_step"]):
                return self
            if code == ASKED_AGAIN:
                self.send(choice="gone")
            elif code.startswith(SAFETY):
                self._say_no(code)
            elif self._open.get(code) and not _is_guess(question):
                KINDS[self._open[code].pop(0)](self, code)
            else:
                self._answer(question, code)
        raise AssertionError(f"no end: {self.chat.texts('bot')[-5:]}")

    @property
    def question(self) -> Message:
        """The open question. Fails where there is none."""
        with self.stack.database.read() as tx:
            question = messages.open_question(tx, self.chat.conversation)
        assert question is not None, self.chat.texts("bot")[-3:]
        return question

    def difference(self) -> dict[str, Any]:
        """Where what is stored or was told is not what the case expects, and which detours never came."""
        with self.stack.database.read() as tx:
            (found,) = formulations.of(tx, self.chat.conversation)
        hidden = found.shown_at is None
        differ = difference(self.case, found.detail["formulation"])
        if hidden != (self.case["expected"]["headline"] == "safety_stop"):
            differ["shown"] = (not hidden, hidden)
        said = self.chat.texts("bot")
        told = [name for text in said for name, pattern in RESULTS.items() if pattern.fullmatch(text)]
        if len(told) != bool(self._results()) or not set(told) <= set(self._results()):
            differ["told"] = (told, self._results())
        left_out = {code: kinds for code, kinds in self._open.items() if kinds}
        return differ | ({"left out": left_out} if left_out else {})

    def send(self, **body: Any) -> None:
        """Send until it is accepted, as the chat page does, and wait until it is answered."""
        client_id, deadline = uuid4().hex, time.monotonic() + SETTLE_SECONDS
        while not self._is_accepted(body, client_id):
            assert time.monotonic() < deadline, f"{body} was never accepted"
            time.sleep(0.2)
        self.settle()

    def settle(self) -> None:
        """Wait until no turn is owed: after a restart that takes longer than a request."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while self._is_owed():
            assert time.monotonic() < deadline, "a turn stayed open"
            time.sleep(0.05)

    def reopen(self) -> None:
        """Open the chat page, or load it again."""
        self.chat: Chat = open_chat(self.stack.client(), self.patient)
        self.settle()

    def answer(self, code: str) -> dict[str, Any]:
        """What this patient answers at a question, as the body of a message."""
        kind, value = answer_of(self.case, code)
        return {kind: value}

    def _results(self) -> list[str]:
        """The results one of which must be told, and no other; a session that was stopped tells none."""
        expected = self.case["expected"]
        headline = "life_event" if expected["flags"] == ["life_event"] else expected["headline"]
        return [name for name in RESULTS if name.removeprefix(RESULT).startswith(headline)]

    def _is_accepted(self, body: Mapping[str, Any], client_id: str) -> bool:
        try:
            answer = self.chat.post(dict(body), client_id=client_id)
        except httpx.TransportError:
            return False
        assert answer.status_code in (200, 201, 429, 503), f"{body}: {answer.text}"
        return answer.status_code in (200, 201)

    def _is_owed(self) -> bool:
        with self.stack.database.read() as tx:
            return any(turn.state in turns.OWED for turn in turns.of_conversation(tx, self.chat.conversation))

    def _answer(self, question: Message, code: str) -> None:
        beside = next((choice for begin, choice in BESIDE.items() if code.startswith(begin)), None)
        step = self.case["open_safety_step"]
        words = None if beside or _is_guess(question) else self._words(code)
        if beside is not None:
            self.send(choice=beside)
        elif code == "RS6" and step in DANGER:
            self.send(text=DANGER[step])
        elif words is not None:
            self._type(question, code, words)
        elif _is_guess(question):
            self._agree(question, code)
        else:
            self.send(**self.answer(code))

    def _words(self, code: str) -> str | None:
        """What this person types at a question; None: they choose."""
        if not self.typed or self._typed_at == code or code == "RS14":
            return None  # Said once; a person who is asked the same again takes the choices.
        self._typed_at = code
        step = {"RS11t": "tie_answer", "D10": "inner_words"}.get(code, STEPS.get(code, ""))
        _, value = answer_of(self.case, code)
        said = value[0] if isinstance(value, list) and len(value) == 1 else value
        return OWN_WORDS[self.case["id"]].get(step) or (ANYBODY.get(said) if isinstance(said, str) else None)

    def _type(self, question: Message, code: str, words: str) -> None:
        """Say it in own words; agree to the guess if it is right, and take the choices if it is not."""
        self.send(text=words)
        while (asked := str(self.question.state)).startswith(SAFETY) and not self.case["open_safety_step"]:
            self._say_no(asked)
        after = self.question
        if code == "D10" and self.case["answers"].get("inner_words"):
            self._confirm_inner(after)
        elif after.state != code:
            self.outcomes["named"] += 1
        elif _is_guess(after):
            self.outcomes[self._agree(after, code)] += 1
        else:
            self.outcomes["missed"] += 1  # Asked again plainly.

    def _say_no(self, code: str) -> None:
        """The plain no to the one question of `ask`. Fails where there is none: harmless words have raised a page."""
        found = [option.id for option in book().states[code].options.values() if option.clears]
        assert found, f"{self.chat.texts('patient')[-1]!r} led to {code}"
        self.outcomes["false alarm"] += 1
        self.send(choice=found[0])

    def _agree(self, guess: Message, code: str) -> str:
        """Pick what is right of a guess, or say that it is none; gives what the guess was worth."""
        _, value = answer_of(self.case, code)
        wanted = value if isinstance(value, list) else [value]
        offered = _offered(guess)
        if set(wanted) <= set(offered):
            self.send(**({"choices": wanted} if guess.multiple else {"choice": wanted[0]}))
            return "first" if offered[0] == wanted[0] else "offered"
        self.send(**({"choices": ["none"]} if guess.multiple else {"choice": "neither"}))
        return "partly" if set(wanted) & set(offered) else "missed"

    def _confirm_inner(self, after: Message) -> None:
        """Confirm the kinds that are offered; if not all are, go back and pick them from the list."""
        wanted = self.case["answers"]["inner_words"]
        offered = _offered(after) if after.state == "D10f" else []
        if set(wanted) <= set(offered):
            self.outcomes["first" if offered[0] in wanted else "offered"] += 1
            self.send(**({"choices": wanted} if after.multiple else {"choice": wanted[0]}))
            return
        self.outcomes["partly" if set(wanted) & set(offered) else "missed"] += 1
        while self.question.state != "D10":
            self.send(text="go back")
        self.send(choice="list")
        self.send(choices=wanted)


def _offered(question: Message) -> list[str]:
    return [choice["id"] for choice in question.choices]


def _is_guess(question: Message) -> bool:
    """Whether a guess is offered here, and not the question's own choices."""
    own = book().states[question.state].options if question.state in book().states else {}
    return any(id_ in ("neither", "none") and id_ not in own for id_ in _offered(question))
