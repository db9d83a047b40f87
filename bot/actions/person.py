""" "I want a person" (clinical content 4.19): recorded before anything is asked, promised only as far as it is true."""

from bot.actions import course
from bot.actions.flow import menu, pause, start
from bot.actions.recording import record
from bot.actions.stage import Stage
from bot.store.findings import Finding

DIALOGUE = "person"
REQUEST = Finding(level="same_day", action="page", categories=("request_human",), reasons=("asked for a person",))


def begin(stage: Stage, *, resume_at: str | None = None, layer: str | None = "meaning") -> None:
    """Record the request, pause what runs, and begin. ``layer`` None: it is recorded already."""
    if layer is not None:
        record(stage, REQUEST, layer)
    pause(stage, resume_at)
    course.stop_here(stage)
    if stage.is_untold:
        stage.say("utter_HP_untold")
        menu(stage)
        return
    start(stage, DIALOGUE, interrupting=True)
