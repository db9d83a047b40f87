"""The demonstration clinic: made once, so that a person who has just installed this sees something."""

import secrets
from dataclasses import dataclass

from bot.content.reading import CONTENT, read
from bot.store import clinics, members
from bot.store.database import Database
from bot.store.rows import ClinicSettings


@dataclass(frozen=True, kw_only=True)
class Login:
    email: str
    password: str


def make(database: Database) -> Login | None:
    """Make the clinic and one member of its staff; None if there is a clinic already."""
    content = read(CONTENT / "demonstration.yml")
    with database.write() as tx:
        if clinics.all(tx):
            return None
        clinic = clinics.create(tx, content["id"], ClinicSettings(**content["settings"], demo=True))
        password = secrets.token_urlsafe(12)
        member = content["member"]
        members.create(tx, clinic.id, member["email"], member["name"], member["role"], password)
        return Login(email=member["email"], password=password)
