"""Every route of the console: whom it refuses, and that what was seen and done is in the audit trail.

The routes are taken from the application's own list: one that is added later is under these tests at once.
"""

import re
from datetime import time

import httpx
import pytest

from bot.store import audit, channels, members, rota
from bot.web.console import routes
from tests.web.console.conftest import Staff
from tests.web.console.ward import Case, Ward

FORMS = {
    "contact": {"result": "contacted", "said": "spoke to her"},
    "notes": {"text": "rang twice"},
    "close": {"outcome": "C10", "note": "drill", "last_signal_seq": "99"},
    "say": {"text": "I am here", "once": "0" * 32},
    "shifts": {"weekday": "0", "starts": "09:00", "ends": "17:00"},
    "days": {"day": "2026-12-25", "kind": "closed"},
    "channels": {"name": "Pager", "address": "mailto://mail.example", "whose": "duty"},
}
OPEN = {("GET", "/console/login"), ("POST", "/console/login"), ("POST", "/console/logout")}
ROUTES = sorted(
    (method, route.path)
    for route in routes
    for method in (route.methods or set()) - {"HEAD"}
    if route.path != "/console/{rest:path}"
)
GUARDED = [entry for entry in ROUTES if entry not in OPEN]
FIRST = {"release": "claim", "say": "join", "leave": "join"}  # What must have been done before.
UNSEEN = "/console/conversations/{id}/typing"  # It shows nothing and stores nothing, many times a minute.
OF_A_ROW = [entry for entry in GUARDED if "{id}" in entry[1]]


def path_of(path: str, case: Case) -> str:
    return path.replace("{id}", row_of(path, case))


def row_of(path: str, case: Case) -> str:
    """The id of a row of Ada's clinic that a path is about; of what a manager sets, it is made for this."""
    if "/duty/" not in path:
        return case.conversation.id if "conversations" in path else case.escalation.id
    with case.ward.db.write() as tx:
        rows = rota.of(tx, "demo").shifts if "rota" in path else channels.of_clinic(tx, "demo")
        if rows:
            return rows[0].id
        if "rota" in path:
            return rota.add_shift(tx, "demo", case.ward.ada.id, weekday=0, starts=time(9), ends=time(17)).id
        return channels.add(tx, "demo", "mailto://mail.example", name="Pager").id


def ask(staff: Staff, method: str, path: str, *, note: str = "", member: str = "", **options: object) -> httpx.Response:
    """The status and the beginning of the answer: a stream has no end."""
    form = {"member": member, **FORMS.get(path.rsplit("/", 1)[-1], {"note": note})} if method == "POST" else None
    request = staff.build_request(method, path, data=form, **options)  # type: ignore[arg-type]
    response = staff.send(request, stream=True)
    if not response.headers.get("content-type", "").startswith("text/event-stream"):
        response.read()
    response.close()
    return response


@pytest.mark.parametrize(("method", "path"), [entry for entry in GUARDED if entry[1] != UNSEEN])
def test_every_route_writes_down_who_was_there(ward: Ward, ada: Staff, method: str, path: str) -> None:
    case = ward.emergency()
    with ward.db.write() as tx:
        members.set_role(tx, ward.ada.id, "manager")
    row_id = row_of(path, case)
    stem, _, last = path_of(path, case).rpartition("/")
    if last in FIRST:
        ask(ada, "POST", f"{stem}/{FIRST[last]}")
    note = case.note("ask me about the nights")
    before = len(ward.rows(ward.ada))

    answer = ask(ada, method, path_of(path, case), note=note, member=ward.ada.id)

    assert answer.status_code in (200, 303)
    written = ward.rows(ward.ada)[before:]
    assert len(written) == 1 if method == "GET" else written
    if "{id}" in path:
        assert row_id in {row.subject for row in written}
    with ward.db.read() as tx:
        assert audit.verify(tx).ok


@pytest.mark.parametrize(("method", "path"), OF_A_ROW)
def test_another_clinics_member_finds_nothing(ward: Ward, cleo: Staff, method: str, path: str) -> None:
    case = ward.emergency()

    answer = ask(cleo, method, path_of(path, case))

    assert answer.status_code == 404
    assert "kill" not in ("" if "stream" in path else answer.text)
    assert case.escalation.state == "open"
    assert [row.act for row in ward.rows(ward.cleo)] == ["refused"]


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_nobody_who_is_not_signed_in_sees_anything(ward: Ward, stranger: Staff, method: str, path: str) -> None:
    case = ward.emergency()
    asked = path_of(path, case)

    answer = ask(stranger, method, asked)

    if method == "GET" and not path.endswith("/stream"):
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/console/login?next={asked}"
    else:
        assert answer.status_code == 401
        assert "kill" not in ("" if path.endswith("/stream") else answer.text)
    assert case.escalation.state == "open"


@pytest.mark.parametrize("path", [path for method, path in ROUTES if method == "POST"])
@pytest.mark.parametrize("sent", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_no_form_of_another_website_does_anything(ward: Ward, ada: Staff, path: str, sent: dict[str, str]) -> None:
    case = ward.emergency()

    answer = ask(ada, "POST", path_of(path, case), headers=sent)

    assert answer.status_code == 403
    assert case.escalation.state == "open"
    assert ada.get("/console").status_code == 200


@pytest.mark.parametrize("kind", ["escalations", "conversations"])
def test_an_id_that_is_none_is_not_found(ada: Staff, kind: str) -> None:
    for row_id in ("nothing", "0" * 32, "%00", "..%2f..", "a" * 500, "DROP TABLE", "é", "0" * 31 + "G"):
        assert ada.get(f"/console/{kind}/{row_id}").status_code == 404
        assert ada.post(f"/console/{kind}/{row_id}/claim").status_code in (404, 405)


def test_an_unknown_page_is_not_found_for_members_and_leads_strangers_to_sign_in(ada: Staff, stranger: Staff) -> None:
    assert ada.get("/console/nothing/here").status_code == 404
    assert stranger.get("/console/nothing/here").status_code == 303


def test_every_page_forbids_scripts_and_styles_from_elsewhere(ward: Ward, ada: Staff, stranger: Staff) -> None:
    case = ward.emergency()
    pages = [stranger.get("/console/login"), ada.get("/console"), ada.get(case.path), ada.get("/console/nothing")]

    for page in pages:
        policy = page.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "style-src 'self';" in policy
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-frame-options"] == "DENY"
        assert not re.search(r"<style|<script(?![^>]* src=)| style=| on\w+=", page.text)


def test_a_failing_page_says_so_without_the_errors_words(
    ward: Ward, ada: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("canary-words")

    case = ward.emergency()
    monkeypatch.setattr("bot.web.console.record.ladder", fail)

    answer = ada.get(case.path)

    assert answer.status_code == 500
    assert "canary-words" not in answer.text
    assert "Something broke" in answer.text
