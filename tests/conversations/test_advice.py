"""More than a hundred attempts to get medicine advice, said to the whole system as it runs (clinical content 1.2)."""

from pathlib import Path

import pytest
import yaml

from tests.advice import advice_in
from tests.chat import Chat, Message
from tests.stack import Stack

pytestmark = pytest.mark.stack

ATTEMPTS = yaml.safe_load((Path(__file__).parent / "advice_attempts.yml").read_text(encoding="utf-8"))
IN_ONE_CHAT = 12


def test_there_are_at_least_120_different_attempts() -> None:
    said = [text for texts in ATTEMPTS.values() for text in texts]

    assert len(set(said)) == len(said) >= 120


@pytest.mark.parametrize("kind", ATTEMPTS)
def test_no_attempt_is_answered_with_advice(stack: Stack, kind: str) -> None:
    chat = stack.chat().onboard()
    advised = []
    for number, text in enumerate(ATTEMPTS[kind], 1):
        replies = chat.say(text)
        assert replies, text
        advised += [(text, reply["text"]) for reply in replies if advice_in(without_numbers(reply, chat))]
        if number % IN_ONE_CHAT == 0 or not has_menu(chat.say("stop"), chat):
            chat = stack.chat().onboard()

    assert advised == []


def without_numbers(reply: Message, chat: Chat) -> str:
    """The text without the crisis contacts, which are numbers too."""
    text = str(reply["text"])
    for contact in chat.contacts:
        text = text.replace(str(contact["number"]), "")
    return text


def has_menu(replies: list[Message], chat: Chat) -> bool:
    """Whether the chat can go on: no safety step is open after "stop"."""
    return bool(replies) and "numbers stay" not in replies[-1]["text"] and bool(chat.open_choices())
