"""The one way into the console: who asks, whether they may, and the row in the audit trail that says what they saw.

A view is a function of a visit and a transaction. It gives the page; that is rendered after the transaction has ended,
and sent only after the audit row is durable. Acts are audited by the store, in the transaction that does them.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from bot.errors import Conflict, Incomplete, NotAllowed, NotFound, StoreUnavailable
from bot.store import audit, clinics, members, roles
from bot.store.database import Database, Transaction
from bot.store.rows import Clinic, Member
from bot.web.console.rendering import HEADERS, Failure, Page, console_words, respond
from bot.web.problems import log_failure
from bot.web.security import clear_cookie, is_same_origin

COOKIE = "between_staff"
HOME = "/console"
LOGIN = "/console/login"
FACTOR = "/console/factor"
FORM_BYTES = 400_000
RIGHT = "right"
TYPED = ("note", "text", "said", "reason")
WITH_FORMS = ("/console/escalations/", "/console/conversations/")
ROW_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A request of a member who is signed in."""

    request: Request
    db: Database
    member: Member
    clinic: Clinic
    form: Mapping[str, str] = field(default_factory=dict, repr=False)

    def is_proved(self, tx: Transaction) -> bool:
        """Whether the member has just shown once more who they are, by the password."""
        return members.is_proved(tx, self.request.cookies[COOKIE])

    @property
    def subject(self) -> str:
        """The id in the path, or the clinic's where the page is about all of it. Raises NotFound for what is no id."""
        found = str(self.request.path_params.get("id", ""))
        if "id" in self.request.path_params and not ROW_ID.fullmatch(found):
            raise NotFound("no such row")
        return found or self.clinic.id


View = Callable[[Visit, Transaction], Page]
Act = Callable[[Visit, Transaction], str]
Excuse = Callable[[Visit, Conflict | Incomplete], tuple[Failure, int]]


class BadForm(Exception):
    """A form that no page of ours sends: too long, or not text."""


def page(view: View, *, kind: str, act: str = "view") -> Callable[[Request], Response]:
    """The endpoint of a page that only members see; each view writes one audit row."""

    def endpoint(request: Request) -> Response:
        return guarded(request, lambda: look(request, view, kind=kind, act=act))

    return endpoint


def form(act: Act, *, view: View, kind: str, excuse: Excuse) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of a form: the act, then a redirect to the path it gives.

    A conflict, or a form that lacks something, shows the page again with what ``excuse`` says of it and what was typed.
    """

    async def endpoint(request: Request) -> Response:
        try:
            values = await read_form(request)
        except BadForm:
            return PlainTextResponse("", 413)
        return await run_in_threadpool(guarded, request, lambda: _do(request, values, act, view, kind, excuse), values)

    return endpoint


def look(
    request: Request,
    view: View,
    *,
    kind: str,
    act: str = "view",
    form: Mapping[str, str] | None = None,
    failure: Failure | None = None,
    status: int | None = None,
) -> Response:
    """Show a page to a member, after it was written down that they have seen it."""
    db: Database = request.app.state.db
    member = signed_in(request)
    if member is None:
        return anonymous(request, form or {})
    visit = enter(request, member, form or {})
    with refusals_noted(visit, kind), db.read() as tx:
        shown, now = view(visit, tx), tx.now
    note(visit, act, kind)
    if failure is not None:
        shown = Page(template=shown.template, context={**shown.context, "failure": failure}, status=status or 409)
    elif status is not None:
        shown = Page(template=shown.template, context=shown.context, status=status)
    return respond(shown, now=now, clinic=visit.clinic, member=member)


def _do(request: Request, values: Mapping[str, str], act: Act, view: View, kind: str, excuse: Excuse) -> Response:
    db: Database = request.app.state.db
    if not is_same_origin(request.headers, request.app.state.settings):
        return error_page(request, "foreign", 403)
    member = signed_in(request)
    if member is None:
        return anonymous(request, values)
    visit = enter(request, member, values)
    prove(visit)
    try:
        with refusals_noted(visit, kind), db.write() as tx:
            onward = act(visit, tx)
    except (Conflict, Incomplete) as error:
        failure, status = excuse(visit, error)
        return look(request, view, kind=kind, form=values, failure=failure, status=status)
    return RedirectResponse(onward, 303, HEADERS)


def prove(visit: Visit) -> None:
    """Take the password that came with a form, for `Visit.is_proved`."""
    password = visit.form.get("password", "")
    if password:
        members.prove(visit.db, visit.request.cookies[COOKIE], visit.member, password, address_of(visit.request))


def enter(request: Request, member: Member, form: Mapping[str, str]) -> Visit:
    """The visit of a member who is signed in. Raises NotAllowed if the role has not the right that the route needs."""
    db: Database = request.app.state.db
    right = request.scope[RIGHT]
    if right is not None and not roles.may(member.role, right):
        with db.write() as tx:
            audit.write(tx, clinic_id=member.clinic_id, actor=member.id, act="forbidden", kind="right", subject=right)
        raise NotAllowed(f"the role {member.role} may not {right}")
    with db.read() as tx:
        return Visit(request=request, db=db, member=member, clinic=clinics.get(tx, member.clinic_id), form=form)


def note(visit: Visit, act: str, kind: str) -> None:
    """Write down what the member has seen, before it is sent."""
    member = visit.member
    with visit.db.write() as tx:
        audit.write(tx, clinic_id=member.clinic_id, actor=member.id, act=act, kind=kind, subject=visit.subject)


@contextmanager
def refusals_noted(visit: Visit, kind: str) -> Iterator[None]:
    """Write down that a member asked for what is not there for them: it may be another clinic's."""
    try:
        yield
    except NotFound:
        note(visit, "refused", kind)
        raise


def signed_in(request: Request) -> Member | None:
    """The member whose session the cookie names, or None."""
    token = request.cookies.get(COOKIE)
    return members.session(request.app.state.db, token) if token else None


def address_of(request: Request) -> str:
    """The network address that the request came from."""
    return request.client.host if request.client else ""


def guarded(request: Request, answer: Callable[[], Response], values: Mapping[str, str] | None = None) -> Response:
    """What ``answer`` gives, or the page that says what is wrong; never a blank one, never an error's own words.

    What was typed into a form (``values``) is given back with it.
    """
    unsaved = typed(values or {})
    try:
        return answer()
    except NotFound:
        return error_page(request, "not_found", 404)
    except NotAllowed:
        return error_page(request, "not_allowed", 403)
    except Exception as error:  # The person on duty needs a page that says so, whatever broke.
        log_failure(f"{request.method} {request.url.path}", error)
        if isinstance(error, StoreUnavailable):
            return error_page(request, "unavailable", 503, unsaved=unsaved)
        return error_page(request, "broken", 500, unsaved=unsaved)


def anonymous(request: Request, values: Mapping[str, str]) -> Response:
    """What somebody sees who is not signed in: the way to sign in and back here, with what they had typed."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.url.path.endswith("/stream"):
        return PlainTextResponse("", 401, HEADERS)
    had_session = COOKIE in request.cookies
    if had_session and request.method == "GET" and members.halfway(request.app.state.db, request.cookies[COOKIE]):
        return RedirectResponse(f"{FACTOR}?next={quote(here, safe='/')}", 303, HEADERS)
    if request.method != "GET":
        onward = record_of(request.url.path)
        return sign_in_page(request, onward=onward, ended=True, unsaved=typed(values), status=401)
    if not had_session and request.headers.get("sec-fetch-site") == "cross-site":
        shown = Page(template="onward", context={"target": here})
        return respond(shown, now=request.app.state.db.clock())
    ended = "&ended=1" if had_session else ""
    response = RedirectResponse(f"{LOGIN}?next={quote(here, safe='/')}{ended}", 303, HEADERS)
    if had_session:
        clear_cookie(response, COOKIE, request.app.state.settings)
    return response


def sign_in_page(
    request: Request,
    *,
    onward: str = HOME,
    email: str = "",
    failure: str = "",
    ended: bool = False,
    said: str = "",
    unsaved: str = "",
    status: int = 200,
) -> HTMLResponse:
    """The page to sign in, with what went wrong and where it leads afterwards."""
    login = console_words()["login"]
    lines = tuple(line for line in (failure, login["ended"] if ended else "") if line)
    context = {
        "next": safe_path(onward),
        "email": email,
        "failure": Failure(lines=lines) if lines else None,
        "said": said,
        "unsaved": unsaved,
    }
    shown = Page(template="login", context=context, status=status)
    return respond(shown, now=request.app.state.db.clock(), demo=is_demonstration(request))


def is_demonstration(request: Request) -> bool:
    """Whether a clinic of this installation is a demonstration; the page to sign in says so before anybody is known."""
    try:
        with request.app.state.db.read() as tx:
            return any(clinic.settings.demo for clinic in clinics.all(tx))
    except StoreUnavailable:
        return False


def typed(values: Mapping[str, str]) -> str:
    """What a person wrote into a form of ours, and would not want to write again."""
    return next((values[name] for name in TYPED if values.get(name)), "")


def error_page(request: Request, problem: str, status: int, *, unsaved: str = "") -> HTMLResponse:
    """A page that says what is wrong, and what of the person's work is safe."""
    again = request.url.path if request.method == "GET" else record_of(request.url.path)
    context = {
        "problem": problem,
        "again": "" if problem in ("not_found", "not_allowed") else again,
        "signed_in": COOKIE in request.cookies,
        "unsaved": unsaved,
    }
    shown = Page(template="error", context=context, status=status)
    if problem != "not_allowed":
        return respond(shown, now=request.app.state.db.clock())
    member = signed_in(request)  # The menu says what the role does instead.
    return respond(shown, now=request.app.state.db.clock(), member=member)


def home_of(member: Member) -> str:
    """Where a member begins: the queue, or the first page for a role that does not read it."""
    return HOME if roles.may(member.role, "read") else "/console/duty"


def record_of(path: str) -> str:
    """The page that a form of ours stands on: the record for ``/console/escalations/<id>/<act>``."""
    return path.rsplit("/", 1)[0] if path.startswith(WITH_FORMS) and path.count("/") > 3 else HOME


def safe_path(value: str) -> str:
    """A path inside the console, as a link in an alert has it; anything else becomes the queue."""
    parts = urlsplit(value)
    inside = parts.path == HOME or parts.path.startswith(f"{HOME}/")
    if parts.scheme or parts.netloc or not inside or "\\" in value or any(ord(sign) < 33 for sign in value):
        return HOME
    return value


async def read_form(request: Request) -> dict[str, str]:
    """The values of a posted form, the last of each name. Raises BadForm."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES:
            raise BadForm
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=50)
    except ValueError as error:
        raise BadForm from error
    return {name: value.replace("\r\n", "\n") for name, value in pairs}
