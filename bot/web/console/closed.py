"""The records that were closed last, with what came of them."""

from bot.store import escalations
from bot.store.database import Transaction
from bot.web.console.access import Visit
from bot.web.console.rendering import Page

SHOWN = 100


def page(visit: Visit, tx: Transaction) -> Page:
    """The page with closed records, the last closed first."""
    return Page(
        template="closed", context={"rows": escalations.closed(tx, visit.clinic.id, limit=SHOWN), "here": "closed"}
    )
