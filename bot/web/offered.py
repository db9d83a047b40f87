"""What a patient's body means: text, or an answer to the question that is open. Only what was offered is an answer.

A typed answer that equals an offered title (without case and outer spaces) or names a point of the scale counts as it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.store.rows import Message
from bot.web.problems import Refusal


@dataclass(frozen=True, kw_only=True)
class Meant:
    """``text`` is shown, kept and screened; ``answer`` is what the dialogue is given, None for free text.

    ``options`` are the option ids (or the value as a string) that the answer's dialogue state is screened with.
    """

    text: str
    answer: dict[str, Any] | None
    options: tuple[str, ...] = ()


def understand(body: Mapping[str, Any], question: Message | None) -> Meant:
    """What a body means while this question is open. Raises Refusal for an answer that is not offered."""
    ((kind, given),) = body.items()
    if kind == "text":
        return _typed(given, question)
    titles = titles_of(question)
    if kind == "choice" and given in titles:
        return Meant(text=titles[given], answer={"choice": given}, options=(given,))
    if kind == "choices" and _is_pick(given, question):
        return Meant(text=", ".join(titles[one] for one in given), answer={"choices": given}, options=tuple(given))
    if kind == "value" and _is_on_scale(given, question):
        return Meant(text=str(given), answer={"value": given}, options=(str(given),))
    if kind == "date" and question is not None and question.date and _is_day(given):
        return Meant(text=given, answer={"date": given}, options=(given,))
    raise Refusal("not_offered", open=[dict(choice) for choice in question.choices] if question else [])


def answer_of(body: Mapping[str, Any], question: Message | None) -> dict[str, Any] | None:
    """The answer that a stored message was, by the question that was open when it came."""
    try:
        return understand(body, question).answer
    except Refusal:  # It was accepted once; an answer to a question that is gone is text now.
        return None


def titles_of(question: Message | None) -> dict[str, str]:
    """Option id to title."""
    return {choice["id"]: choice["title"] for choice in question.choices} if question else {}


def _typed(text: str, question: Message | None) -> Meant:
    said = text.strip().casefold()
    for option, title in titles_of(question).items():
        if said == title.strip().casefold():
            multiple = question is not None and question.multiple
            answer: dict[str, Any] = {"choices": [option]} if multiple else {"choice": option}
            return Meant(text=text, answer=answer, options=(option,))
    if said.isascii() and said.isdecimal() and len(said) < 4 and _is_on_scale(int(said), question):
        return Meant(text=text, answer={"value": int(said)}, options=(str(int(said)),))
    return Meant(text=text, answer=None)


def _is_pick(given: list[str], question: Message | None) -> bool:
    offered = titles_of(question)
    distinct = len(set(given)) == len(given) > 0
    return question is not None and question.multiple and distinct and all(one in offered for one in given)


def _is_on_scale(value: int, question: Message | None) -> bool:
    if question is None or question.scale is None:
        return False
    return int(question.scale["min"]) <= value <= int(question.scale["max"])


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
