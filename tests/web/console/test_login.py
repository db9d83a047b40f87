"""Signing in and out: the cookie, the throttle, and where a link leads."""

import pytest

from bot.store import clinics, members
from bot.web.console.access import COOKIE, safe_path
from tests.web.console.conftest import Staff
from tests.web.console.ward import EMAILS, PASSWORD, Ward


def test_a_member_signs_in_and_lands_on_the_queue(ward: Ward, stranger: Staff) -> None:
    answer = stranger.sign_in("ada")

    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert stranger.get("/console").status_code == 200
    assert [row.act for row in ward.rows(ward.ada)] == ["login", "view"]


def test_a_link_in_an_alert_survives_signing_in(ward: Ward, stranger: Staff) -> None:
    case = ward.emergency()

    to_sign_in = stranger.get(case.path).headers["location"]
    page = stranger.get(to_sign_in)
    answer = stranger.sign_in("ada", to=case.path)

    assert f'value="{case.path}"' in page.text
    assert answer.headers["location"] == case.path
    assert "kill myself" in stranger.get(answer.headers["location"]).text


def test_a_link_from_another_site_asks_again_from_here(ward: Ward, stranger: Staff) -> None:
    """A SameSite=Strict cookie stays behind when a link in a web mail is followed."""
    case = ward.emergency()

    answer = stranger.get(case.path, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 200
    assert f'content="0; url={case.path}"' in answer.text
    assert "kill" not in answer.text


@pytest.mark.parametrize(
    "outside",
    [
        "https://evil.example/console",
        "//evil.example/console",
        "/\\evil.example/console",
        "/console/\\evil.example",
        "/chat",
        "/consoles",
        "javascript:alert(1)",
        "/console\n/x",
        " /console/x",
        "",
    ],
)
def test_nobody_is_led_out_of_the_console(outside: str) -> None:
    assert safe_path(outside) == "/console"


@pytest.mark.parametrize("inside", ["/console", "/console/escalations/0a", "/console?show=mine"])
def test_paths_of_the_console_are_kept(inside: str) -> None:
    assert safe_path(inside) == inside


@pytest.mark.parametrize(("email", "password"), [(EMAILS["ada"], "wrong"), ("nobody@demo.example", PASSWORD)])
def test_a_wrong_login_does_not_say_what_was_wrong(stranger: Staff, email: str, password: str) -> None:
    answer = stranger.post("/console/login", data={"email": email, "password": password})

    assert answer.status_code == 401
    assert "do not match" in answer.text
    assert password not in answer.text
    assert "set-cookie" not in answer.headers


def test_too_many_tries_are_told_how_long_to_wait(ward: Ward, stranger: Staff) -> None:
    now = ward.clock()
    ward.db.clock = lambda: now  # A slow machine would have waited long enough.
    for _ in range(6):
        answer = stranger.post("/console/login", data={"email": EMAILS["ada"], "password": "wrong"})

    assert answer.status_code == 429
    assert "Too many tries. Wait" in answer.text
    assert stranger.sign_in("ada").status_code == 429


def test_signing_out_ends_the_session(ward: Ward, stranger: Staff) -> None:
    stranger.sign_in("ada")
    token = stranger.cookies[COOKIE]

    answer = stranger.post("/console/logout")

    assert answer.headers["location"] == "/console/login?out=1"
    assert members.session(ward.db, token) is None
    assert "You are signed out" in stranger.get("/console/login?out=1").text
    assert [row.act for row in ward.rows(ward.ada)] == ["login", "logout"]


def test_a_note_written_after_the_session_ended_is_given_back(ward: Ward, ada: Staff) -> None:
    case = ward.emergency()
    ward.clock.at(hours=-13)

    answer = ada.post(f"{case.path}/notes", data={"text": "rang <twice>"})

    assert answer.status_code == 401
    assert "This was not saved" in answer.text
    assert "rang &lt;twice&gt;</textarea>" in answer.text
    assert f'value="{case.path}"' in answer.text


def test_an_ended_session_is_told(ward: Ward, ada: Staff) -> None:
    ward.clock.at(hours=-13)

    answer = ada.get("/console")

    assert answer.headers["location"] == "/console/login?next=/console&ended=1"
    assert "Your session has ended" in ada.get(answer.headers["location"]).text


def test_who_is_signed_in_already_goes_on(ada: Staff) -> None:
    assert ada.get("/console/login?next=/console/closed").headers["location"] == "/console/closed"


def test_the_page_says_that_this_is_a_demonstration_only_where_it_is(ward: Ward, stranger: Staff) -> None:
    demonstration = stranger.get("/console/login").text
    with ward.db.write() as tx:
        clinics.change(tx, "demo", demo=False)
    real = stranger.get("/console/login").text

    assert "This is a demonstration" in demonstration
    assert "demonstration" not in real
    for page in (demonstration, real):
        assert "No clinician has signed off" in page


@pytest.mark.parametrize("body", [b"x" * 500_000, b"email=%ff\xff", b"a=1&" * 60])
def test_a_form_that_no_page_of_ours_sends_is_refused(stranger: Staff, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    assert stranger.post("/console/login", content=body, headers=headers).status_code == 413
