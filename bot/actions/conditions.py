"""The conditions that a state of a dialogue file may name in ``only_if``."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

from bot.actions import data_rights, log, measures, plan, reflection, urge
from bot.actions.stage import Stage
from bot.store import conversations

SHORT_NIGHT_HOURS = 3
HIGH = 8
LATELY = timedelta(hours=2)
VERY_HIGH = 9
AFTER_A_CHANGE = timedelta(days=28)
OTHERWISE_EVERY = timedelta(days=7)
CONSENT_HOLDS = timedelta(days=182)
WEEK_MINUTES = 7 * 24 * 60


def two_short_nights(stage: Stage) -> bool:
    """Under three hours tonight and at the check-in before this one."""
    nights = [(one.session, one.value) for one in stage.answers("check_in") if one.step == "sleep"]
    last = dict(nights)
    hours = list(last.values())[-2:]
    return len(hours) == 2 and all(isinstance(value, int) and value < SHORT_NIGHT_HOURS for value in hours)


def red_flags_due(stage: Stage) -> bool:
    """Daily for 28 days after a change of the dose, weekly otherwise (CI7)."""
    kept = stage.answers("check_in")
    if not not_asked_lately("red_flags", stage):
        return False
    now = stage.tx.now
    changes = [one for one in kept if one.step == "dose_change" and one.value not in ("no", None)]
    if any(one.at > now - AFTER_A_CHANGE for one in changes):
        return True
    return not any(one.step == "red_flags" and one.at > now - OTHERWISE_EVERY for one in kept)


def not_asked_lately(step: str, stage: Stage) -> bool:
    """Whether no dialogue has had this answer in the last two hours."""
    asked = [one.at for one in stage.answers() if one.step == step]
    return not any(at > stage.tx.now - LATELY for at in asked)


def very_high(stage: Stage) -> bool:
    return all(_at_least(stage, step, VERY_HIGH) for step in ("pull", "anxiety"))


def pull_high(stage: Stage) -> bool:
    return _at_least(stage, "pull", HIGH)


def no_contact(stage: Stage) -> bool:
    return not stage.facts().get("contact")


def town_unknown(stage: Stage) -> bool:
    return not stage.facts().get("town")


def some_contact(stage: Stage) -> bool:
    return any(stage.facts().get(name) for name in ("contact", "town", "safe_time"))


def contact_known(stage: Stage) -> bool:
    """A contact that may be used: not after "Not safe at all"."""
    known = stage.facts()
    return bool(known.get("contact")) and known.get("safe_contact") != "not_safe"


def contact_missing(stage: Stage) -> bool:
    known = stage.facts()
    return not known.get("contact") and known.get("safe_contact") != "not_safe"


def full_version(stage: Stage) -> bool:
    """Everything is asked; where it is not safe to chat, the short version is (ON3)."""
    return in_scope(stage) and stage.facts().get("shared_device") != "not_safe"


def in_scope(stage: Stage) -> bool:
    return bool(stage.get("limited") != "fits")


def kept(stage: Stage) -> bool:
    """Consent was given: a note reaches somebody."""
    return stage.is_kept


def team_here(stage: Stage) -> bool:
    return _in_hours(stage) is True


def team_away(stage: Stage) -> bool:
    return _in_hours(stage) is False


def team_unknown(stage: Stage) -> bool:
    return _in_hours(stage) is None


def something_stopped(stage: Stage) -> bool:
    return bool(stage.get("stopped_form") or stage.get("paused_form"))


def nothing_paused(stage: Stage) -> bool:
    return not stage.get("paused_form")


def safety_open(stage: Stage) -> bool:
    """A safety step was open the last time; a plain request for a person is none."""
    record = stage.turn.open_escalation or {}
    return record.get("action") == "page" and set(record.get("categories") or ()) != {"request_human"}


def locked(stage: Stage) -> bool:
    return stage.turn.is_locked


def consent_due(stage: Stage) -> bool:
    """Consent is asked again every six months, and when its text is another one than was agreed to."""
    if not stage.is_kept:
        return False
    version, at = conversations.consent_of(stage.tx, stage.turn.conversation_id)
    is_old = at is None or at < stage.tx.now - CONSENT_HOLDS
    return is_old or version != stage.consent_version


def away_over_a_week(stage: Stage) -> bool:
    return int(stage.turn.metadata.get("away_minutes") or 0) > WEEK_MINUTES


def _at_least(stage: Stage, step: str, limit: int) -> bool:
    value = stage.answered("check_in", step)
    return isinstance(value, int) and value >= limit


def _in_hours(stage: Stage) -> bool | None:
    """Whether the team is there: as the clinic's hours say, or as a next opening implies; None: unknown."""
    given = stage.turn.clinic.get("in_hours")
    if given in ("yes", "no"):
        return bool(given == "yes")
    return False if stage.turn.clinic.get("next_open") else None


CONDITIONS: Mapping[str, Callable[[Stage], bool]] = {
    condition.__name__: condition
    for condition in (
        two_short_nights,
        red_flags_due,
        very_high,
        pull_high,
        no_contact,
        town_unknown,
        some_contact,
        contact_known,
        contact_missing,
        full_version,
        in_scope,
        kept,
        team_here,
        team_away,
        team_unknown,
        something_stopped,
        nothing_paused,
        safety_open,
        locked,
        consent_due,
        away_over_a_week,
    )
} | {
    "urge_very_high": urge.very_high,
    "red_flags_not_asked_lately": partial(not_asked_lately, "red_flags"),
    "mixed_not_asked_lately": partial(not_asked_lately, "mixed"),
    "something_stored": lambda stage: bool(data_rights.stored(stage)),
    "somebody_has_read": lambda stage: bool(data_rights.readers(stage)),
    "entry_to_delete": lambda stage: bool(data_rights.entry_to_delete(stage)),
    "plan_written": lambda stage: bool(plan.whole(stage)),
    "gad7_due": measures.gad7_due,
    "gad7_severe": measures.gad7_severe,
    "here_very_often": measures.here_very_often,
    "angry_before": log.angry_before,
    "hurt_told": log.hurt_told,
    "closed_lately": reflection.closed_lately,
    "plan_for_a_slip": lambda stage: bool(plan.for_a_slip(stage)),
    "two_rounds_no_drop": urge.two_rounds_no_drop,
    "urge_not_lower": urge.not_lower,
    **reflection.CONDITIONS,
}
