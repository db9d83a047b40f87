"""Colleagues see who has something open, each once, and no longer than it is open."""

from bot.store import presence
from bot.store.database import Transaction
from tests.databases import Clock
from tests.store.conftest import Cast


def names(tx: Transaction, cast: Cast, subject: str = "a record") -> list[str]:
    return [one.name for one in presence.lookers(tx, cast.clinic.id).get(subject, ())]


def test_who_has_it_open_on_two_pages_is_seen_once_until_both_are_closed(cast: Cast) -> None:
    with cast.db.write() as tx:
        for page in ("first", "second"):
            presence.look(tx, cast.clinician, "a record", page)
        both = names(tx, cast)
        presence.leave(tx, "first")
        one = names(tx, cast)
        presence.leave(tx, "second")
        none = names(tx, cast)

    assert both == one == [cast.clinician.name]
    assert none == []


def test_a_page_that_is_not_renewed_fades(cast: Cast, clock: Clock) -> None:
    clock.stop()
    with cast.db.write() as tx:
        presence.look(tx, cast.clinician, "a record", "kept")
        presence.look(tx, cast.colleague, "a record", "lost")
    clock.forward(seconds=presence.FADE_SECONDS - 1)
    with cast.db.write() as tx:
        presence.look(tx, cast.clinician, "a record", "kept")
    clock.forward(seconds=2)

    with cast.db.read() as tx:
        assert names(tx, cast) == [cast.clinician.name]


def test_nobody_sees_another_clinics_people_nor_themselves(cast: Cast) -> None:
    with cast.db.write() as tx:
        presence.look(tx, cast.outsider, "a record", "outside")
        presence.look(tx, cast.clinician, "a record", "inside")
        seen = presence.lookers(tx, cast.clinic.id)

    assert presence.others(seen, cast.clinician, "a record") == ()
    assert presence.others(seen, cast.colleague, "another", "a record") == (cast.clinician.name,)
