"""People as they meet the pages: invited, asked for a code, let in at night, changed by a manager."""

import re

import pyotp
import pytest
import sqlalchemy as sa

from bot.store import clinics, members
from bot.store.schema_staff import sessions
from tests.web.console.conftest import Staff
from tests.web.console.test_acts import closing
from tests.web.console.ward import PASSWORD, Ward

GOOD = "seven quiet harbours"


@pytest.fixture
def manager(ward: Ward, ben: Staff) -> Staff:
    with ward.db.write() as tx:
        members.set_role(tx, ward.ben.id, "manager")
    return ben


def secret_on(page: str) -> str:
    found = re.search(r'class="secret">([A-Z2-7 ]+)<', page)
    assert found is not None
    return found.group(1).replace(" ", "")


def codes_on(page: str) -> list[str]:
    return re.findall(r"<li><code>([a-z2-9-]+)</code>", page)


def make_live(ward: Ward) -> None:
    with ward.db.write() as tx:
        clinics.change(tx, "demo", demo=False)


def set_up(ward: Ward, staff: Staff) -> list[str]:
    """Ada signs in to a live clinic and sets up her second step. Gives the recovery codes."""
    make_live(ward)
    staff.sign_in("ada")
    secret = secret_on(staff.get("/console/factor").text)
    return codes_on(staff.post("/console/factor", data={"code": pyotp.TOTP(secret).now()}).text)


def test_an_invited_person_makes_an_account_from_the_link(ward: Ward, manager: Staff, stranger: Staff) -> None:
    form = {"name": "Nina Hill", "email": "nina@demo.example", "role": "reviewer", "title": ""}
    page = manager.post("/console/people/invitations", data=form).text
    [link] = re.findall(r"/console/welcome/[\w-]+", page)

    weak = stranger.post(link, data={"password": "short"})
    made = stranger.post(link, data={"password": GOOD})
    again = stranger.post(link, data={"password": GOOD})

    assert (weak.status_code, made.status_code, again.status_code) == (422, 303, 404)
    assert "too easy to guess" in weak.text
    assert "This link leads nowhere" in again.text
    answer = stranger.post("/console/login", data={"email": "nina@demo.example", "password": GOOD, "next": ""})
    assert answer.headers["location"] == "/console"
    assert link not in manager.get("/console/people").text


def test_a_wrong_field_says_so_at_the_field(manager: Staff) -> None:
    answer = manager.post("/console/people/invitations", data={"name": "Nina", "email": "nobody", "role": "reviewer"})

    assert answer.status_code == 422
    assert 'id="email-wrong">Enter an e-mail address' in answer.text
    assert 'value="Nina"' in answer.text


def test_a_live_clinic_asks_for_a_second_step_and_leads_on_afterwards(ward: Ward, stranger: Staff) -> None:
    case = ward.emergency()
    make_live(ward)

    to_factor = stranger.sign_in("ada", to=case.path).headers["location"]
    page = stranger.get(to_factor).text
    still_out = stranger.get(case.path)
    wrong = stranger.post("/console/factor", data={"code": "000000", "next": case.path})
    right = stranger.post("/console/factor", data={"code": pyotp.TOTP(secret_on(page)).now(), "next": case.path})

    assert to_factor == f"/console/factor?next={case.path}"
    assert still_out.headers["location"] == to_factor
    assert (wrong.status_code, right.status_code) == (401, 200)
    assert len(codes_on(right.text)) == 10
    assert f'href="{case.path}"' in right.text
    assert stranger.get(case.path).status_code == 200


def test_a_recovery_code_opens_what_a_lost_phone_has_closed(ward: Ward, stranger: Staff) -> None:
    codes = set_up(ward, stranger)
    stranger.post("/console/logout")
    stranger.sign_in("ada")

    answer = stranger.post("/console/factor", data={"code": codes[3]})

    assert answer.headers["location"] == "/console"
    assert stranger.get("/console").status_code == 200


def test_a_colleague_lets_a_member_in_who_has_lost_the_phone(ward: Ward, stranger: Staff, ben: Staff) -> None:
    set_up(ward, stranger)
    stranger.post("/console/logout")
    stranger.sign_in("ada")
    stranger.post("/console/factor/lost", data={"next": "/console"})
    assert "Waiting for a colleague until" in stranger.get("/console/factor").text

    queue = ben.get("/console").text
    [vouch] = re.findall(r"/console/vouch/[0-9a-f]{32}", ben.get("/console/vouch").text)
    answer = ben.post(vouch, data={"answer": "grant"})

    assert "Ada Nowak asks to sign in without the second step." in queue
    assert answer.headers["location"] == "/console/vouch?done=granted"
    assert stranger.get("/console/factor").headers["location"] == "/console"
    assert stranger.get("/console").status_code == 200


def test_an_emergency_is_closed_by_who_has_just_shown_who_they_are(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()
    ada.post(f"{case.path}/claim")
    with ward.db.write() as tx:
        tx.run(sa.update(sessions).values(proved_at=None))

    bare = ada.post(f"{case.path}/close", data=closing(case))
    wrong = ada.post(f"{case.path}/close", data={**closing(case), "password": "a guess"})

    assert (bare.status_code, wrong.status_code) == (422, 422)
    assert "Enter your password once more" in bare.text
    assert case.escalation.closed_at is None
    ada.post(f"{case.path}/close", data={**closing(case), "password": PASSWORD})
    assert case.escalation.closed_at is not None


def test_nobody_changes_their_own_role(ward: Ward, manager: Staff) -> None:
    answer = manager.post(f"/console/people/{ward.ben.id}/role", data={"role": "administrator"})

    assert answer.status_code == 409
    assert "Nobody changes their own role" in answer.text


def test_who_is_shut_out_is_out_at_once_and_may_come_back(ward: Ward, manager: Staff, ada: Staff) -> None:
    manager.post(f"/console/people/{ward.ada.id}/disable")
    out = ada.get("/console").status_code
    manager.post(f"/console/people/{ward.ada.id}/enable")

    assert out == 303
    assert ada.sign_in("ada").headers["location"] == "/console"


def test_a_second_step_is_set_up_by_a_picture_that_asks_nobody_else(ward: Ward, stranger: Staff) -> None:
    make_live(ward)
    stranger.sign_in("ada")

    page = stranger.get("/console/factor").text

    picture = page.split("<svg", 1)[1].split("</svg>")[0]
    assert "<title>The code to scan." in picture
    assert "style=" not in picture
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")
