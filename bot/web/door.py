"""What the routes of the chat API share: one value, made when the application starts."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from starlette.requests import Request

from bot.settings import Settings
from bot.store.rows import Clinic, Message
from bot.web import tokens
from bot.web.changes import Changes
from bot.web.rasa import RasaClient
from bot.web.rates import Rate
from bot.web.storing import Store
from bot.web.turns import TurnRunner
from bot.web.writing import Writing

QUESTIONS_KEPT = 5_000


class Questions:
    """The last question of each conversation, so that an answer can be screened while the store is away."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Message] = OrderedDict()

    def keep(self, conversation_id: str, said: Iterable[Message]) -> None:
        """Remember the last of these messages that asks something."""
        asking = [one for one in said if one.sender == "bot" and (one.choices or one.scale or one.date or one.state)]
        if not asking:
            return
        self._kept[conversation_id] = asking[-1]
        self._kept.move_to_end(conversation_id)
        if len(self._kept) > QUESTIONS_KEPT:
            self._kept.popitem(last=False)

    def get(self, conversation_id: str) -> Message | None:
        return self._kept.get(conversation_id)


@dataclass(frozen=True, kw_only=True)
class Door:
    """The front door of this process. Clinics and questions are remembered for when the store is away."""

    settings: Settings
    store: Store
    rasa: RasaClient
    turns: TurnRunner
    changes: Changes
    starts: Rate
    clinics: dict[str, Clinic] = field(default_factory=dict)
    questions: Questions = field(default_factory=Questions)
    writing: Writing = field(default_factory=Writing)


def door_of(request: Request) -> Door:
    """The front door of the application that this request came to."""
    door: Door = request.app.state.door
    return door


def authenticate(request: Request, *, expired_too: bool = False) -> tokens.Token:
    """The token of the request; its clinic's contacts stand in every problem from here on. Raises Refusal."""
    door = door_of(request)
    keyring = door.store.db.keyring
    token = tokens.read(keyring, request.headers.get("authorization"), expired_too=expired_too)
    request.state.clinic = door.clinics.get(token.clinic_id)
    return token
