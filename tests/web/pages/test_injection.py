"""Script injection on the patients' pages: whatever stands in a setting or an address, the page stays the same page."""

from dataclasses import fields
from typing import Any

import httpx
import pytest

from bot.store import clinics
from bot.store.rows import ClinicSettings
from tests.hostile import ALL_IN_ONE, PAYLOADS, PLAIN, dangers, outline
from tests.web.api.houses import House

PAGES = ("/", "/chat?clinic=demo", "/me?clinic=demo", "/help-now?clinic=demo")
# What decides how a page is made, and not what it says.
NOT_WORDS = ("timezone", "language")
WORDS = [field.name for field in fields(ClinicSettings) if field.type is str and field.name not in NOT_WORDS]
CONTACT = ("name", "number", "tel", "text_to", "hours")


def pages(client: httpx.Client) -> dict[str, str]:
    return {path: client.get(path).text for path in PAGES}


def contact(name: str, word: str) -> dict[str, Any]:
    return {"role": "crisis", "name": "Line", "number": "116 123", "tel": "116123", "hours": "24/7", name: word}


@pytest.mark.parametrize("setting", WORDS)
def test_no_setting_of_a_clinic_changes_what_a_page_is_made_of(
    client: httpx.Client, house: House, setting: str
) -> None:
    made = []
    for word in (PLAIN, ALL_IN_ONE):
        with house.db.write() as tx:
            clinics.change(tx, "demo", **{setting: word})
        made.append(pages(client))

    plain, hostile = made
    for path in PAGES:
        assert outline(hostile[path]) == outline(plain[path]), path
        assert dangers(hostile[path]) == []


@pytest.mark.parametrize("part", CONTACT)
def test_no_part_of_a_contact_does(client: httpx.Client, house: House, part: str) -> None:
    made = []
    for word in (PLAIN, ALL_IN_ONE):
        with house.db.write() as tx:
            clinics.change(tx, "demo", contacts=(contact(part, word),))
        made.append(pages(client))

    plain, hostile = made
    for path in PAGES:
        assert outline(hostile[path]) == outline(plain[path]), path
        assert dangers(hostile[path]) == []


@pytest.mark.parametrize("path", ["/", "/chat", "/me", "/help-now"])
def test_nothing_in_an_address_does(client: httpx.Client, path: str) -> None:
    plain = client.get(path, params={"clinic": PLAIN, "look": PLAIN, "done": PLAIN}).text

    for payload in PAYLOADS:
        hostile = client.get(path, params={"clinic": payload, "look": payload, "done": payload}).text
        assert outline(hostile) == outline(plain)
        assert payload not in hostile


def test_nothing_in_an_address_comes_back_from_the_api_as_a_page(client: httpx.Client) -> None:
    for payload in PAYLOADS[::7]:
        for answer in (
            client.get("/api/v1/messages", params={"after": payload}),
            client.get(f"/api/v1/{payload.replace('/', '')}"),
            client.post("/api/v1/conversations", json={"clinic": payload}),
        ):
            assert answer.headers["content-type"].startswith("application/problem+json")
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert payload not in answer.text
