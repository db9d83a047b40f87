"""When strangers flood: pages are grouped, records are not (design section 10).

More than five emergencies of conversations that no portal vouches for, within ten minutes: from then on one page says
"several conversations need you" for all that wait, at most every two minutes. A record counts as told only once the
page that speaks for it has arrived.
"""

from datetime import timedelta

from bot.store import clinics, escalations, outbox
from bot.store.database import Transaction
from bot.store.outbox import Notification
from bot.store.rows import Escalation

WINDOW = timedelta(minutes=10)
EMERGENCIES = 5
EVERY = timedelta(seconds=120)
GROUPED = ("opened", "raised", "unacknowledged")
KIND = "several"


def joins(tx: Transaction, notification: Notification, escalation: Escalation | None) -> bool:
    """Let this page wait for the next that speaks for several, if there is a flood of its kind."""
    if escalation is None or escalation.level != "emergency" or notification.kind not in GROUPED:
        return False
    if not escalations.is_anonymous(tx, escalation.conversation_id):
        return False
    if escalations.anonymous_emergencies(tx, notification.clinic_id, since=tx.now - WINDOW) <= EMERGENCIES:
        return False
    clinics.lock(tx, notification.clinic_id)
    waiting, last = outbox.pages(tx, notification.clinic_id, KIND, step=notification.step)
    if not waiting:
        at = max(tx.now, last + EVERY) if last else tx.now
        outbox.add(
            tx, clinic_id=notification.clinic_id, kind=KIND, level="emergency", step=notification.step, at=at
        )  # fmt: skip
    outbox.group(tx, notification, until=tx.now + EVERY)
    return True


def told(tx: Transaction, page: Notification) -> None:
    """The page has arrived: so have all that waited for it."""
    for notification in outbox.grouped(tx, page):
        outbox.delivered(tx, notification)
