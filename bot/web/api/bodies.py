"""Reading a request's body strictly: size, UTF-8, JSON, shape. What cannot be read is refused, not stored."""

import json
from typing import Any, NoReturn, TypeVar

from pydantic import ValidationError
from starlette.requests import ClientDisconnect, Request

from bot.web.api import schemas
from bot.web.problems import Refusal

BODY_BYTES = 256 * 1024
KINDS = ("text", "choice", "choices", "value", "date")

Shape = TypeVar("Shape", bound=schemas.Request)


async def read(request: Request, shape: type[Shape]) -> tuple[Shape, dict[str, Any]]:
    """The checked body and the body as it was sent. Raises Refusal."""
    sent = _object(await _bytes(request))
    if shape is schemas.SendMessage:
        _check_message(sent)
    try:
        return shape.model_validate(sent), sent
    except ValidationError as error:
        # The input itself stays out: it may be what a patient wrote.
        wrong = [{"field": ".".join(map(str, one["loc"])), "allowed": one["msg"]} for one in error.errors()]
        raise Refusal("wrong_fields", errors=wrong) from None


async def _bytes(request: Request) -> bytes:
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > BODY_BYTES:
        raise Refusal("too_large")
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > BODY_BYTES:
                raise Refusal("too_large")
    except ClientDisconnect:
        raise Refusal("not_json") from None
    return bytes(body)


def _object(body: bytes) -> dict[str, Any]:
    try:
        sent = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refusal("not_json") from None
    if not isinstance(sent, dict):
        raise Refusal("not_json")
    return sent


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _check_message(sent: dict[str, Any]) -> None:
    if len([kind for kind in KINDS if sent.get(kind) is not None]) != 1:
        raise Refusal("one_kind")
    text = sent.get("text")
    if not isinstance(text, str):
        return
    if len(text) > schemas.TEXT_CHARACTERS:
        raise Refusal("too_long", characters=len(text), allowed=schemas.TEXT_CHARACTERS)
    if not text.strip():
        raise Refusal("empty")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Refusal("unreadable")
