"""The description of the chat API (OpenAPI 3.1), made from the same models that check the requests."""

from functools import cache
from typing import Any

from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot import __version__
from bot.web.api import schemas

PREFIX = "/api/v1"
MODELS = (
    schemas.StartConversation,
    schemas.SendMessage,
    schemas.Sign,
    schemas.Started,
    schemas.Token,
    schemas.Received,
    schemas.News,
    schemas.TakenBack,
    schemas.Progress,
    schemas.Mine,
    schemas.Deleted,
    schemas.Export,
    schemas.Receipt,
    schemas.Problem,
    schemas.Crisis,
)
PREFER = {
    "name": "Prefer",
    "in": "header",
    "schema": {"type": "string", "examples": ["wait=8"]},
    "description": "wait=8 holds the answer for up to 8 seconds until the replies are there (RFC 7240)",
}
AFTER = {"name": "after", "in": "query", "schema": {"type": "integer", "minimum": 0, "default": 0}}
LAST_EVENT = {"name": "Last-Event-ID", "in": "header", "schema": {"type": "string"}}
NO_CONTENT = 204
EVENTS = (
    "Events: `message` (data: Message, id: the cursor), `typing` ({typing}), `handover` ({held, name}), `crisis` "
    "(data: Crisis). Ends when the token expires or the conversation is erased."
)


async def describe(request: Request) -> Response:  # noqa: ARG001 - a route's signature.
    """GET /api/v1/openapi.json."""
    return JSONResponse(document())


@cache
def document() -> dict[str, Any]:
    """The whole description."""
    _, definitions = models_json_schema(
        [(model, "serialization") for model in MODELS], ref_template="#/components/schemas/{model}"
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Between Sessions: chat API",
            "version": __version__,
            "description": "Errors are problem details (RFC 9457) and always carry the crisis contacts.",
        },
        "paths": _paths(),
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
        "security": [{"token": []}],
    }


def _paths() -> dict[str, Any]:
    return {
        f"{PREFIX}/conversations": {
            "post": _operation(
                "startConversation",
                {201: "Started"},
                (400, 401, 404, 413, 422, 429),
                body="StartConversation",
                parameters=[PREFER],
                is_open=True,
            )
        },
        f"{PREFIX}/token": {"post": _operation("refreshToken", {200: "Token"}, (401, 404))},
        f"{PREFIX}/messages": {
            "post": _operation(
                "sendMessage",
                {201: "Received", 200: "Received"},
                (400, 401, 404, 409, 413, 422),
                body="SendMessage",
                parameters=[PREFER],
            ),
            "get": _operation("readMessages", {200: "News"}, (401, 404, 422), parameters=[AFTER]),
        },
        f"{PREFIX}/messages/{{id}}/take-back": {
            "post": _operation("takeBackMessage", {200: "TakenBack"}, (401, 404), parameters=[_in_path("id")])
        },
        f"{PREFIX}/signs": {"post": _operation("sign", {204: None}, (400, 401, 404, 413, 422), body="Sign")},
        f"{PREFIX}/stream": {"get": _stream()},
        f"{PREFIX}/me": {
            "get": _operation("readMe", {200: "Mine"}, (401, 404)),
            "delete": _operation("eraseMe", {200: "Receipt"}, (401, 404, 409)),
        },
        f"{PREFIX}/me/entries/{{dialogue}}/{{session}}": {
            "delete": _operation(
                "deleteEntry", {200: "Deleted"}, (401, 404), parameters=[_in_path("dialogue"), _in_path("session")]
            )
        },
        f"{PREFIX}/me/export": {"get": _operation("exportMe", {200: "Export"}, (401, 404))},
        f"{PREFIX}/me/progress": {"get": _operation("readProgress", {200: "Progress"}, (401, 404))},
        f"{PREFIX}/openapi.json": {"get": _operation("describe", {200: None}, (), is_open=True)},
    }


def _operation(
    name: str,
    answers: dict[int, str | None],
    problems: tuple[int, ...],
    *,
    body: str | None = None,
    parameters: list[dict[str, Any]] | None = None,
    is_open: bool = False,
) -> dict[str, Any]:
    responses = {str(status): _response(shape) for status, shape in answers.items() if status != NO_CONTENT}
    if NO_CONTENT in answers:
        responses[str(NO_CONTENT)] = {"description": "Heard"}
    for status in sorted((*problems, 403, 500, 503)):
        responses[str(status)] = _response("Problem", "application/problem+json")
    found: dict[str, Any] = {"operationId": name, "responses": responses}
    if body:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(body)}}}
    if parameters:
        found["parameters"] = parameters
    if is_open:
        found["security"] = []
    return found


def _in_path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _stream() -> dict[str, Any]:
    found = _operation("streamEvents", {200: None}, (401, 404, 422), parameters=[LAST_EVENT])
    found["responses"]["200"] = {
        "description": EVENTS,
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
    return found


def _response(shape: str | None, media: str = "application/json") -> dict[str, Any]:
    schema = _ref(shape) if shape else {"type": "object"}
    return {"description": shape or "This document", "content": {media: {"schema": schema}}}


def _ref(shape: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{shape}"}
