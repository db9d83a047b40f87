"""The clinic's own examples for the risk screen: proposed on a record closed as C7 or C8, judged by a second person."""

from bot.errors import Conflict, Incomplete
from bot.safety import CATEGORIES
from bot.store import escalations, examples
from bot.store.database import Transaction
from bot.store.findings import LEVELS
from bot.web.console.access import Visit
from bot.web.console.rendering import Failure, Page, console_words

SHOWN = 100
FIELDS = ("text", "category", "level")
HOME = "/console/examples"


def page(visit: Visit, tx: Transaction) -> Page:
    """All examples of the clinic, first those that wait for a second person."""
    return Page(
        template="examples",
        context={
            "rows": examples.of_clinic(tx, visit.clinic.id, limit=SHOWN),
            "done": _done(visit),
            "here": "examples",
        },
    )


def form_page(visit: Visit, tx: Transaction) -> Page:
    """The form for one closed record, with what was proposed on it before. Raises NotFound."""
    record = escalations.load(tx, visit.member, visit.subject).escalation
    return Page(
        template="example",
        context={
            "record": record,
            "wanted": examples.wanted(record),
            "is_false_alarm": record.outcome == examples.FALSE_ALARM,
            "rows": examples.of_record(tx, record.id),
            "categories": CATEGORIES,
            "levels": LEVELS[:-1],
            "longest": examples.LONGEST,
            "kept": {name: visit.form.get(name, "") for name in FIELDS},
            "done": _done(visit),
            "here": "closed",
        },
    )


def propose(visit: Visit, tx: Transaction) -> str:
    """Raises NotFound, Conflict, Incomplete: see `bot.store.examples`."""
    category = visit.form.get("category", "")
    if category not in CATEGORIES:
        raise Incomplete("an example needs a category")
    text, level = visit.form.get("text", ""), visit.form.get("level", "")
    examples.propose(tx, visit.member, visit.subject, text=text, category=category, level=level)
    return f"/console/escalations/{visit.subject}/example?done=proposed"


def accept(visit: Visit, tx: Transaction) -> str:
    examples.judge(tx, visit.member, visit.subject, accept=True)
    return f"{HOME}?done=accepted"


def refuse(visit: Visit, tx: Transaction) -> str:
    examples.judge(tx, visit.member, visit.subject, accept=False)
    return f"{HOME}?done=refused"


def excuse(visit: Visit, error: Conflict | Incomplete) -> tuple[Failure, int]:
    """Why nothing was done, for the person who wanted it."""
    said = console_words(visit.clinic)["examples"]["failed"]
    if isinstance(error, examples.TooNear):
        return Failure(lines=(said["too_near"],), link="#text", link_words=said["too_near_link"]), 422
    is_proposal = visit.request.url.path.endswith("/example")
    if isinstance(error, Incomplete):
        return Failure(lines=(said["missing" if is_proposal else "own"],)), 422
    return Failure(lines=(said["not_wanted" if is_proposal else "judged"],)), 409


def _done(visit: Visit) -> str:
    said, done = console_words(visit.clinic)["examples"]["done"], visit.request.query_params.get("done", "")
    return str(said[done]) if done in said else ""
