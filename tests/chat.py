"""A patient's side of the chat API, for tests: open a conversation, say things, answer questions, read on."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import httpx

Message = dict[str, Any]

# What a new patient of the clinic answers on the way to the menu, whichever of these is offered.
ONBOARDING = (
    "go_on",
    "understood",
    "safe",
    "adult",
    "patient",
    "worry_sleep",
    "agree",
    "skip",
    "no_one",
    "tablet",
)
MENU = "check_in"


class Chat:
    """One conversation. ``messages`` are those that this patient's page has seen, its own not included."""

    def __init__(self, client: httpx.Client, *, clinic: str, language: str = "en", identity: str | None = None) -> None:
        self.client = client
        body = {"clinic": clinic, "language": language} | ({"identity": identity} if identity else {})
        answer = client.post("/api/v1/conversations", json=body, headers={"Prefer": "wait=8"})
        while answer.status_code == 429:  # Many at once from one address are slowed down on purpose.
            time.sleep(1)
            answer = client.post("/api/v1/conversations", json=body, headers={"Prefer": "wait=8"})
        assert answer.status_code == 201, answer.text
        self.opened: dict[str, Any] = answer.json()
        self.conversation: str = self.opened["conversation"]
        self.token: str = self.opened["token"]
        self.contacts: list[dict[str, Any]] = self.opened["crisis_contacts"]
        self.messages: list[Message] = list(self.opened["messages"])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def post(self, body: dict[str, Any], *, client_id: str = "", wait: float | None = 8) -> httpx.Response:
        """Send one message as it is given, and give the answer as it comes."""
        headers = self.headers | ({"Prefer": f"wait={wait}"} if wait else {})
        client_id = client_id or str(uuid4())
        return self.client.post("/api/v1/messages", json={"client_id": client_id, **body}, headers=headers)

    def send(self, **body: Any) -> dict[str, Any]:
        """Send one message, which must be accepted, and give the answer; its replies are added to ``messages``."""
        answer = self.post(body)
        assert answer.status_code == 201, answer.text
        received: dict[str, Any] = answer.json()
        self.messages += received["replies"]
        return received

    def say(self, text: str) -> list[Message]:
        """The replies to a text."""
        return list(self.send(text=text)["replies"])

    def choose(self, choice: str) -> list[Message]:
        """The replies to an offered choice, by its id or its title."""
        offered = {entry["title"]: entry["id"] for entry in self.open_choices()}
        return list(self.send(choice=offered.get(choice, choice))["replies"])

    def onboard(self) -> "Chat":
        """Answer the questions of onboarding, consent among them, until the menu is there."""
        for _ in range(30):
            if not self.open_choices():  # The first words came late.
                self.messages = self.wait_for(_is_asked)
            offered = [choice["id"] for choice in self.open_choices()]
            if MENU in offered:
                return self
            choice = next(one for one in ONBOARDING if one in offered)
            question = next(message for message in reversed(self.messages) if message["choices"])
            answer = self.send(**({"choices": [choice]} if question.get("multiple") else {"choice": choice}))
            if not any(reply["choices"] for reply in answer["replies"]):  # Answered late: read on.
                self.messages = self.wait_for(partial(_is_asked, beside=question["id"]))
        raise AssertionError(f"no menu after onboarding: {[message['text'] for message in self.messages]}")

    def wait_for(self, said: Callable[[list[Message]], bool], *, seconds: float = 60) -> list[Message]:
        """Read on until the conversation is as wished; gives it. Fails with what it shows instead."""
        deadline = time.monotonic() + seconds
        while not said(shown := self.history()):
            if time.monotonic() > deadline:
                raise AssertionError([f"{one['from']}: {one['text']}" for one in shown])
            time.sleep(0.2)
        return shown

    def open_choices(self) -> list[dict[str, str]]:
        return next((list(message["choices"]) for message in reversed(self.messages) if message["choices"]), [])

    def history(self, after: str = "") -> list[Message]:
        """Everything that the conversation shows now, oldest first."""
        answer = self.client.get("/api/v1/messages", params={"after": after} if after else {}, headers=self.headers)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        return list(body["messages"] if isinstance(body, dict) else body)

    def texts(self, sender: str) -> list[str]:
        """What one side has said, as the conversation shows it now."""
        return [message["text"] for message in self.history() if message["from"] == sender]


def _is_asked(shown: list[Message], beside: str = "") -> bool:
    """Whether a question is open other than the one ``beside``."""
    last = next((message["id"] for message in reversed(shown) if message["choices"]), None)
    return last not in (None, beside)
