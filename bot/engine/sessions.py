"""Keeps a conversation of hundreds of turns as fast as a new one.

Rasa reads and copies every event of a session in every turn, and sends them all to every action. Its sessions do not
expire here, so a long one is cut: a new one begins that stands exactly where the old one stood (every slot, the active
form) and knows the last few turns. The old events stay stored.
"""

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

LONG_EVENTS = 240
KEPT_TURNS = 6


def shortened(tracker: DialogueStateTracker, domain: Domain) -> DialogueStateTracker:
    """The tracker itself, or, if it is long, one that begins anew in the same state. Ask only between turns."""
    if len(tracker.events) <= LONG_EVENTS or tracker.is_paused():
        return tracker
    events = tracker.applied_events()
    cut = [number for number, event in enumerate(events) if isinstance(event, UserUttered)][-KEPT_TURNS:][0]
    then = DialogueStateTracker.from_events(tracker.sender_id, events[:cut], domain.slots)
    return DialogueStateTracker.from_events(tracker.sender_id, [*_standing(then, domain), *events[cut:]], domain.slots)


def _standing(tracker: DialogueStateTracker, domain: Domain) -> list[Event]:
    """The events of a new session that begins where this tracker stands."""
    first_values = {slot.name: slot.initial_value for slot in domain.slots}
    slots = [SlotSet(name, slot.value) for name, slot in tracker.slots.items() if slot.value != first_values.get(name)]
    loop = [ActiveLoop(tracker.active_loop_name)] if tracker.active_loop_name else []
    return [SessionStarted(), *slots, *loop, ActionExecuted(ACTION_LISTEN_NAME)]
