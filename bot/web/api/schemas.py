"""The shapes of the chat API: what is checked on the way in, and what the description at /openapi.json is made from."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictInt

TEXT_CHARACTERS = 16_000
LANGUAGE = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$"

Level = Literal["emergency", "urgent", "same_day", "note"]
Id = Annotated[str, Field(min_length=1, max_length=200)]


class Request(BaseModel):
    """What a client sends: nothing but what is named."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class StartConversation(Request):
    """Start a conversation, or resume the one of the patient that `identity` names."""

    clinic: Annotated[str, Field(min_length=1, max_length=100)]
    language: Annotated[str, Field(pattern=LANGUAGE, max_length=35)] | None = None
    identity: Annotated[str, Field(min_length=1, max_length=4096)] | None = None


class SendMessage(Request):
    """One message: text, or an answer to the question that is open. Exactly one of the five kinds."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": [kind]} for kind in ("text", "choice", "choices", "value", "date")]}
    )

    client_id: Annotated[UUID, Field(description="made by the client, once per message: sent again, it is stored once")]
    text: Annotated[str, Field(max_length=TEXT_CHARACTERS, description="kept byte for byte")] | None = None
    choice: Id | None = None
    choices: Annotated[list[Id], Field(max_length=100)] | None = None
    question: Annotated[
        Id | None, Field(description="the question that a tap answers: no other is answered. A text is always kept")
    ] = None
    value: Annotated[StrictInt, Field(ge=-1_000_000, le=1_000_000)] | None = None
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="a day, as in RFC 3339")] | None = None


class Sign(Request):
    """For a person who holds the conversation: the patient is writing, or has read up to a message."""

    writing: bool = False
    read: Annotated[str, Field(min_length=1, max_length=64, description="the id of a message")] | None = None


class Choice(BaseModel):
    id: str
    title: str


class Scale(BaseModel):
    min: int
    max: int
    low: str | None = None
    high: str | None = None


class Contact(BaseModel):
    """Whom to call. `tel` and `text_to` belong behind "tel:" and "sms:"."""

    role: str
    name: str
    number: str
    tel: str | None
    text_to: str | None
    hours: str


class Message(BaseModel):
    id: str
    sender: Annotated[Literal["patient", "bot", "staff"], Field(alias="from")]
    name: str | None = None
    text: str
    choices: list[Choice]
    multiple: Literal[True] | None = None
    scale: Scale | None = None
    date: Literal[True] | None = None
    taken_back: Annotated[Literal[True] | None, Field(description="by the patient; `text` is empty then")] = None
    at: Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class Crisis(BaseModel):
    """To be shown at once, above everything else."""

    level: Level
    text: str
    contacts: list[Contact]


class Token(BaseModel):
    token: str
    expires_at: Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class Started(Token):
    conversation: str
    resumed: bool
    messages: list[Message]
    cursor: Annotated[int, Field(description="for GET /api/v1/messages?after= and Last-Event-ID")]
    crisis_contacts: list[Contact]


class Received(BaseModel):
    """The message is durable. `replies` is filled if the request said `Prefer: wait=8`."""

    message: Message
    crisis: Crisis | None
    replies: list[Message]


class News(BaseModel):
    """What is new, oldest first; `cursor` is where to go on."""

    messages: list[Message]
    cursor: int


class TakenBack(BaseModel):
    """The message as its patient sees it from now on."""

    message: Message


class Receipt(BaseModel):
    """What was erased, and what stays and why."""

    model_config = ConfigDict(extra="allow")

    reference: str
    at: Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class CheckIn(BaseModel):
    """The patient's own ratings of one day's check-in."""

    at: Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    pull: int | None
    anxiety: int | None
    sleep: int | None
    dose_change: Annotated[str | None, Field(description="what the patient picked: lower, higher, missed, …")] = None


class Moment(BaseModel):
    """When a pull was felt, and how strong, 0 to 10."""

    at: str
    pull: int | None


class Progress(BaseModel):
    check_ins: list[CheckIn]
    moments: list[Moment]


class Said(BaseModel):
    asked: str
    text: str
    at: str


class Note(BaseModel):
    at: str
    text: str
    sent: bool


class Entry(BaseModel):
    """One entry in the patient's logs; the path that deletes it is made of `dialogue` and `session`."""

    dialogue: str
    session: str
    at: str


class Reader(BaseModel):
    at: str
    by: str


class Mine(BaseModel):
    """What the patient's own pages show."""

    plan: list[Said]
    notes: list[Note]
    entries: list[Entry]
    readers: list[Reader]


class Deleted(BaseModel):
    deleted: dict[str, str]


class Export(BaseModel):
    """Everything that is stored about this conversation."""

    model_config = ConfigDict(extra="allow")


class Problem(BaseModel):
    """A problem details object (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    crisis_contacts: list[Contact]
    crisis: Annotated[Crisis | None, Field(description="503 of a message that could not be stored")] = None
    open: Annotated[list[Choice] | None, Field(description="409: the answers that are open")] = None
    errors: list[dict[str, Any]] | None = None
