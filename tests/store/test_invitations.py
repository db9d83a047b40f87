"""An invitation makes one member, once, in time, of the clinic that invited."""

import pytest

from bot.errors import Incomplete, NotFound
from bot.store import invitations, members
from tests.databases import Clock
from tests.store.conftest import Cast

GOOD = "seven quiet harbours"


def invite(cast: Cast, email: str = "nina@demo.example", name: str = "Nina", role: str = "reviewer") -> str:
    with cast.db.write() as tx:
        return invitations.invite(tx, "demo", email, name, role, "nurse", by=cast.clinician.id)


def accept(cast: Cast, token: str, password: str = GOOD) -> members.Member:
    with cast.db.write() as tx:
        return invitations.accept(tx, token, password)


def test_who_is_invited_signs_in_with_their_own_password(cast: Cast) -> None:
    member = accept(cast, invite(cast))

    assert (member.clinic_id, member.role, member.public_name) == ("demo", "reviewer", "Nina, nurse")
    assert members.login(cast.db, "nina@demo.example", GOOD, "192.0.2.1") is not None


def test_a_link_is_good_once(cast: Cast) -> None:
    token = invite(cast)
    accept(cast, token)

    with pytest.raises(NotFound):
        accept(cast, token)


@pytest.mark.parametrize("end", ["too late", "withdrawn", "invited again"])
def test_a_link_that_has_ended_leads_nowhere(cast: Cast, clock: Clock, end: str) -> None:
    token = invite(cast)
    if end == "too late":
        clock.forward(days=3, seconds=1)
    elif end == "invited again":
        invite(cast, email="NINA@demo.example")
    else:
        with cast.db.write() as tx:
            [waiting] = invitations.waiting(tx, "demo")
            invitations.withdraw(tx, "demo", waiting.id, by=cast.clinician.id)

    with pytest.raises(NotFound):
        accept(cast, token)


def test_another_clinic_withdraws_nothing(cast: Cast) -> None:
    token = invite(cast)
    with cast.db.read() as tx:
        [waiting] = invitations.waiting(tx, "demo")

    with pytest.raises(NotFound), cast.db.write() as tx:
        invitations.withdraw(tx, "other", waiting.id, by=cast.outsider.id)

    assert accept(cast, token).name == "Nina"


@pytest.mark.parametrize("password", ["", "short", "a" * 40, "my nina password is long"])
def test_an_easy_password_is_refused_and_the_link_stays_good(cast: Cast, password: str) -> None:
    token = invite(cast)

    with pytest.raises(Incomplete):
        accept(cast, token, password)

    assert accept(cast, token).name == "Nina"


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("email", {"email": "nobody"}),
        ("email", {"email": "a b@demo.example"}),
        ("email_known", {"email": "CLARA@demo.example"}),
        ("name", {"name": " "}),
        ("role", {"role": "owner"}),
    ],
)
def test_what_is_wrong_is_named(cast: Cast, field: str, given: dict[str, str]) -> None:
    with pytest.raises(Incomplete, match=f"^{field}$"):
        invite(cast, **given)
