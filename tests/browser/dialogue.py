"""What the bot says in these tests: lines in order, then an echo. Everything around it is real."""

from typing import Any

from tests.web.api.servers import FakeRasa

Reply = dict[str, Any]

HELLO: Reply = {"text": "Hello. I am a computer program, not a person."}


def choices(text: str, *titles: str, **more: Any) -> Reply:
    """A question with choices; an option's id is its title in small letters."""
    offered = [{"id": title.lower().replace(" ", "_"), "title": title} for title in titles]
    return {"text": text, "choices": offered, "state": "T1", **more}


def scale(text: str, *titles: str, low: int = 0, high: int = 10) -> Reply:
    """A question with a scale, and choices beside it."""
    return choices(text, *titles, scale={"min": low, "max": high, "low": "none", "high": "very strong"})


class Dialogue:
    """The lines still to come. Each turn says the next one."""

    def __init__(self, rasa: FakeRasa) -> None:
        self.rasa = rasa
        self.lines: list[list[Reply]] = []
        self.opening = HELLO
        rasa.reply = self._reply

    def will_say(self, *replies: Reply) -> None:
        self.lines.extend([reply] for reply in replies)

    def will_say_together(self, *replies: Reply) -> None:
        """All of them in one turn."""
        self.lines.append(list(replies))

    def hears_danger(self) -> None:
        """From now on layer 2 hears danger in everything; what layer 1 makes of words is tested elsewhere."""
        found = {"level": "urgent", "action": "page", "categories": ["suicidal_ideation"], "reasons": ["a test"]}
        self.rasa.meaning = found

    @property
    def answers(self) -> list[Any]:
        """The structured answers that the dialogue was given."""
        return [body["answer"] for body in self.rasa.asked if body["answer"]]

    @property
    def texts(self) -> list[str]:
        return [body["text"] for body in self.rasa.asked if not body["open"]]

    def _reply(self, body: dict[str, Any]) -> list[Reply]:
        if body["open"]:
            return [self.opening]
        return self.lines.pop(0) if self.lines else [{"text": "I have read that."}]
