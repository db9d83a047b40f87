"""Real receivers on loopback: a mail server and an HTTP receiver that can fail, hang and come back."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

from bot.commands.ports import free_port

HANG_SECONDS = 30


@dataclass
class Mailbox:
    """A mail server. `mood`: "well", "refuses" or "hangs"."""

    port: int = 0
    mood: str = "well"
    mails: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=between@clinic.example&to=duty@clinic.example"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - its name.
        if self.mood == "refuses":
            return "451 not now"
        if self.mood == "hangs":
            await asyncio.sleep(HANG_SECONDS)
        mail = message_from_bytes(envelope.content)
        parts = [part.get_payload(decode=True) or b"" for part in mail.walk() if not part.is_multipart()]
        self.mails.append(f"{mail['Subject']}\n" + "\n".join(part.decode() for part in parts))
        return "250 OK"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox(port=free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop(no_assert=True)


@dataclass
class Hook:
    """An HTTP receiver. `mood`: "well", "refuses", "redirects" or "hangs"."""

    port: int = 0
    mood: str = "well"
    posts: list[tuple[dict[str, str], str]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"webhook+http://127.0.0.1:{self.port}/hook"


@contextmanager
def hook() -> Iterator[Hook]:
    box = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            mood = box.mood
            if mood == "hangs":
                box.released.wait(HANG_SECONDS)
            if mood == "well":
                box.posts.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response({"well": 204, "hangs": 204, "refuses": 503, "redirects": 302}[mood])
            if mood == "redirects":
                self.send_header("location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    box.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield box
    finally:
        box.released.set()
        server.shutdown()
        server.server_close()
