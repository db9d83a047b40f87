"""What is written for patients: before what the console writes of its pages."""

import asyncio
import threading
from pathlib import Path

from bot.store.database import Database
from bot.store.encryption import Keyring
from bot.web.storing import Store
from tests.waiting import wait_until


def test_a_patients_message_does_not_wait_for_a_crowd_of_consoles(tmp_path: Path, keyring_file: Path) -> None:
    db, went = Database(f"sqlite:///{tmp_path / 'line.db'}", Keyring.load(keyring_file)), list[str]()

    def look() -> None:
        with db.write():
            went.append("console")

    async def say() -> None:
        await Store(db).write(lambda _tx: went.append("patient"))

    crowd = [threading.Thread(target=work) for work in (look, look, look, lambda: asyncio.run(say()))]
    with db.write():
        for number, one in enumerate(crowd):
            one.start()
            wait_until(lambda least=number: db.line.waiting > least)  # type: ignore[misc]
    for one in crowd:
        one.join()
    db.close()

    assert went == ["patient", "console", "console", "console"]
