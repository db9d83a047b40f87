"""The description at openapi.json is what the code does. (Every answer in these tests is held to it as well.)"""

import json
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.routing import Route

from bot.web.api import bodies, schemas
from bot.web.api.openapi import PREFIX, document
from bot.web.api.routes import routes
from bot.web.problems import STATUS, crisis_words
from tests.web.api.houses import Web

ID = "0190b6a2-7a0e-4a0f-9d3a-0d5c3d2b1a00"


def test_the_description_is_valid_openapi(web: Web) -> None:
    found = web.client.get("/api/v1/openapi.json").json()

    assert found == json.loads(json.dumps(document()))
    OpenAPIV31SpecValidator(found).validate()


def test_every_route_is_described_and_nothing_else_is() -> None:
    served = {
        (route.path, method.lower())
        for route in routes
        if isinstance(route, Route) and route.path.startswith(PREFIX)
        for method in (route.methods or set()) - {"HEAD"}
    }

    described = {(path, method) for path, operations in document()["paths"].items() for method in operations}

    assert described == served


@pytest.mark.parametrize(
    "body",
    [
        {"client_id": ID, "text": "a"},
        {"client_id": ID, "choice": "a"},
        {"client_id": ID, "choices": ["a", "b"]},
        {"client_id": ID, "value": 0},
        {"client_id": ID, "date": "2026-11-22"},
        {"client_id": ID},
        {"client_id": ID, "text": "a", "value": 1},
        {"client_id": ID, "text": "a", "more": 1},
        {"client_id": ID, "value": "1"},
        {"client_id": ID, "value": 1.5},
        {"client_id": ID, "date": "today"},
        {"client_id": "1", "text": "a"},
        {"client_id": ID, "text": "x" * 16_001},
        {"text": "a"},
    ],
    ids=lambda body: str(body)[:60],
)
def test_the_description_and_the_code_agree_on_what_a_message_is(body: dict[str, Any]) -> None:
    schema = {"$ref": "#/components/schemas/SendMessage", "components": document()["components"]}
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())

    by_description = validator.is_valid(body)
    by_code = len([kind for kind in bodies.KINDS if kind in body]) == 1 and _is_accepted(body)

    assert by_code == by_description


def _is_accepted(body: dict[str, Any]) -> bool:
    try:
        schemas.SendMessage.model_validate(body)
    except ValueError:
        return False
    return True


def test_every_problem_has_its_words() -> None:
    assert set(crisis_words("en")["problems"]) == set(STATUS)
