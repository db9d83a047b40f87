"""A house for these tests: a real database, a fake Rasa, and as many web processes as a test asks for."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from jsonschema import Draft202012Validator
from starlette.applications import Starlette

from bot.settings import load
from bot.store import clinics, conversations, escalations, members, messages, turns
from bot.store.database import Database, open_database
from bot.store.rows import Clinic, ClinicSettings, Conversation, Escalation, Member, Message, Turn
from bot.web.api.openapi import document
from bot.web.app import create_app
from tests.web.api.servers import SECRET, FakeRasa, Json, Served, free_port

EVENT_SECONDS = 30
IDENTITY_SECRET = "the-signing-secret-of-the-demonstration-clinic"


class House:
    """Made with a database; ``web()`` starts one web process on it (here: a thread with an event loop of its own)."""

    def __init__(self, folder: Path, *, database_url: str = "") -> None:
        self.rasa = FakeRasa()
        self.settings = load(
            {
                "DATA_DIR": str(folder),
                "DATABASE_URL": database_url,
                "TRACKER_URL": f"sqlite:///{folder / 'tracker.db'}",
                "INNER_SECRET": SECRET,
                "RASA_URL": self.rasa.url,
                "ACTIONS_URL": f"http://127.0.0.1:{free_port()}",
            }
        )
        self.db: Database = open_database(self.settings, migrate=True)
        settings = ClinicSettings(name="Demonstration", identity_secret=IDENTITY_SECRET, demo=True)
        with self.db.write() as tx:
            self.clinic: Clinic = clinics.create(tx, "demo", settings)
            clinics.create(tx, "other", replace(settings, name="Another", country="IE"))
            self.clinician: Member = members.create(tx, "demo", "a@x.example", "Ada", "clinician", "long enough 123")
        self._settings = {field.name: getattr(settings, field.name) for field in fields(settings)}
        self._clock = self.db.clock
        self._served: list[Served] = []
        self._clients: list[httpx.Client] = []
        self._first: Web | None = None
        self.rasa.start()

    def web(self) -> "Web":
        app = create_app(self.settings, self.db)
        served = Served(app)
        self._served.append(served)
        return Web(self, app, served.url)

    def first_web(self) -> "Web":
        self._first = self._first or self.web()
        return self._first

    def tidy(self) -> None:
        """As a new house is: a sound Rasa, the demonstration clinic as it was, the real time. What was said stays."""
        self.rasa.heal()
        self.db.clock = self._clock
        with self.db.write() as tx:
            clinics.change(tx, "demo", **self._settings)

    def client(self, url: str) -> httpx.Client:
        client = httpx.Client(
            base_url=url, timeout=30, trust_env=False, verify=False, event_hooks={"response": [held_to_description]}
        )
        self._clients.append(client)
        return client

    def stop(self) -> None:
        for client in self._clients:
            client.close()
        for served in self._served:
            served.stop()
        self.rasa.stop()
        self.db.close()

    def transcript(self, conversation_id: str) -> list[Message]:
        with self.db.read() as tx:
            return messages.transcript(tx, conversation_id)

    def turns(self, conversation_id: str) -> list[Turn]:
        with self.db.read() as tx:
            return turns.of_conversation(tx, conversation_id)

    def escalations(self, conversation_id: str) -> list[Escalation]:
        with self.db.read() as tx:
            return escalations.of_conversation(tx, conversation_id)

    def conversation(self, conversation_id: str) -> Conversation:
        with self.db.read() as tx:
            return conversations.load(tx, "demo", conversation_id)

    def take_over(self, conversation_id: str) -> None:
        with self.db.write() as tx:
            conversations.take_over(tx, self.clinician, conversation_id)

    def consent(self, conversation_id: str, consent: str) -> None:
        with self.db.write() as tx:
            conversations.set_consent(tx, conversation_id, consent, "1")


class Web:
    """One web process, and the patients who use it."""

    def __init__(self, house: House, app: Starlette, url: str) -> None:
        self.house = house
        self.app = app
        self.url = url
        self.client = house.client(url)

    def start(self, *, wait: int = 8, **body: Any) -> httpx.Response:
        headers = {"Prefer": f"wait={wait}"} if wait else {}
        return self.client.post("/api/v1/conversations", json={"clinic": "demo", **body}, headers=headers)

    def patient(self, **body: Any) -> "Patient":
        started = self.start(**body)
        assert started.status_code == 201, started.text
        return Patient(self, started.json())


class Patient:
    """A patient with a conversation."""

    def __init__(self, web: Web, started: Json) -> None:
        self.web = web
        self.started = started
        self.conversation: str = started["conversation"]
        self.token: str = started["token"]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def at(self, web: Web) -> "Patient":
        """The same patient, at another web process."""
        return Patient(web, self.started)

    def post(self, *, wait: int = 8, client_id: str = "", **body: Any) -> httpx.Response:
        headers = self.headers | ({"Prefer": f"wait={wait}"} if wait else {})
        sent = {"client_id": client_id or str(uuid4()), **body}
        return self.web.client.post("/api/v1/messages", json=sent, headers=headers)

    def say(self, text: str, **options: Any) -> Json:
        answer = self.post(text=text, **options)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        return self.web.client.get(f"/api/v1/{path}", headers=self.headers, params=parameters)

    def texts(self) -> list[str]:
        """What the conversation shows, as the patient sees it: sender and text."""
        return [f"{one['from']}: {one['text']}" for one in self.get("messages").json()["messages"]]

    @contextmanager
    def stream(self, *, last: str = "") -> Iterator["Events"]:
        headers = self.headers | ({"Last-Event-ID": last} if last else {})
        with self.web.client.stream("GET", "/api/v1/stream", headers=headers, timeout=20) as response:
            assert response.status_code == 200
            yield Events(response)


class Events:
    """Server-sent events as a client reads them."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.iter_lines()

    def next(self, *kinds: str) -> tuple[str, Json, str | None]:
        """The next event of these kinds (of any, without them): kind, data, id. Raises StopIteration at the end."""
        found: dict[str, str] = {}
        deadline = time.monotonic() + EVENT_SECONDS
        while True:
            assert time.monotonic() < deadline, f"no event of {kinds or 'any kind'}"
            line = next(self._lines)
            if line:
                name, _, value = line.partition(":")
                found[name] = value.strip()
            elif "data" in found and (not kinds or found["event"] in kinds):
                return found["event"], json.loads(found["data"]), found.get("id")
            else:
                found = {}


def held_to_description(response: httpx.Response) -> None:
    """Every answer that a test gets must be as openapi.json says: status, media type and shape."""
    path, method = response.request.url.path, response.request.method.lower()
    operation = document()["paths"].get(path, {}).get(method)
    if operation is None or response.status_code == 405:
        return
    described = operation["responses"].get(str(response.status_code))
    assert described is not None, f"{method} {path}: {response.status_code} is not described"
    if "content" not in described:
        assert response.read() == b""
        return
    media = response.headers["content-type"].partition(";")[0]
    assert media in described["content"], f"{method} {path}: {media} is not described"
    if media == "text/event-stream":
        return
    response.read()
    _validator(json.dumps(described["content"][media]["schema"])).validate(response.json())


@cache
def _validator(schema: str) -> Draft202012Validator:
    components = document()["components"]["schemas"]
    whole = json.loads(schema.replace("#/components/schemas/", "#/$defs/"))
    definitions = json.loads(json.dumps(components).replace("#/components/schemas/", "#/$defs/"))
    return Draft202012Validator({**whole, "$defs": definitions})
