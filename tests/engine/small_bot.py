"""A bot small enough to train in half a minute, run by the real Rasa, with an action server that does what it is told.

``SmallBot`` is one Rasa process on loopback with a folder of its own; ``Actions`` answers for the custom actions.
"""

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import yaml

from bot.commands.ports import free_port
from bot.commands.surroundings import RASA_PYTHON
from bot.commands.train import rasa_environment
from bot.settings import ROOT
from bot.store.encryption import Keyring

BOT = Path(__file__).parent / "bot"
SECRET = "a-secret-of-the-engine-tests"
MEANING_LAYER = "bot.engine.meaning.component.MeaningLayer"
START_SECONDS = 180
Answer = dict[str, Any]


@dataclass
class Actions:
    """The action server: ``behaviours[name]`` takes the call and gives the answer or a status."""

    behaviours: dict[str, Callable[[Any], Answer | int]] = field(default_factory=dict)
    calls: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def does(self, **behaviours: Callable[[Any], Answer | int]) -> None:
        self.behaviours = behaviours
        self.calls = []

    def _handler(actions) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - The handler below has the self of its own.
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                actions.calls.append({**call, "authorization": self.headers.get("Authorization")})
                answer = actions.behaviours.get(call["next_action"], lambda _: {"events": [], "responses": []})(call)
                status, body = (answer, {"error": "told to fail"}) if isinstance(answer, int) else (200, answer)
                if status == 400:
                    body = {"error": "declined", "action_name": call["next_action"]}
                raw = json.dumps(body).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(raw)))
                    self.end_headers()
                    self.wfile.write(raw)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # Rasa had waited long enough.

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


def says(text: str = "", *, response: str | None = None, custom: Any = None, events: Any = (), **more: Any) -> Answer:
    """What an action answers that says one thing."""
    said = {"text": text or None, "response": response, "custom": custom or {}, "buttons": [], **more}
    return {"events": list(events), "responses": [said]}


class SmallBot:
    """One Rasa process; ``environment`` overrides what it gets."""

    def __init__(self, folder: Path, model: Path, actions_url: str, **environment: str) -> None:
        self.folder, self.model = folder, model
        folder.mkdir(parents=True, exist_ok=True)
        self.keys_file, self.tracker_file = folder / "keys.json", folder / "tracker.db"
        if not self.keys_file.exists():
            Keyring.create(self.keys_file)
        self.log = folder / "rasa.log"
        self.port = free_port()
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "RASA_TELEMETRY_ENABLED": "false",
            "LOG_LEVEL": "DEBUG",
            "TRACKER_URL": f"sqlite:///{self.tracker_file}",
            "KEYS_FILE": str(self.keys_file),
            "ACTIONS_URL": actions_url,
            "INNER_SECRET": SECRET,
            **environment,
        }
        endpoints = (ROOT / "endpoints.yml").read_text(encoding="utf-8")
        self.endpoints = folder / "endpoints.yml"
        self.endpoints.write_text(f"{endpoints}  content: {BOT / 'content'}\n", encoding="utf-8")
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}/webhooks/front_door",
            headers={"Authorization": f"Bearer {SECRET}"},
            timeout=20,
            trust_env=False,
        )

    def start(self) -> "SmallBot":
        self.spawn()
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            assert self.process.poll() is None, f"Rasa ended:\n{self.log.read_text()[-3000:]}"
            try:
                if self.client.get("/health").status_code == 200:
                    return self
            except httpx.TransportError:
                time.sleep(0.2)
        self.stop()
        raise AssertionError(f"Rasa did not answer in {START_SECONDS} s")

    def spawn(self) -> None:
        command = [str(RASA_PYTHON), "-m", "rasa", "run", "--model", str(self.model), "--port", str(self.port)]
        command += ["--endpoints", str(self.endpoints), "--credentials", str(ROOT / "credentials.yml")]
        command += ["--interface", "127.0.0.1", *(["--debug"] if self.environment["LOG_LEVEL"] == "DEBUG" else [])]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdout=log, stderr=subprocess.STDOUT
            )

    def stop(self) -> None:
        self.client.close()
        self.process.kill()
        self.process.wait(30)

    def ask(self, conversation: str, text: str = "", *, message_id: str | None = None, **body: Any) -> httpx.Response:
        """One turn; keyword arguments are further fields of the body, ``metadata`` is completed."""
        metadata = {"language": "en", "clinic": {"staff_hours": "9 to 5"}, "facts": {}, **body.pop("metadata", {})}
        sent = {
            "conversation": conversation,
            "message_id": message_id or uuid4().hex,
            "text": text,
            "metadata": metadata,
        }
        return self.client.post("/turn", json={**sent, "open": False, "answer": None, **body})

    def opened(self) -> str:
        """A new conversation that has been greeted."""
        conversation = uuid4().hex
        assert self.ask(conversation, open=True).status_code == 200
        return conversation


def train(folder: Path) -> Path:
    """The model of the small bot, trained with the project's own config.yml, but with few sentences for layer 2.

    One that the folder has already is taken.
    """
    model = folder / "small.tar.gz"
    if model.exists():
        return model
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    meaning = next(part for part in config["pipeline"] if part["name"] == MEANING_LAYER)
    meaning.update(examples=str(BOT / "risk_examples"), settings=str(BOT / "meaning.yml"))
    (folder / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    command = [str(RASA_PYTHON), "-m", "rasa", "train", "--config", str(folder / "config.yml"), "--out", str(folder)]
    command += ["--domain", str(BOT / "domain.yml"), "--data", str(BOT / "data"), "--fixed-model-name", "small"]
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return model


def in_rasas_runtime(code: str) -> Any:
    """What a piece of code prints as JSON in the other runtime."""
    done = subprocess.run(
        [str(RASA_PYTHON), "-c", code],
        cwd=ROOT, env=rasa_environment(), capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])
