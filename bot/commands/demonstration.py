"""The demonstration clinic: made once, so that a person who has just installed this sees something."""

import secrets
from dataclasses import dataclass
from datetime import time

from bot.content.reading import CONTENT, Entry, read
from bot.store import channels, clinics, members, rota
from bot.store.database import Database, Transaction
from bot.store.rows import ClinicSettings, Member


@dataclass(frozen=True, kw_only=True)
class Login:
    email: str
    password: str


def make(database: Database, *, on_duty: bool = False) -> Login | None:
    """Make the clinic and one member of its staff; None if there is a clinic already.

    ``on_duty``: with hours and a channel too, so that what patients are told of the team is true.
    """
    content = read(CONTENT / "demonstration.yml")
    with database.write() as tx:
        if clinics.all(tx):
            return None
        clinic = clinics.create(tx, content["id"], ClinicSettings(**content["settings"], demo=True))
        password = secrets.token_urlsafe(12)
        member = content["member"]
        sam = members.create(tx, clinic.id, member["email"], member["name"], member["role"], password)
        if on_duty:
            _put_on_duty(tx, sam, content)
        return Login(email=member["email"], password=password)


def _put_on_duty(tx: Transaction, member: Member, content: Entry) -> None:
    duty, channel = content["duty"], content["channel"]
    starts, ends = (time.fromisoformat(duty[name]) for name in ("starts", "ends"))
    for weekday in duty["weekdays"]:
        rota.add_shift(tx, member.clinic_id, member.id, weekday=weekday, starts=starts, ends=ends)
    channels.add(tx, member.clinic_id, channel["address"], name=channel["name"])
