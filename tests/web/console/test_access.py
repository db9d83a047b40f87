"""Every route of the console: whom it refuses, and that what was seen and done is in the audit trail.

The routes are taken from the application's own list: one that is added later is under these tests at once.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time

import httpx
import pytest
import sqlalchemy as sa

from bot.store import audit, channels, drills, escalations, examples, factors, invitations, members, rota, schema
from bot.store.database import Transaction
from bot.store.roles import MAY, ROLES
from bot.store.schema import metadata
from bot.web.console import routes
from tests.web.console.conftest import Staff
from tests.web.console.ward import Case, Ward

FORMS: dict[str, dict[str, str]] = {
    "contact": {"result": "contacted", "said": "spoke to her"},
    "notes": {"text": "rang twice"},
    "close": {"outcome": "C10", "note": "drill", "last_signal_seq": "99"},
    "confirm": {"last_signal_seq": "99"},
    "example": {"text": "I could eat a horse", "category": "self_harm"},
    "send-back": {"reason": "call her once more"},
    "say": {"text": "I am here", "once": "0" * 32},
    "shifts": {"member": "{ben}", "weekday": "1", "starts": "09:00", "ends": "17:00"},
    "days": {"day": "2030-01-01", "kind": "closed"},
    "channels": {"name": "phone", "address": "json://127.0.0.1/x", "whose": "duty"},
    "handover": {"colleague": "{ben}", "reason": "my shift ends"},
    "read": {"note": "{note}"},
    "settings": {"section": "data", "retention_days": "100", "resume_days": "7"},
    "contacts": {"role": "crisis", "name": "Line", "number": "1", "verified_on": "2026-01-01", "verified_by": "Ada"},
    "role": {"role": "reviewer"},
    "invitations": {"email": "nina@demo.example", "name": "Nina", "role": "clinician", "title": ""},
    "{id}": {"answer": "grant"},
    "missed": {"message": "{message}", "category": "self_harm", "level": "urgent"},
}
OPEN = {
    *((method, path) for method in ("GET", "POST") for path in ("/console/login", "/console/factor")),
    *((method, "/console/welcome/{token}") for method in ("GET", "POST")),
    ("POST", "/console/logout"),
    ("POST", "/console/factor/lost"),
}
ROUTES = sorted(
    (method, route.path)
    for route in routes
    for method in (route.methods or set()) - {"HEAD"}
    if route.path != "/console/{rest:path}"
)
GUARDED = [entry for entry in ROUTES if entry not in OPEN]
FIRST = {"release": "claim", "handover": "claim", "say": "join", "leave": "join"}  # What must have been done before.
MADE: dict[str, Callable[[Ward, Transaction], dict[str, object]]] = {  # What the record must be before.
    "confirm": lambda ward, tx: {"proposed_by": ward.ben.id, "proposed_outcome": "C1"},
    "send-back": lambda ward, tx: {"proposed_by": ward.ben.id, "proposed_outcome": "C1"},
    "example": lambda ward, tx: {"state": "closed", "closed_at": tx.now, "outcome": "C7"},
}
UNSEEN = "/console/conversations/{id}/typing"  # It shows nothing and stores nothing, many times a minute.
OF_A_ROW = [entry for entry in GUARDED if "{id}" in entry[1]]


@dataclass(frozen=True)
class Rows:
    """One row of everything that a path or a form can name; all of the demonstration clinic."""

    case: Case
    ids: dict[str, str]

    def path(self, path: str) -> str:
        """The path with the id of a row of its kind."""
        kind = path.split("/{id}")[0].rsplit("/", 1)[-1]
        return path.replace("{id}", self.ids.get(kind, ""))

    def form(self, path: str) -> dict[str, str]:
        return {name: value.format(**self.ids) for name, value in FORMS.get(path.rsplit("/", 1)[-1], {}).items()}


@pytest.fixture
def rows(ward: Ward) -> Rows:
    """Staff are managers here: what a role may not do is for other tests."""
    case = ward.emergency()
    note = case.note("ask me about the nights")
    with ward.db.write() as tx:
        for member in (ward.ada, ward.cleo):
            members.set_role(tx, member.id, "manager")
        shift = rota.add_shift(tx, "demo", ward.ben.id, weekday=0, starts=time(9), ends=time(17))
        channel = channels.add(tx, "demo", "json://127.0.0.1/x", name="phone")
        invitations.invite(tx, "demo", "rosa@demo.example", "Rosa", "clinician", "", by=ward.ada.id)
        factors.ask(tx, "a session of Ben's", ward.ben)
        drill = drills.begin(tx, ward.clinic)
        [invitation], [vouch] = invitations.waiting(tx, "demo"), factors.waiting(tx, "demo")
    example, (sample, unflagged, message) = _example(ward), _sampled(ward)
    ids = {"escalations": case.escalation.id, "conversations": case.conversation.id, "rota": shift.id}
    ids |= {"channels": channel.id, "note": note, "ben": ward.ben.id, "people": ward.ben.id}
    return Rows(
        case, {**ids, "invitations": invitation.id, "vouch": vouch.id, "drill": drill, "examples": example,
            "sample": sample, "unflagged": unflagged, "message": message},
    )  # fmt: skip


def _example(ward: Ward) -> str:
    """An example that Ben has proposed, and that somebody else may judge."""
    case = ward.case()
    case.say("this queue will be the death of me", "urgent", "suicidal_ideation")
    record = case.escalation.id
    with ward.db.write() as tx:
        escalations.update(tx, record, state="closed", closed_at=tx.now, outcome="C7")
        return examples.propose(tx, ward.ben, record, text="I could eat a horse", category="self_harm", level="").id


def _sampled(ward: Ward) -> tuple[str, str, str]:
    """A conversation in which nothing was flagged, drawn for the sample of a month long ago; and a message of it."""
    case = ward.case()
    message = case.say("a quiet day")
    row = {"id": "5" * 32, "clinic_id": "demo", "month": "2020-01", "conversation_id": case.conversation.id}
    with ward.db.write() as tx:
        tx.run(sa.insert(schema.samples), {**row, "drawn_at": tx.now})
    return row["id"], case.conversation.id, message.id


def ask(staff: Staff, method: str, path: str, rows: Rows, **options: object) -> httpx.Response:
    """The status and the beginning of the answer: a stream has no end."""
    form = rows.form(path) if method == "POST" else None
    request = staff.build_request(method, rows.path(path), data=form, **options)  # type: ignore[arg-type]
    response = staff.send(request, stream=True)
    if not response.headers.get("content-type", "").startswith("text/event-stream"):
        response.read()
    response.close()
    return response


def everything(ward: Ward) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, but the trail itself and when a session was last used."""
    kept = [table.name for table in metadata.sorted_tables if table.name not in ("audit", "audit_head", "sessions")]
    with ward.db.engine.connect() as connection:  # As they are stored: to open every value would take most of the time.
        return {
            name: sorted(map(tuple, connection.exec_driver_sql(f"SELECT * FROM {name}")), key=repr) for name in kept
        }


@pytest.mark.parametrize(("method", "path"), [entry for entry in GUARDED if entry[1] != UNSEEN])
def test_every_route_writes_down_who_was_there(ward: Ward, ada: Staff, rows: Rows, method: str, path: str) -> None:
    stem, _, last = path.rpartition("/")
    if last in FIRST:
        ask(ada, "POST", f"{stem}/{FIRST[last]}", rows)
    if last in MADE:
        with ward.db.write() as tx:
            escalations.update(tx, rows.case.escalation.id, **MADE[last](ward, tx))
    before = len(ward.rows(ward.ada))

    answer = ask(ada, method, path, rows)

    assert answer.status_code in (200, 303)
    written = ward.rows(ward.ada)[before:]
    assert len(written) == 1 if method == "GET" else written
    if "{id}" in path and last != "example":  # That one names what was made of the record.
        assert {row.subject for row in written} & set(rows.ids.values())
    with ward.db.read() as tx:
        assert audit.verify(tx).ok


@pytest.mark.parametrize(("method", "path"), OF_A_ROW)
def test_another_clinics_member_finds_nothing_and_changes_nothing(
    ward: Ward, cleo: Staff, rows: Rows, method: str, path: str
) -> None:
    before = everything(ward)

    answer = ask(cleo, method, path, rows)

    assert answer.status_code == 404
    assert "kill" not in ("" if "stream" in path else answer.text)
    assert everything(ward) == before
    assert [row.act for row in ward.rows(ward.cleo)] == ["second_factor", "refused"]


def test_every_guarded_route_names_a_right_that_the_table_knows() -> None:
    rights = {(method, route.path): route.right for route in routes for method in (route.methods or set()) - {"HEAD"}}

    assert {entry for entry in ROUTES if rights[entry] is None} == OPEN
    assert [entry for entry in GUARDED if rights[entry] not in MAY] == []
    assert [right for right, those in MAY.items() if not those] == []


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reaches_what_the_table_says_and_nothing_else(ward: Ward, ada: Staff, rows: Rows, role: str) -> None:
    with ward.db.write() as tx:
        members.set_role(tx, ward.ada.id, role)
    before, known = everything(ward), len(ward.rows(ward.ada))
    rights = {(method, route.path): route.right for route in routes for method in route.methods or ()}
    forbidden = [entry for entry in GUARDED if role not in MAY[rights[entry]]]

    answers = {entry: ask(ada, *entry, rows) for entry in forbidden}

    assert {answer.status_code for answer in answers.values()} <= {403}
    assert [path for (_, path), one in answers.items() if "stream" not in path and "kill" in one.text] == []
    assert everything(ward) == before
    assert [row.act for row in ward.rows(ward.ada)[known:]] == ["forbidden"] * len(forbidden)
    assert [entry for entry in GUARDED if entry not in forbidden and ask(ada, *entry, rows).status_code == 403] == []


def test_an_administrator_signs_in_to_what_the_role_does(ward: Ward, stranger: Staff) -> None:
    with ward.db.write() as tx:
        members.set_role(tx, ward.ada.id, "administrator")

    assert stranger.sign_in("ada").headers["location"] == "/console/duty"
    page = stranger.get("/console/duty").text
    assert 'href="/console/search"' not in page
    assert stranger.get("/console").status_code == 403


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_nobody_who_is_not_signed_in_sees_anything(stranger: Staff, rows: Rows, method: str, path: str) -> None:
    asked = rows.path(path)

    answer = ask(stranger, method, path, rows)

    if method == "GET" and not path.endswith("/stream"):
        assert answer.status_code == 303
        assert answer.headers["location"] == f"/console/login?next={asked}"
    else:
        assert answer.status_code == 401
        assert "kill" not in ("" if path.endswith("/stream") else answer.text)
    assert rows.case.escalation.state == "open"


@pytest.mark.parametrize("path", [path for method, path in ROUTES if method == "POST"])
@pytest.mark.parametrize("sent", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_no_form_of_another_website_does_anything(ada: Staff, rows: Rows, path: str, sent: dict[str, str]) -> None:
    answer = ask(ada, "POST", path, rows, headers=sent)

    assert answer.status_code == 403
    assert rows.case.escalation.state == "open"
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
