"""What people do in the middle of a session that is no answer to its question, or an odd way to give one.

detours.yml says in which session which of them comes at which question. Afterwards the session goes on as if nothing
had been, and what it adds up to is the same.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from bot.store import messages
from tests.conversations.playing import let_pass
from tests.stack import NAMES

if TYPE_CHECKING:
    from tests.conversations.reflecting import Reflecting

Detour = Callable[["Reflecting", str], None]

A_NIGHT = timedelta(hours=20)
BACK_AT_MOST = 4


@dataclass(frozen=True, kw_only=True)
class Detoured:
    """One session of the file: a worked case, how it is answered, and the kinds of detours by question."""

    case: str
    typed: bool
    at: Mapping[str, Sequence[str]]

    @property
    def is_alone(self) -> bool:
        """Whether it stops processes that others need too."""
        return any("restart" in kinds for kinds in self.at.values())

    @property
    def name(self) -> str:
        return " ".join(f"{code}:{'+'.join(kinds)}" for code, kinds in self.at.items())


def detoured() -> list[Detoured]:
    """The sessions of the file, in its order."""
    rows = yaml.safe_load((Path(__file__).parent / "detours.yml").read_text(encoding="utf-8"))
    return [
        Detoured(
            case=row["case"],
            typed=row["typed"],
            at={code: kinds if isinstance(kinds, list) else [kinds] for code, kinds in row["at"].items()},
        )
        for row in rows
    ]


def says(text: str) -> Detour:
    """Something else is said; the question that was open comes again, at once or after what is put in between."""
    return lambda session, _code: session.send(text=text)


def changes_mind(session: "Reflecting", code: str) -> None:
    """Answer otherwise, go back, and answer anew: the newest counts."""
    session.send(choice="not_sure")
    for _ in range(BACK_AT_MOST):
        if session.question.state == code:
            return
        session.send(text="go back")
    raise AssertionError(f"going back does not lead to {code}")


def another_day(session: "Reflecting", code: str) -> None:
    """Stop, leave it, sleep, and go on where it was left."""
    session.send(text="stop")
    assert session.question.state == "RS_stopped"
    session.send(choice="leave")
    let_pass(session.stack, session.chat.conversation, A_NIGHT)
    session.reopen()
    assert session.question.state == "RT3"
    session.send(choice="go_on")
    assert session.question.state == code


def reloads(session: "Reflecting", code: str) -> None:
    """The page is loaded again: all that was said is there, and the question is open."""
    before = session.chat.history()
    session.reopen()
    assert session.chat.history() == before
    assert session.question.state == code


def two_tabs(session: "Reflecting", code: str) -> None:
    """The same answer is given in two tabs at the same time: one counts, the other is told that it came too late."""
    body = {**session.answer(code), "question": session.question.id}
    with ThreadPoolExecutor(2) as tabs:
        codes = sorted(tabs.map(lambda _: session.chat.post(body).status_code, range(2)))
    assert codes == [201, 409], codes
    session.settle()


def restarts(session: "Reflecting", code: str) -> None:
    """Every process dies as soon as the answer is accepted, and comes back: the answer is there, once."""
    answer = session.chat.post(session.answer(code), wait=None)
    assert answer.status_code == 201, answer.text
    for name in NAMES:
        session.stack.kill(name)
    session.stack.start(*NAMES)
    session.settle()
    with session.stack.database.read() as tx:
        told: list[Any] = messages.transcript(tx, session.chat.conversation)
    assert sum(one.id == answer.json()["message"]["id"] for one in told) == 1


KINDS: Mapping[str, Detour] = {
    "why": says("why do you ask?"),
    "human": says("are you human?"),
    "advice": says("should i take one now?"),
    "again": says("can you say that again please"),
    "simpler": says("simpler words please"),
    "seen": says("has anyone read this yet?"),
    "thanks": says("thanks"),
    "person": says("i want to talk to a real person"),
    "stop": says("stop"),
    "alarm": says("i feel like i cant go on"),
    "mind": changes_mind,
    "day": another_day,
    "reload": reloads,
    "tabs": two_tabs,
    "restart": restarts,
}
