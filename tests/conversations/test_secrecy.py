"""A canary: a sentence sent through everything, and then looked for everywhere where it must not be."""

from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest

from tests.stack import Stack

pytestmark = pytest.mark.stack

CANARY = "heliotrope-marmalade-4711"
IN_RISK = f"I have taken all my tablets, I want to die tonight, {CANARY}"


def bytes_with(folder: Path, wanted: bytes) -> list[str]:
    """The files of a folder, at any depth, that hold these bytes."""
    found = []
    # What stands beside a database goes into it when its last connection closes: then it is read there.
    for file in sorted(folder.rglob("*"), reverse=True):
        with suppress(FileNotFoundError):
            if file.is_file() and wanted in file.read_bytes():
                found.append(str(file.relative_to(folder)))
    return sorted(found)


@pytest.mark.timeout(900)  # Rasa is started again on the way.
def test_what_a_patient_says_is_in_no_log_and_readable_in_no_file(stack: Stack) -> None:
    chat = stack.chat().onboard()
    staff = stack.login()

    # As a message, a form's answer, a name, a note; as risk; while processes are dead; as a request that is refused.
    chat.say(f"hello {CANARY}")
    chat.choose("check_in")
    chat.say(f"about a {CANARY}")
    chat.send(text=IN_RISK)
    chat.say(f"Call me {CANARY}")
    for name in ("actions", "rasa"):
        stack.kill(name)
        chat.post({"text": f"{name} is dead, {CANARY}"})
        stack.start(name)
    refused = [
        chat.post({"text": f"{CANARY} " * 2000}),
        chat.post({"text": CANARY, "sender": CANARY}),
        chat.post({"choice": CANARY}),
        chat.post({"text": CANARY}, client_id=CANARY),
        chat.client.post("/api/v1/messages", content=f'{{"{CANARY}'.encode(), headers=chat.headers),
        chat.client.post("/api/v1/conversations", json={"clinic": CANARY}),
        chat.client.get("/api/v1/messages", params={"after": "x"}, headers=chat.headers | {"X-Canary": CANARY}),
    ]
    (record,) = [one for one in stack.queue() if one.conversation_id == chat.conversation]
    pages = [staff.get("/console"), staff.get(f"/console/escalations/{record.id}")]
    stack.restart("web")
    stack.restart("worker")
    exported = chat.client.get("/api/v1/me/export", headers=chat.headers)

    # The patient and her clinic's staff can read it.
    assert CANARY in exported.text
    assert CANARY in pages[1].text
    # Nobody else: no refusal repeats it, no file holds it, health and the description of the API do not know it.
    assert [answer.status_code for answer in refused if answer.status_code < 400] == []
    assert [answer.url for answer in refused if CANARY in answer.text] == []
    assert [str(page.url) for page in pages if CANARY in str(page.url)] == []
    assert CANARY not in chat.client.get("/health").text
    assert bytes_with(stack.settings.data_dir, CANARY.encode()) == []
    assert bytes_with(stack.settings.data_dir, b"heliotrope") == []


def test_the_canary_would_be_found(stack: Stack) -> None:
    marker = uuid4().hex
    (stack.settings.data_dir / "log/canary.log").write_text(f"a line with {marker} in it", encoding="utf-8")

    assert bytes_with(stack.settings.data_dir, marker.encode()) == ["log/canary.log"]
