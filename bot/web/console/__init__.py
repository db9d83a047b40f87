"""The staff console: server-rendered pages under /console, that work without JavaScript and on a phone.

Every view and every act writes a row of the audit trail; "not yours" is 404; who is not signed in comes back, after
signing in, to where the link led.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.store.database import Transaction
from bot.web.console import (
    acts,
    board,
    closed,
    conversation,
    drill,
    duty,
    examples,
    factor,
    figures,
    live,
    login,
    people,
    record,
    sample,
    search,
    settings,
    shift,
    summary,
    takeover,
    trail,
)
from bot.web.console.access import HOME, RIGHT, Act, View, Visit, anonymous, error_page, form, guarded, page, signed_in
from bot.web.console.exports import export
from bot.web.console.rendering import HEADERS, Page

ESCALATION = "/console/escalations/{id}"
EXAMPLE = "/console/examples/{id}"
CHANNEL = "/console/duty/channels/{id}"
CONVERSATION = "/console/conversations/{id}"
MEMBER = "/console/people/{id}"
SAMPLED = "/console/sample/{id}"
WELCOME = "/console/welcome/{token}"


class Door(Route):
    """A route, and the right that a member needs to use it (`bot.store.roles`); None: everybody may."""

    def __init__(self, path: str, endpoint: Callable[..., Any], *, methods: list[str], name: str, right: str | None):
        super().__init__(path, endpoint, methods=methods, name=name)
        self.right = right

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[RIGHT] = self.right
        await super().handle(scope, receive, send)


def _get(path: str, endpoint: Callable[..., Any], name: str, right: str | None) -> Door:
    return Door(path, endpoint, methods=["GET"], name=f"console_{name}", right=right)


def _post(path: str, endpoint: Callable[..., Any], name: str, right: str | None) -> Door:
    return Door(path, endpoint, methods=["POST"], name=f"console_{name}", right=right)


def _keyboard(visit: Visit, tx: Transaction) -> Page:  # noqa: ARG001 - every view has the same form.
    return Page(template="keyboard", context={"here": "keyboard"})


def _unknown(request: Request) -> Response:
    def answer() -> Response:
        if request.url.path == f"{HOME}/":
            return RedirectResponse(HOME, 303, HEADERS)
        return error_page(request, "not_found", 404) if signed_in(request) else anonymous(request, {})

    return guarded(request, answer)


def _act(act: Act) -> Callable[[Request], Awaitable[Response]]:
    return form(act, view=record.page, kind="escalation", excuse=acts.excuse)


def _duty(act: Act) -> Callable[[Request], Awaitable[Response]]:
    return form(act, view=duty.page, kind="duty", excuse=duty.excuse)


def _example(act: Act, view: View) -> Callable[[Request], Awaitable[Response]]:
    return form(act, view=view, kind="example", excuse=examples.excuse)


def _sample(act: Act, view: View) -> Callable[[Request], Awaitable[Response]]:
    return form(act, view=view, kind="sample", excuse=sample.excuse)


def _people(act: Act) -> Callable[[Request], Awaitable[Response]]:
    return form(act, view=people.page, kind="people", excuse=people.excuse)


def _settings(act: Act) -> Callable[[Request], Awaitable[Response]]:
    return form(act, view=settings.page, kind="settings", excuse=settings.excuse)


def _takeover(act: Act) -> Callable[[Request], Awaitable[Response]]:
    return form(act, view=conversation.page, kind="conversation", excuse=takeover.excuse)


routes: list[Door] = [
    _get("/console/login", login.show, "login", None),
    _post("/console/login", login.sign_in, "sign_in", None),
    _post("/console/logout", login.sign_out, "sign_out", None),
    _get("/console/factor", factor.show, "factor", None),
    _post("/console/factor", factor.enter_code, "enter_code", None),
    _post("/console/factor/lost", factor.ask, "ask_to_be_let_in", None),
    _get(WELCOME, people.welcome, "welcome", None),
    _post(WELCOME, people.accept, "accept", None),
    _get("/console", page(board.page, kind="queue"), "queue", "read"),
    _get("/console/queue/stream", live.queue, "queue_stream", "read"),
    _get("/console/closed", page(closed.page, kind="closed"), "closed", "read"),
    _get("/console/search", page(search.page, kind="search"), "search", "read"),
    _post("/console/search", search.results, "search_results", "read"),
    _get("/console/keyboard", page(_keyboard, kind="keyboard"), "keyboard", "sign_in"),
    _get(ESCALATION, page(record.page, kind="escalation"), "record", "read"),
    _get(f"{ESCALATION}/stream", live.escalation, "record_stream", "read"),
    _post(f"{ESCALATION}/claim", _act(acts.claim), "claim", "act"),
    _post(f"{ESCALATION}/release", _act(acts.release), "release", "act"),
    _post(f"{ESCALATION}/handover", _act(acts.hand_over), "hand_over", "act"),
    _post(f"{ESCALATION}/acknowledge", _act(acts.acknowledge), "acknowledge", "act"),
    _post(f"{ESCALATION}/contact", _act(acts.contact), "contact", "act"),
    _post(f"{ESCALATION}/notes", _act(acts.note), "note", "act"),
    _post(f"{ESCALATION}/close", _act(acts.close), "close", "act"),
    _get(f"{ESCALATION}/example", page(examples.form_page, kind="escalation"), "example", "act"),
    _post(f"{ESCALATION}/example", _example(examples.propose, examples.form_page), "propose_example", "act"),
    _get("/console/examples", page(examples.page, kind="examples"), "examples", "judge_examples"),
    _post(f"{EXAMPLE}/accept", _example(examples.accept, examples.page), "accept_example", "judge_examples"),
    _post(f"{EXAMPLE}/refuse", _example(examples.refuse, examples.page), "refuse_example", "judge_examples"),
    _post(f"{ESCALATION}/confirm", _act(acts.confirm_close), "confirm_close", "act"),
    _post(f"{ESCALATION}/send-back", _act(acts.send_back), "send_back", "act"),
    _get("/console/shift", page(shift.page, kind="shift"), "shift", "read"),
    _get("/console/audit", page(trail.page, kind="audit"), "audit", "read_audit"),
    _get("/console/duty", page(duty.page, kind="duty"), "duty", "see_duty"),
    _post("/console/duty/shifts", _duty(duty.add_shift), "add_shift", "arrange_duty"),
    _post("/console/duty/days", _duty(duty.add_day), "add_day", "arrange_duty"),
    _post("/console/duty/rota/{id}/remove", _duty(duty.remove_duty), "remove_duty", "arrange_duty"),
    _post("/console/duty/channels", _duty(duty.add_channel), "add_channel", "arrange_duty"),
    _post(f"{CHANNEL}/remove", _duty(duty.remove_channel), "remove_channel", "arrange_duty"),
    _post(f"{CHANNEL}/test", _duty(duty.test_channel), "test_channel", "arrange_duty"),
    _get("/console/settings", page(settings.page, kind="settings"), "settings", "change_settings"),
    _post("/console/settings", _settings(settings.save), "save_settings", "change_settings"),
    _post("/console/settings/contacts", _settings(settings.save_contact), "save_contact", "change_settings"),
    _get("/console/drill", page(drill.page, kind="drill"), "drill", "drill"),
    _post("/console/drill", drill.start, "start_drill", "drill"),
    _post(
        "/console/drill/{id}/stop",
        form(drill.stop, view=drill.page, kind="drill", excuse=drill.excuse),
        "stop_drill",
        "drill",
    ),
    _get("/console/sample", page(sample.page, kind="sample"), "sample", "sample"),
    _post("/console/sample", _sample(sample.draw, sample.page), "draw_sample", "sample"),
    _get(SAMPLED, page(sample.reading, kind="sample"), "sampled", "sample"),
    _post(f"{SAMPLED}/nothing", _sample(sample.nothing, sample.reading), "nothing_missed", "sample"),
    _post(f"{SAMPLED}/missed", _sample(sample.missed, sample.reading), "missed", "sample"),
    _get("/console/statistics", page(figures.page, kind="figures"), "figures", "see_figures"),
    _post(
        "/console/statistics/export",
        export(figures.write, view=figures.page, kind="figures"),
        "export_figures",
        "see_figures",
    ),
    _get("/console/people", page(people.page, kind="people"), "people", "manage_people"),
    _post("/console/people/invitations", people.invite, "invite", "manage_people"),
    _post("/console/people/invitations/{id}/withdraw", _people(people.withdraw), "withdraw", "manage_people"),
    _post(f"{MEMBER}/role", _people(people.change_role), "change_role", "manage_people"),
    _post(f"{MEMBER}/factor", _people(people.reset_factor), "reset_factor", "manage_people"),
    _post(f"{MEMBER}/disable", _people(people.disable), "disable_member", "manage_people"),
    _post(f"{MEMBER}/enable", _people(people.enable), "enable_member", "manage_people"),
    _get("/console/vouch", page(people.waiting, kind="vouch"), "vouches", "vouch"),
    _post(
        "/console/vouch/{id}",
        form(people.vouch, view=people.waiting, kind="vouch", excuse=people.not_vouched),
        "vouch",
        "vouch",
    ),
    _get(CONVERSATION, page(conversation.page, kind="conversation"), "conversation", "read"),
    _get(f"{CONVERSATION}/summary", page(summary.page, kind="summary"), "summary", "read"),
    _post(
        f"{CONVERSATION}/summary/export",
        export(summary.write, view=summary.page, kind="summary"),
        "export_summary",
        "export",
    ),
    _post(
        f"{CONVERSATION}/export",
        export(conversation.write, view=conversation.page, kind="conversation"),
        "export_conversation",
        "export",
    ),
    _post(
        f"{CONVERSATION}/summary/read",
        form(summary.read_note, view=summary.page, kind="summary", excuse=summary.excuse),
        "read_note",
        "act",
    ),
    _get(f"{CONVERSATION}/stream", live.conversation, "conversation_stream", "read"),
    _post(f"{CONVERSATION}/join", _takeover(takeover.join), "join", "act"),
    _post(f"{CONVERSATION}/say", _takeover(takeover.say), "say", "act"),
    _post(f"{CONVERSATION}/leave", _takeover(takeover.leave), "leave", "act"),
    _post(f"{CONVERSATION}/typing", takeover.typing, "typing", "act"),
    _get("/console/{rest:path}", _unknown, "unknown", None),
]
