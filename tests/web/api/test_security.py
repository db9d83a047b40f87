"""What every response carries, and what /health tells whom."""

import pytest
from starlette.datastructures import Headers

from bot.store import clinics, processes
from bot.web.security import is_same_origin
from tests.web.api.houses import House, Patient, Web


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/v1/openapi.json", 200), ("/health", 200), ("/api/v1/nothing", 404), ("/chat?clinic=demo", 200), ("/", 200)],
)
def test_every_response_carries_the_headers(web: Web, path: str, status: int) -> None:
    answer = web.client.get(path)

    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "camera=()" in answer.headers["permissions-policy"]
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


PATHS = {
    "/": 200,
    "/chat?clinic=demo": 200,
    "/chat?clinic=nobody": 404,
    "/me?clinic=demo": 200,
    "/help-now": 200,
    "/theme/1f6470.css": 200,
    "/widget.js?clinic=demo": 200,
    "/static/css/chat.css": 200,
    "/static/nothing.css": 404,
    "/console": 303,
    "/console/login": 200,
    "/api/v1/messages": 401,
    "/health": 200,
    "/nothing": 404,
}


@pytest.mark.parametrize("path", PATHS)
def test_the_policies_stand_on_every_kind_of_answer(web: Web, path: str) -> None:
    """Pages, files, redirects and errors: nothing but our own origin is ever asked, told or allowed."""
    answer = web.client.get(path)
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
    permissions = answer.headers["permissions-policy"]

    assert answer.status_code == PATHS[path]
    sources = {source for value in policy.values() for source in value.split()}
    assert sources <= {"'self'", "'none'", "data:", "'script'"}
    assert (policy["default-src"], policy["script-src"], policy["connect-src"]) == ("'none'", "'self'", "'self'")
    assert (policy["base-uri"], policy["form-action"]) == ("'none'", "'self'")
    assert "data:" not in policy["script-src"]
    assert all(f"{power}=()" in permissions for power in ("camera", "microphone", "geolocation", "payment", "usb"))
    assert answer.headers["referrer-policy"] == ("same-origin" if path.startswith("/console") else "no-referrer")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/chat?clinic=demo", "/me?clinic=demo", "/help-now?clinic=demo"])
def test_on_patients_pages_no_text_can_become_script(web: Web, path: str) -> None:
    """Trusted Types: a browser that knows them refuses every way from a string to markup or script."""
    policy = web.client.get(path).headers["content-security-policy"]

    assert "require-trusted-types-for 'script'; trusted-types 'none'" in policy


def test_an_error_that_nobody_expected_carries_them_too(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.messages.after", None)

    answer = patient.get("messages")

    assert answer.status_code == 500
    assert answer.headers["x-frame-options"] == "DENY"


def test_only_patients_pages_may_be_framed_and_only_by_the_sites_of_their_clinic(lone_house: House) -> None:
    with lone_house.db.write() as tx:
        clinics.change(tx, "demo", origins=("https://clinic.example",))
    client = lone_house.web().client

    def ancestors(path: str) -> str:
        return client.get(path).headers["content-security-policy"].partition("frame-ancestors ")[2]

    for page in ("/chat", "/me", "/help-now"):
        assert ancestors(f"{page}?clinic=demo") == "'self' https://clinic.example"
        assert ancestors(f"{page}?clinic=other") == "'self'"
        assert "x-frame-options" not in client.get(f"{page}?clinic=demo").headers
    for path in ("/", "/console", "/health", "/api/v1/openapi.json", "/api/v1/nothing"):
        assert ancestors(path) == "'none'"
        assert client.get(path).headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    ("headers", "is_ours"),
    [
        ({}, True),
        ({"host": "a.example", "origin": "https://a.example"}, True),
        ({"host": "a.example", "origin": "https://a.example", "sec-fetch-site": "same-origin"}, True),
        ({"host": "a.example", "sec-fetch-site": "none"}, True),
        ({"host": "inner:8000", "origin": "https://public.example"}, True),
        ({"host": "a.example", "origin": "https://b.example"}, False),
        ({"host": "a.example", "origin": "https://a.example.evil.example"}, False),
        ({"host": "a.example", "origin": "https://a.example@evil.example"}, False),
        ({"host": "a.example", "origin": "null"}, False),
        ({"host": "a.example", "origin": ""}, False),
        ({"host": "a.example", "sec-fetch-site": "cross-site"}, False),
        ({"host": "a.example", "origin": "https://a.example", "sec-fetch-site": "same-site"}, False),
    ],
    ids=str,
)
def test_what_counts_as_our_own_page(house: House, headers: dict[str, str], is_ours: bool) -> None:
    from dataclasses import replace

    settings = replace(house.settings, public_url="https://public.example")

    assert is_same_origin(Headers(headers), settings) is is_ours


def test_health_tells_the_state_of_each_part_and_no_secret(lone_house: House) -> None:
    web = lone_house.web()
    with lone_house.db.write() as tx:
        processes.beat(tx, "worker", 1)
    up = web.client.get("/health")
    lone_house.rasa.stop()
    down = web.client.get("/health")

    assert (up.status_code, down.status_code) == (200, 200)
    assert {name: part["up"] for name, part in up.json()["parts"].items()} == {
        "database": True,
        "rasa": True,
        "actions": False,
        "worker": True,
        "screen": True,
        "alerts": True,
    }
    assert down.json()["parts"]["rasa"] == {"up": False}
    assert down.json()["status"] == "degraded"
    assert up.json()["starts"] == {"web": 1, "worker": 1}
    for secret in (lone_house.settings.inner_secret, str(lone_house.settings.data_dir), "Demonstration"):
        assert secret not in up.text
