"""The answer to "has anyone seen this?": true, however little it is."""

from bot.actions import dialogue
from bot.actions.data_rights import day, moment, readings_of
from bot.actions.interruptions import free_text
from bot.actions.stage import Stage
from bot.actions.step import Step
from bot.store import conversations


class Seen(Step):
    """ "Has anyone seen this?": what the record says, and nothing more."""

    named = "action_seen"

    def act(self, stage: Stage) -> None:
        told = free_text(stage, "has_seen")
        if told is not None:
            dialogue.take(stage, told)
            return
        record = conversations.find(stage.tx, stage.turn.conversation_id).open_escalation
        if stage.is_untold:
            stage.say("utter_seen_unkept")
        elif record is None:
            last = readings_of(stage)[-1:]
            stage.say("utter_seen_no_record", when=day(stage, last[0][0])) if last else stage.say("utter_seen_nobody")
        elif record.claimed_at is not None and record.claimed_by is not None:
            stage.say("utter_seen_claimed", when=moment(stage, record.claimed_at))
        elif record.acknowledged_at is not None:
            stage.say("utter_seen_yes", when=moment(stage, record.acknowledged_at))
        else:
            stage.say("utter_seen_delivered" if record.alerted_at is not None else "utter_seen_sent")
