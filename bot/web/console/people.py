"""The people of a clinic: their roles, their second steps, invitations, and letting a colleague in at night."""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from bot.errors import Conflict, Incomplete, NotFound
from bot.store import audit, clinics, factors, invitations, members
from bot.store.database import Database, Transaction
from bot.store.roles import ROLES
from bot.store.rows import Member
from bot.web.console.access import BadForm, Visit, anonymous, enter, error_page, guarded, look, read_form, signed_in
from bot.web.console.rendering import HEADERS, Failure, Page, page_words, respond
from bot.web.security import is_same_origin

HERE = "/console/people"
VOUCH = "/console/vouch"
FIELDS = ("email", "name", "role", "title")


def page(visit: Visit, tx: Transaction) -> Page:
    """Everybody who works here, and who is invited. ``made`` is the link that was made by this very request."""
    said = page_words("people", visit.clinic)
    done = visit.request.query_params.get("done", "")
    context = {
        "here": "people",
        "said": said,
        "members": members.of_clinic(tx, visit.clinic.id),
        "roles": ROLES,
        "invitations": invitations.waiting(tx, visit.clinic.id),
        "kept": {name: visit.form.get(name, "") for name in FIELDS},
        "wrong": visit.form.get("wrong", ""),
        "made": visit.form.get("made", ""),
        "done": said["people"]["done"].get(done, ""),
    }
    return Page(template="people", context=context)


async def invite(request: Request) -> Response:
    """Make an invitation, and show its link on the page that answers: it is known this once."""
    try:
        values = await read_form(request)
    except BadForm:
        return PlainTextResponse("", 413)
    asked = {name: values.get(name, "") for name in FIELDS}
    return await run_in_threadpool(guarded, request, lambda: _invite(request, asked))


def _invite(request: Request, asked: dict[str, str]) -> Response:
    db: Database = request.app.state.db
    if not is_same_origin(request.headers, request.app.state.settings):
        return error_page(request, "foreign", 403)
    member = signed_in(request)
    if member is None:
        return anonymous(request, asked)
    enter(request, member, asked)
    try:
        with db.write() as tx:
            token = invitations.invite(tx, member.clinic_id, **asked, by=member.id)
    except Incomplete as error:
        return look(request, page, kind="people", form={**asked, "wrong": str(error)}, status=422)
    link = f"{request.app.state.settings.public_url}/console/welcome/{token}"
    return look(request, page, kind="people", form={"name": asked["name"], "made": link})


def withdraw(visit: Visit, tx: Transaction) -> str:
    invitations.withdraw(tx, visit.clinic.id, visit.subject, by=visit.member.id)
    return f"{HERE}?done=withdrawn"


def change_role(visit: Visit, tx: Transaction) -> str:
    role = visit.form.get("role", "")
    if role not in ROLES:
        raise Incomplete("role")
    return _change(visit, tx, "role", lambda one: members.set_role(tx, one.id, role))


def reset_factor(visit: Visit, tx: Transaction) -> str:
    return _change(visit, tx, "reset", lambda one: factors.reset(tx, one.id))


def disable(visit: Visit, tx: Transaction) -> str:
    return _change(visit, tx, "disabled", lambda one: members.disable(tx, one.id))


def enable(visit: Visit, tx: Transaction) -> str:
    return _change(visit, tx, "enabled", lambda one: members.enable(tx, one.id))


def _change(visit: Visit, tx: Transaction, act: str, change: Callable[[Member], None]) -> str:
    """Change another member of the clinic. Raises Conflict for oneself: nobody locks themselves out or up."""
    member = members.get(tx, visit.subject)
    if member.clinic_id != visit.clinic.id:
        raise NotFound("no such member")
    if member.id == visit.member.id:
        raise Conflict("own")
    change(member)
    audit.write(tx, clinic_id=visit.clinic.id, actor=visit.member.id, act=act, kind="member", subject=member.id)
    return f"{HERE}?done={act}"


def excuse(visit: Visit, error: Conflict | Incomplete) -> tuple[Failure, int]:
    """Why nothing was changed."""
    failed = page_words("people", visit.clinic)["people"]["failed"]
    return Failure(lines=(failed[str(error)],)), 409 if isinstance(error, Conflict) else 422


def waiting(visit: Visit, tx: Transaction) -> Page:
    """Who waits to be let in."""
    said = page_words("people", visit.clinic)
    done = visit.request.query_params.get("done", "")
    context = {
        "said": said,
        "vouches": factors.waiting(tx, visit.clinic.id),
        "done": said["vouch"]["done"].get(done, ""),
    }
    return Page(template="vouch", context=context)


def vouch(visit: Visit, tx: Transaction) -> str:
    granted = visit.form.get("answer") == "grant"
    factors.vouch(tx, visit.member, visit.subject, granted=granted)
    return f"{VOUCH}?done={'granted' if granted else 'refused'}"


def not_vouched(visit: Visit, error: Conflict | Incomplete) -> tuple[Failure, int]:  # noqa: ARG001 - the form of every excuse.
    """Nobody lets themselves in."""
    return Failure(lines=(page_words("people", visit.clinic)["vouch"]["own"],)), 409


def welcome(request: Request) -> Response:
    """The page that an invitation leads to."""
    return guarded(request, lambda: _welcome(request))


async def accept(request: Request) -> Response:
    """Make the account, and go on to sign in."""
    try:
        values = await read_form(request)
    except BadForm:
        return PlainTextResponse("", 413)
    return await run_in_threadpool(guarded, request, lambda: _accept(request, values.get("password", "")))


def _accept(request: Request, password: str) -> Response:
    if not is_same_origin(request.headers, request.app.state.settings):
        return error_page(request, "foreign", 403)
    db: Database = request.app.state.db
    try:
        with db.write() as tx:
            invitations.accept(tx, request.path_params["token"], password)
    except (Incomplete, NotFound):  # The page says which of the two.
        return _welcome(request, status=422)
    return RedirectResponse("/console/login?welcome=1", 303, HEADERS)


def _welcome(request: Request, *, status: int = 200) -> Response:
    db: Database = request.app.state.db
    said = page_words("people")
    with db.read() as tx:
        now = tx.now
        try:
            found = invitations.find(tx, request.path_params["token"])
        except NotFound:
            return respond(Page(template="welcome", context={"said": said, "found": None}, status=404), now=now)
        clinic = clinics.get(tx, found.clinic_id)
    context = {"said": said, "found": found, "clinic_name": clinic.settings.name, "weak": status == 422}
    return respond(Page(template="welcome", context=context, status=status), now=now)
