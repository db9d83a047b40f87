"""The staff console: server-rendered pages under /console, that work without JavaScript and on a phone.

Every view and every act writes a row of the audit trail; "not yours" is 404; who is not signed in comes back, after
signing in, to where the link led.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.store.database import Transaction
from bot.web.console import acts, board, closed, conversation, duty, live, login, record, search, summary, takeover
from bot.web.console.access import HOME, Act, Visit, anonymous, error_page, form, guarded, page, signed_in
from bot.web.console.rendering import HEADERS, Page

ESCALATION = "/console/escalations/{id}"
CHANNEL = "/console/duty/channels/{id}"
CONVERSATION = "/console/conversations/{id}"


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


def _takeover(act: Act) -> Callable[[Request], Awaitable[Response]]:
    return form(act, view=conversation.page, kind="conversation", excuse=takeover.excuse)


routes: list[Route] = [
    Route("/console/login", login.show, methods=["GET"], name="console_login"),
    Route("/console/login", login.sign_in, methods=["POST"], name="console_sign_in"),
    Route("/console/logout", login.sign_out, methods=["POST"], name="console_sign_out"),
    Route("/console", page(board.page, kind="queue"), methods=["GET"], name="console_queue"),
    Route("/console/queue/stream", live.queue, methods=["GET"], name="console_queue_stream"),
    Route("/console/closed", page(closed.page, kind="closed"), methods=["GET"], name="console_closed"),
    Route("/console/search", page(search.page, kind="search"), methods=["GET"], name="console_search"),
    Route("/console/search", search.results, methods=["POST"], name="console_search_results"),
    Route("/console/keyboard", page(_keyboard, kind="keyboard"), methods=["GET"], name="console_keyboard"),
    Route(ESCALATION, page(record.page, kind="escalation"), methods=["GET"], name="console_record"),
    Route(f"{ESCALATION}/stream", live.escalation, methods=["GET"], name="console_record_stream"),
    Route(f"{ESCALATION}/claim", _act(acts.claim), methods=["POST"], name="console_claim"),
    Route(f"{ESCALATION}/release", _act(acts.release), methods=["POST"], name="console_release"),
    Route(f"{ESCALATION}/handover", _act(acts.hand_over), methods=["POST"], name="console_hand_over"),
    Route(f"{ESCALATION}/acknowledge", _act(acts.acknowledge), methods=["POST"], name="console_acknowledge"),
    Route(f"{ESCALATION}/contact", _act(acts.contact), methods=["POST"], name="console_contact"),
    Route(f"{ESCALATION}/notes", _act(acts.note), methods=["POST"], name="console_note"),
    Route(f"{ESCALATION}/close", _act(acts.close), methods=["POST"], name="console_close"),
    Route("/console/duty", page(duty.page, kind="duty"), methods=["GET"], name="console_duty"),
    Route("/console/duty/shifts", _duty(duty.add_shift), methods=["POST"], name="console_add_shift"),
    Route("/console/duty/days", _duty(duty.add_day), methods=["POST"], name="console_add_day"),
    Route("/console/duty/rota/{id}/remove", _duty(duty.remove_duty), methods=["POST"], name="console_remove_duty"),
    Route("/console/duty/channels", _duty(duty.add_channel), methods=["POST"], name="console_add_channel"),
    Route(f"{CHANNEL}/remove", _duty(duty.remove_channel), methods=["POST"], name="console_remove_channel"),
    Route(f"{CHANNEL}/test", _duty(duty.test_channel), methods=["POST"], name="console_test_channel"),
    Route(CONVERSATION, page(conversation.page, kind="conversation"), methods=["GET"], name="console_conversation"),
    Route(f"{CONVERSATION}/summary", page(summary.page, kind="summary"), methods=["GET"], name="console_summary"),
    Route(
        f"{CONVERSATION}/summary/read",
        form(summary.read_note, view=summary.page, kind="summary", excuse=summary.excuse),
        methods=["POST"],
        name="console_read_note",
    ),
    Route(f"{CONVERSATION}/stream", live.conversation, methods=["GET"], name="console_conversation_stream"),
    Route(f"{CONVERSATION}/join", _takeover(takeover.join), methods=["POST"], name="console_join"),
    Route(f"{CONVERSATION}/say", _takeover(takeover.say), methods=["POST"], name="console_say"),
    Route(f"{CONVERSATION}/leave", _takeover(takeover.leave), methods=["POST"], name="console_leave"),
    Route(f"{CONVERSATION}/typing", takeover.typing, methods=["POST"], name="console_typing"),
    Route("/console/{rest:path}", _unknown, methods=["GET"], name="console_unknown"),
]
