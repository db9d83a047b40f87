"""Recording what was found, always through the store's one function: again is harmless, forgetting is not."""

from bot.actions.stage import Stage
from bot.store import conversations, escalations
from bot.store.findings import Finding


def record(stage: Stage, finding: Finding, layer: str) -> None:
    """Record a finding in this turn's message. After "No" to keeping the chat it is only remembered, as ON7b says."""
    turn = stage.turn
    if stage.is_untold:
        stage.set("untold", {"message_id": turn.message_id, "layer": layer, **finding.to_json()})
        return
    conversation = conversations.find(stage.tx, turn.conversation_id)
    escalations.record(stage.tx, conversation, message_id=turn.message_id, assessment=finding, layer=layer)


def record_layers(stage: Stage) -> None:
    """Record what the layers found in a typed message; the front door has recorded the rules' part already."""
    turn = stage.turn
    layer = "answer" if turn.answer is not None else "rules"
    assessment = turn.metadata.get("assessment") or {}
    for found, name in ((assessment, layer), (turn.meaning or {}, "meaning")):
        if found.get("action") in ("page", "ask"):
            record(stage, Finding.from_json(found), name)


def record_again(stage: Stage) -> None:
    """Consent was given after all: what could not be told before is told now."""
    found = stage.get("untold")
    if not found:
        return
    conversation = conversations.find(stage.tx, stage.turn.conversation_id)
    escalations.record(
        stage.tx,
        conversation,
        message_id=found["message_id"],
        assessment=Finding.from_json(found),
        layer=found["layer"],
    )
    stage.set("untold", None)
