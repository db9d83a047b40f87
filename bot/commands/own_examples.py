"""Brings what the clinics accepted as examples from the database to the file that the training reads."""

import json

from bot.commands.surroundings import opened_database, write_private
from bot.content.own_examples import FILE, read_own
from bot.errors import NotMigrated
from bot.settings import Settings
from bot.store import examples


def bring(settings: Settings) -> int:
    """Write the file anew if something was accepted since, and give how many stand in it.

    Where there is no database, as on a machine that only trains, a file that is there is left as it is.
    """
    path = settings.data_dir / FILE
    try:
        with opened_database() as db, db.read() as tx:
            accepted = examples.accepted(tx)
    except NotMigrated:
        return len(read_own(path))
    rows = [{"text": one.text, "category": one.category, "level": one.level} for one in accepted]
    text = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    if text != (path.read_text(encoding="utf-8") if path.exists() else ""):
        write_private(path, text)
    return len(rows)
