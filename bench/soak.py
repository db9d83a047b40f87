"""The fault run in large: conversations go on while processes are killed at random; nothing may be lost or doubled.

    python -m bench.soak --kills 100 --seed 1

Prints a table, and ends with exit code 1 if a message was lost or doubled, a turn stayed open, or a record is missing.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from uuid import uuid4

import httpx

from bench.table import print_table
from bot.store import messages, turns
from tests.chat import Chat
from tests.stack import NAMES, Stack

DANGER = "I have taken all my tablets, I want to die tonight"
SENTENCES = ("hello", "are you human?", "who are you?", DANGER)
PATIENTS = 4
PAUSE_SECONDS = 3.0  # Between two messages of one patient: more than twenty a minute are slowed down on purpose.
SETTLE_SECONDS = 300


class Patient(threading.Thread):
    """Sends messages until told to stop, each until it has been accepted, as the chat page does."""

    def __init__(self, chat: Chat, seed: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.chat, self.random, self.stop = chat, random.Random(seed), stop
        self.sent: list[str] = []

    def run(self) -> None:
        while not self.stop.is_set():
            text = f"{self.random.choice(SENTENCES)} ({len(self.sent)})"
            client_id = str(uuid4())
            while not self._send(text, client_id):
                time.sleep(0.5)
            self.sent.append(text)
            time.sleep(PAUSE_SECONDS)

    def _send(self, text: str, client_id: str) -> bool:
        try:
            answer = self.chat.post({"text": text}, client_id=client_id, wait=None)
            if answer.status_code == 401:
                self._refresh()
        except httpx.HTTPError:
            return False
        return answer.status_code in (200, 201)

    def _refresh(self) -> None:
        answer = self.chat.client.post("/api/v1/token", headers=self.chat.headers)
        if answer.status_code == 200:
            self.chat.token = answer.json()["token"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="between-soak-") as folder:
        stack = Stack(Path(folder))
        try:
            stack.start()
            found = soak(stack, kills=given.kills, seed=given.seed)
        finally:
            stack.stop()
    print_table(["seed", "kills", *found], [[str(given.seed), str(given.kills), *map(str, found.values())]])
    return int(any(found[name] for name in ("lost", "doubled", "left open", "records missing")))


def soak(stack: Stack, *, kills: int, seed: int) -> dict[str, int]:
    """Kill processes at random while patients write; then wait until all is settled, and count."""
    choose = random.Random(seed)
    stop = threading.Event()
    patients = [Patient(stack.chat().onboard(), f"{seed}/{number}", stop) for number in range(PATIENTS)]
    for patient in patients:
        patient.start()
    for number in range(1, kills + 1):
        time.sleep(choose.uniform(0, PAUSE_SECONDS))
        name = choose.choice(NAMES)
        stack.restart(name)
        print(f"  {number}/{kills}: {name}", file=sys.stderr, flush=True)
    stop.set()
    for patient in patients:
        patient.join()
    return count(stack, patients)


def count(stack: Stack, patients: list[Patient]) -> dict[str, int]:
    found = dict.fromkeys(("messages", "lost", "doubled", "left open", "records missing"), 0)
    deadline = time.monotonic() + SETTLE_SECONDS
    for patient in patients:
        while (left := owed(stack, patient)) and time.monotonic() < deadline:
            time.sleep(0.5)
        with stack.database.read() as tx:
            told = messages.transcript(tx, patient.chat.conversation)
        texts = [one.text for one in told if one.sender == "patient"]
        records = [one for one in stack.queue() if one.conversation_id == patient.chat.conversation]
        wanted = any(text.startswith(DANGER) for text in patient.sent)
        found["messages"] += len(patient.sent)
        found["lost"] += sum(text not in texts for text in patient.sent)
        found["doubled"] += sum(texts.count(text) > 1 for text in patient.sent)
        found["left open"] += left
        found["records missing"] += wanted and len(records) != 1
    return found


def owed(stack: Stack, patient: Patient) -> int:
    with stack.database.read() as tx:
        return sum(turn.state in turns.OWED for turn in turns.of_conversation(tx, patient.chat.conversation))


if __name__ == "__main__":
    sys.exit(main())
