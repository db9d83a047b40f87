"""Who is told, in which order (clinical content 5.1 and 5.8): the lanes that an alert goes down until one takes it.

Somebody on duty: who is on duty first (and the shared duty channels), the second person, the managers, the clinic's
own contact. Nobody on duty: the clinic's contact at once, then the managers, then everybody. Without a rota nobody can
say who is on duty, so everybody is.
"""

from dataclasses import dataclass

from bot.store import channels, clinics, members, rota
from bot.store.channels import Channel
from bot.store.database import Transaction
from bot.store.findings import LEVELS
from bot.store.roles import MAY

STEPS = ("duty", "second", "manager", "clinic")


@dataclass(frozen=True, kw_only=True)
class Lane:
    """Channels that are tried at once."""

    step: str
    channels: tuple[Channel, ...]


def lanes(tx: Transaction, clinic_id: str, level: str, *, begin: str = "duty") -> list[Lane]:
    """The lanes from `begin` on; one without channels is left out, and each channel stands in its first only."""
    clinic = clinics.get(tx, clinic_id)
    active = {member.id: member for member in members.of_clinic(tx, clinic_id) if member.disabled_at is None}
    usable = [one for one in channels.of_clinic(tx, clinic_id) if _takes(one, level, set(active))]
    managers = [one for one in usable if one.member_id and active[one.member_id].role in MAY["arrange_duty"]]
    shared = [one for one in usable if one.member_id is None and one.lane == "duty"]
    own = [one for one in usable if one.lane == "clinic"]
    people = [one for one in usable if one.member_id]
    here = rota.presence(tx, clinic)
    if here.is_here:
        on_duty = here.rota.on_duty(tx.now)
        first = {duty.member_id for duty in on_duty if duty.place == on_duty[0].place}
        second = {duty.member_id for duty in on_duty} - first
        by_step = {
            "duty": [one for one in people if one.member_id in first] + shared,
            "second": [one for one in people if one.member_id in second] or people,
            "manager": managers,
            "clinic": own,
        }
    elif here.is_known:
        by_step = {"duty": own, "second": [], "manager": managers, "clinic": shared + people}
    else:
        by_step = {"duty": people + shared, "second": [], "manager": managers, "clinic": own}
    return _without_repeats(by_step, STEPS.index(begin))


def _takes(channel: Channel, level: str, active: set[str]) -> bool:
    is_there = channel.member_id is None or channel.member_id in active
    return is_there and LEVELS.index(level) <= LEVELS.index(channel.least)


def _without_repeats(by_step: dict[str, list[Channel]], begin: int) -> list[Lane]:
    """A page that begins higher up goes down the lower lanes last, rather than nowhere."""
    order = (*STEPS[begin:], *reversed(STEPS[:begin]))
    seen: set[str] = set()
    found = []
    for step in order:
        fresh = tuple(one for one in by_step[step] if one.id not in seen)
        seen |= {one.id for one in fresh}
        if fresh:
            found.append(Lane(step=step, channels=fresh))
    return found
