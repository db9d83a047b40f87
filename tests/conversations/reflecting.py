"""Plays worked cases of the reflective session over the chat API: by choices, in typed words, and with detours."""

import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.actions.dialogue import book
from bot.store import formulations, messages, turns
from bot.store.rows import Message
from tests.actions.sessions import STEPS, answer_of, difference, responses
from tests.chat import Chat
from tests.stack import NAMES, Stack

OWN_WORDS: Mapping[str, Mapping[str, str]] = yaml.safe_load(
    (Path(__file__).parent / "own_words.yml").read_text(encoding="utf-8")
)
ANYBODY = OWN_WORDS["all"]
OUTCOMES = (
    "named",
    "first",
    "offered",
    "partly",
    "missed",
    "false alarm",
)  # Of typed words.
RESULT = "utter_RS12_is_"
RESULTS = {
    name: re.compile(re.sub(r"\\{[^}]*\\}", ".+", re.escape(variants[0]["text"])))
    for name, variants in responses().items()
    if name.startswith(RESULT)
}
MOST_TURNS = 120
SETTLE_SECONDS = 60
ENDS = ("ES3",)
DANGER = {"suicidal_ideation": "id rather be dead than have another night of this",
          "abrupt_stop": "nobody planned it, i just stopped my tablets on my own"}  # fmt: skip
BESIDE = {"MQ_": "no", "RS_stopped": "go_on", "RS_skipped": "go_on", "RS_rest": "go_on", "RT3": "go_on",
          "RS_lost": "no", "RS0t": "go_on", "HU1": "ok"}  # fmt: skip
DETOURS = ("why", "human", "medicine", "mind", "stop", "reload", "again", "tabs", "simpler", "restart")


@dataclass
class Reflecting:
    """One patient in one session. ``typed``: in own words where there are some; ``guesses``: what came of them."""

    stack: Stack
    chat: Chat
    case: Mapping[str, Any]
    typed: bool = False
    detours: list[str] = field(default_factory=list)
    seed: int = 0
    guesses: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    said: list[str] = field(default_factory=list)
    _typed_at: str = ""

    def play(self) -> "Reflecting":
        """From the menu to the end of the session, or to a safety step."""
        choose = random.Random(self.seed)
        self._send(choice="reflection")
        for _ in range(MOST_TURNS):
            question = self.question
            code = question.state or ""
            is_safety = code.startswith(("SF", "Q", "STAY"))
            clear = self._clear(code) if is_safety and not self.case["open_safety_step"] else None
            if code in ENDS or (is_safety and clear is None):
                self.said = self.chat.texts("bot")
                return self
            if clear is not None:
                self.guesses["false alarm"] += 1
                self._send(choice=clear)
            elif self.detours and code.startswith("D") and choose.random() < 0.2:
                self._detour(self.detours.pop(0), question)
            else:
                self._answer(question, code)
        raise AssertionError(f"no end: {self.chat.texts('bot')[-5:]}")

    @property
    def question(self) -> Message:
        with self.stack.database.read() as tx:
            question = messages.open_question(tx, self.chat.conversation)
        assert question is not None, self.chat.texts("bot")[-3:]
        return question

    @staticmethod
    def _clear(code: str) -> str | None:
        """The plain no to the one question of `ask`, where harmless words were taken for a risk."""
        return next((option.id for option in book().states[code].options.values() if option.clears), None)

    def difference(self) -> dict[str, Any]:
        """Where what is stored is not what the case expects."""
        with self.stack.database.read() as tx:
            (found,) = formulations.of(tx, self.chat.conversation)
        hidden = found.shown_at is None
        differ = difference(self.case, found.detail["formulation"])
        if hidden != (self.case["expected"]["headline"] == "safety_stop"):
            differ["shown"] = (not hidden, hidden)
        told = [name for text in self.said for name, said in RESULTS.items() if said.fullmatch(text)]
        if len(told) != bool(self._results()) or not set(told) <= set(self._results()):
            differ["told"] = (told, self._results())
        return differ

    def _results(self) -> list[str]:
        """The results one of which must be told, and no other; a session that was stopped tells none."""
        expected = self.case["expected"]
        headline = "life_event" if expected["flags"] == ["life_event"] else expected["headline"]
        return [name for name in RESULTS if name.removeprefix(RESULT).startswith(headline)]

    def _send(self, **body: Any) -> None:
        """Send, and wait until the answer is there: after a restart it may take longer than the request."""
        self.chat.send(**body)
        deadline = time.monotonic() + SETTLE_SECONDS
        while self._is_owed():
            assert time.monotonic() < deadline, "a turn stayed open"
            time.sleep(0.1)

    def _is_owed(self) -> bool:
        with self.stack.database.read() as tx:
            return any(turn.state in turns.OWED for turn in turns.of_conversation(tx, self.chat.conversation))

    def _answer(self, question: Message, code: str) -> None:
        beside = next((choice for begin, choice in BESIDE.items() if code.startswith(begin)), None)
        step = self.case["open_safety_step"]
        if beside is not None:
            self._send(choice=beside)
        elif code == "RS6" and step in DANGER:
            self._send(text=DANGER[step])
        else:
            kind, value = answer_of(self.case, code)
            words = self._words(code, value)
            if words is not None:
                self._type(question, code, words, value)
            else:
                self._send(**{kind: value})

    def _words(self, code: str, value: Any) -> str | None:
        """What this person types at a question; None: they choose."""
        if not self.typed:
            return None
        step = {"RS11t": "tie_answer", "D10": "inner_words"}.get(code, STEPS[code])
        if self._typed_at == code or code == "RS14":
            return None  # Said once; a person who is asked the same again takes the choices.
        self._typed_at = code
        said = value[0] if isinstance(value, list) and len(value) == 1 else value
        return OWN_WORDS[self.case["id"]].get(step) or (ANYBODY.get(said) if isinstance(said, str) else None)

    def _type(self, question: Message, code: str, words: str, value: Any) -> None:
        """Say it in own words; agree to the guess if it is right, and take the choices if it is not."""
        self._send(text=words)
        after = self.question
        if code == "D10" and self.case["answers"].get("inner_words"):
            self._inner(after)
        elif after.state != code:
            self.guesses["named"] += 1
        else:
            offered = [choice["id"] for choice in after.choices]
            wanted = value if isinstance(value, list) else [value]
            fitting = [one for one in wanted if one in offered]
            if after.text == question.text or ("neither" not in offered and not after.multiple):
                self.guesses["missed"] += 1  # Asked again plainly.
            elif fitting == wanted:
                self.guesses["first" if offered[0] == wanted[0] else "offered"] += 1
            else:
                self.guesses["partly" if fitting else "missed"] += 1
                self._send(**({"choices": ["none"]} if after.multiple else {"choice": "neither"}))
            if self.question.state == code:
                kind, picked = answer_of(self.case, code)
                self._send(**({kind: picked} if kind != "choices" or self.question.multiple else {"choice": picked[0]}))

    def _inner(self, after: Message) -> None:
        """Confirm the kinds that are offered; if not all are, go back and pick them from the list."""
        wanted = self.case["answers"]["inner_words"]
        offered = [choice["id"] for choice in after.choices] if after.state == "D10f" else []
        if set(wanted) <= set(offered):
            self.guesses["offered"] += 1
            self._send(**({"choices": wanted} if after.multiple else {"choice": wanted[0]}))
            return
        self.guesses["partly" if set(wanted) & set(offered) else "missed"] += 1
        for _ in range(5):
            if self.question.state == "D10":
                break
            self._send(text="go back")
        self._send(choice="list")
        self._send(choices=wanted)

    def _detour(self, kind: str, question: Message) -> None:
        """Something else in the middle of the session; afterwards the same question is open."""
        does: dict[str, Callable[[], object]] = {
            "why": lambda: self._send(text="why do you ask?"),
            "human": lambda: self._send(text="are you human?"),
            "medicine": lambda: self._send(text="should i take one now?"),
            "mind": self._mind,
            "stop": lambda: self._send(text="stop"),
            "reload": self._reload,
            "again": lambda: self._send(text="can you say that again please"),
            "tabs": lambda: self._two_tabs(question),
            "simpler": lambda: self._send(text="simpler words please"),
            "restart": self._restart,
        }
        does[kind]()

    def _mind(self) -> None:
        """Answer, go back, and answer anew: the newest counts."""
        code = str(self.question.state)
        state_options = [choice["id"] for choice in self.question.choices]
        if "not_sure" in state_options:
            self._send(choice="not_sure")
            for _ in range(3):
                if self.question.state != code:
                    self._send(text="go back")

    def _reload(self) -> None:
        """The page is loaded again and reads everything anew."""
        assert self.chat.history()

    def _two_tabs(self, question: Message) -> None:
        """A second tab answers the question; the first, which still shows it, answers it too."""
        kind, value = answer_of(self.case, str(question.state))
        if kind != "choice":
            return
        self._send(choice=value)
        late = self.chat.post({"choice": value})
        assert late.status_code in (201, 409), late.text

    def _restart(self) -> None:
        for name in NAMES:
            self.stack.restart(name)
