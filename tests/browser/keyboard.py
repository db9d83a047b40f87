"""A whole session at the keyboard: answers are given by Tab, Space, arrows and Enter, and by nothing else."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import expect

from bot.store import messages
from bot.store.rows import Message
from tests.browser.phone import Phone
from tests.conversations.reflecting import Reflecting
from tests.waiting import wait_until

MOST_STOPS = 60
SEND = "Send this answer"


@dataclass(kw_only=True)
class AtTheKeyboard(Reflecting):
    """Plays a worked case on a page, where `Reflecting` plays it over the API. ``wide``: what did not fit its width."""

    phone: Phone
    wide: list[str]

    def _send(self, **body: Any) -> None:
        question, before = self.question, self._sent()
        ((kind, value),) = body.items()
        if kind == "choice":
            self._pick(self._title(question, value))
            self._press("Enter")
        elif kind == "choices":
            for choice in question.choices:
                if choice["id"] in value:
                    self._pick(choice["title"])
                    self._press("Space")
            self._pick(SEND)
            self._press("Enter")
        elif kind == "value":
            self._scale(value)
        else:
            self._pick("Your message")
            self.phone.page.keyboard.type(str(value))
            self._press("Enter")
        wait_until(lambda: self._sent() > before and not self._is_owed())
        expect(self.phone.bot.last).to_have_text(self._last_words())
        self.wide += self.phone.beyond_the_edge()

    def _scale(self, value: int) -> None:
        page = self.phone.page
        expect(page.get_by_role("radio").first).to_be_visible()
        for _ in range(MOST_STOPS):
            self._press("Tab")
            if page.evaluate("document.activeElement.type === 'radio'"):
                break
        self._press("Space")
        for _ in range(value):
            self._press("ArrowRight")
        self._pick(SEND)
        self._press("Enter")

    def _pick(self, name: str) -> None:
        """Go to what has this name, wherever the focus is."""
        for _ in range(MOST_STOPS):
            if self.phone.focused() == name:
                return
            self._press("Tab")
        raise AssertionError(f"Tab never came to {name!r}")

    def _title(self, question: Message, option: str) -> str:
        return next(choice["title"] for choice in question.choices if choice["id"] == option)

    def _press(self, key: str) -> None:
        self.phone.page.keyboard.press(key)

    def _sent(self) -> int:
        with self.stack.database.read() as tx:
            told = messages.transcript(tx, self.chat.conversation)
        return sum(message.sender == "patient" for message in told)

    def _last_words(self) -> str:
        with self.stack.database.read() as tx:
            return [one.text for one in messages.after(tx, self.chat.conversation, 0) if one.sender == "bot"][-1]
