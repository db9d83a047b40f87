"""What the reflective session's dialogue file names: its conditions, its steps, and the sources of its placeholders."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.actions import course, guesses, picture, plan, wording
from bot.actions.recording import record
from bot.actions.stage import Stage
from bot.reflection import load_model
from bot.store import clinics, conversations, escalations, facts, formulations, messages
from bot.store.findings import Finding
from bot.store.rows import Escalation

VERY_HIGH = 9
RISE = 3
A_DAY = timedelta(hours=24)
NO_RISK = ("C7", "C10")  # Closed as no risk in context, or as a drill.
QUOTE_SIGNS = 90
QUOTE_WORDS = 4
OWN_WORDS = ("own_words", "inner_text")
SIDES = {
    "mostly_craving": "pull",
    "both_craving_louder": "pull",
    "mostly_anxiety": "worry",
    "both_anxiety_louder": "worry",
}
OFFERS = {
    "mostly_craving": "pull",
    "mostly_anxiety": "worry",
    "both_craving_louder": "pull_first",
    "both_anxiety_louder": "worry_first",
    "both_even": "both",
    "withdrawal_or_rebound": "body",
    "body_symptoms_unexplained": "body",
}
RATINGS = (("pull_before", "pull_after"), ("anxiety_before", "anxiety_after"))
FLAGS_FIRST = ("catastrophe_without", "catastrophic_misreading", "withdrawal_body")
DANGER_FIRST = "hypervigilance"
THOUGHT_WAS_THERE = ("thought_first", "together")
KNOWN_BEFORE = ("very_like", "partly", "stronger")
CHANGES = ("extra_now", "higher_planned")
# What staff are told by the headline and by the level of withdrawal: they see it, the patient's chat goes on.
TOLD = {
    "withdrawal_or_rebound": Finding(
        level="same_day", action="review", categories=("withdrawal_emergency",), reasons=("withdrawal likely",)
    ),
    "body_symptoms_unexplained": Finding(
        level="same_day", action="review", categories=("withdrawal_emergency",), reasons=("new symptoms, no change",)
    ),
    "possible": Finding(
        level="note", action="review", categories=("withdrawal_emergency",), reasons=("withdrawal possible",)
    ),
}


def look_allowed(stage: Stage) -> bool:
    """No safety step is open, and none was closed within a day (5.7). A clear no to `ask` opens none."""
    return not any(
        one.closed_at is None or (one.closed_at > stage.tx.now - A_DAY and one.outcome not in NO_RISK)
        for one in _records(stage)
    )


def closed_lately(stage: Stage) -> bool:
    """No safety step is open, and one was closed within a day (5.7)."""
    return not look_allowed(stage) and all(one.closed_at is not None for one in _records(stage))


def first_since_record(stage: Stage) -> bool:
    """A safety record was closed since the last session."""
    closed = [one.closed_at for one in _records(stage) if one.closed_at and one.outcome not in NO_RISK]
    return bool(closed) and not any(one.at > max(closed) for one in stage.answers(picture.DIALOGUE))


def third_session_today(stage: Stage) -> bool:
    conversation = conversations.find(stage.tx, stage.turn.conversation_id)
    zone = ZoneInfo(clinics.get(stage.tx, conversation.clinic_id).settings.timezone)
    today = stage.tx.now.astimezone(zone).date()
    seen = [one.shown_at for one in formulations.of(stage.tx, conversation.id) if one.shown_at]
    return sum(at.astimezone(zone).date() == today for at in seen) >= 2


def both_very_high(stage: Stage) -> bool:
    return all(_rated(stage, before) >= VERY_HIGH for before, _ in RATINGS)


def one_very_high(stage: Stage) -> bool:
    return any(_rated(stage, before) >= VERY_HIGH for before, _ in RATINGS)


def distress_rose(stage: Stage) -> bool:
    """By three points or more, or at nine or ten for the second time (1.6)."""
    ratings = [(_rated(stage, before), _rated(stage, after)) for before, after in RATINGS]
    rose = any(0 <= before <= after - RISE for before, after in ratings)
    highest = sum(value >= VERY_HIGH for pair in ratings for value in pair)
    return rose or (highest >= 2 and any(after >= VERY_HIGH for _, after in ratings))


def first_and_second_told(stage: Stage) -> bool:
    told = first_and_second(stage)
    return bool(told["first"] and told["second"])


def words_may_fit(stage: Stage) -> bool:
    """Nobody guesses yet, or the guess is worth a question."""
    return not stage.turn.inner or guesses.likely(stage.turn.inner)


def words_likely(stage: Stage) -> bool:
    """The words just written sound like one of the kinds; nobody is given the list to pick from."""
    return guesses.likely(stage.turn.inner)


def inner_words_told(stage: Stage) -> bool:
    return bool(_inner(stage))


def flags_come_first(stage: Stage) -> bool:
    return bool(set(_inner(stage)) & set(FLAGS_FIRST))


def danger_comes_first(stage: Stage) -> bool:
    return DANGER_FIRST in _inner(stage)


def contradiction_unasked(stage: Stage) -> bool:
    return bool(picture.standing(stage))


def tied(stage: Stage) -> bool:
    return picture.now(stage).needs_louder


def withdrawal_possible(stage: Stage) -> bool:
    return picture.now(stage).withdrawal_level == "possible"


def change_worth_noting(stage: Stage) -> bool:
    """The medicine was changed, although withdrawal is not what leads."""
    found = picture.now(stage)
    change = load_model().questions["dose_change"].options.get(str(picture.answered(stage).get("dose_change")))
    noted = change is not None and (change.opens_gate or change.id in CHANGES)
    return noted and found.withdrawal_level == "none"


def own_words_told(stage: Stage) -> bool:
    return bool(_last(stage, "own_words"))


def simpler_words(stage: Stage) -> None:
    facts.set(stage.tx, stage.turn.conversation_id, "simpler_words", True)


def show_picture(stage: Stage) -> None:
    """The result is told now: it is kept as shown, and what a prescriber should hear goes to the team's list."""
    picture.keep(stage, shown=True)
    found = picture.now(stage)
    told = TOLD.get(found.headline) or TOLD.get(found.withdrawal_level)
    if told is not None:
        record(stage, told, "answer")


def first_stands(stage: Stage) -> None:
    _settle_pair(stage, 1)


def second_stands(stage: Stage) -> None:
    _settle_pair(stage, 0)


def neither_stands(stage: Stage) -> None:
    _settle_pair(stage, None)


def first_and_second(stage: Stage) -> Mapping[str, Any]:
    first = picture.phrase(stage, "first", "order")
    order = picture.answered(stage).get("order")
    table = "second_after_thought" if order in THOUGHT_WAS_THERE else "second"
    return {"first": first, "second": "" if order == "no_thought" else picture.phrase(stage, table, "speed")}


def own_words(stage: Stage) -> Mapping[str, Any]:
    words = _quote(stage)
    return {"variant": "words", "words": words} if words else {"variant": "thanks"}


def inner_words(stage: Stage) -> Mapping[str, Any]:
    return {"variant": _inner(stage)[0]}


def contradiction(stage: Stage) -> Mapping[str, Any]:
    first, second = picture.standing(stage)[0]
    return {"first": picture.title(stage, first), "second": picture.title(stage, second)}


def told_picture(stage: Stage) -> Mapping[str, Any]:
    """The headline as the ending of a response's name, with two facts of the person's own that go with it."""
    found = picture.now(stage)
    variant = found.headline
    if variant == "not_clear_yet" and "life_event" in found.flags:
        variant = "life_event"
    elif variant == "not_clear_yet" and found.contradictions:
        variant += "_mixed"
    elif found.tie_decided_by == "person":
        variant += "_told"
    elif variant in SIDES and variant != "mostly_craving" and not _known_before(stage):
        variant += "_new"
    values = {"variant": variant, "facts": _facts(stage, SIDES.get(found.headline)), "the change": _change(stage)}
    return {name: value for name, value in values.items() if value}


def told_limits(stage: Stage) -> Mapping[str, Any]:
    """The same for what the result does not mean; a thin picture is called thin."""
    variant = str(told_picture(stage)["variant"]).removesuffix("_told").removesuffix("_new")
    found = picture.now(stage)
    thin = found.strength == "thin" and found.headline == found.band
    return {"variant": f"{variant}_thin" if thin else variant}


def change(stage: Stage) -> Mapping[str, Any]:
    when = picture.phrase(stage, "when", "dose_change")
    if not when:
        return {"variant": "wearing_off"}
    symptoms = picture.answered(stage).get("new_body")
    named = wording.table("reflection_facts", stage.turn.language)["symptom"]
    first = next((named[one] for one in symptoms if one in named), "") if isinstance(symptoms, list) else ""
    return {"variant": "symptom", "when": when, "symptom": first} if first else {"variant": "change", "when": when}


def session(stage: Stage) -> Mapping[str, Any]:
    """Two ratings, if they differ, and the person's words, for the summary at the end."""
    before, after = _rated(stage, "pull_before"), _rated(stage, "pull_after")
    rated = {"a": str(before), "b": str(after)} if min(before, after) >= 0 and before != after else {}
    words = _quote(stage)
    return {**rated, "words": words} if words else rated


def next_steps(stage: Stage) -> Mapping[str, Any]:
    """What the team will do, and for the patient one thing of the plan, if there is one."""
    found = picture.now(stage)
    told = found.headline in TOLD or found.withdrawal_level in TOLD
    own = plan.part(stage, "alone")
    return {"variant": "team" if told else "nothing"} | ({"plan text": own} if own else {})


def what_fits(stage: Stage) -> Mapping[str, Any]:
    """The offers that go with the result."""
    found = picture.now(stage)
    is_event = found.headline == "not_clear_yet" and "life_event" in found.flags
    return {"variant": "event" if is_event else OFFERS.get(found.headline, "unclear")}


def _records(stage: Stage) -> list[Escalation]:
    """The records of a safety step: nothing that only staff look at, nor a request for a person."""
    found = escalations.of_conversation(stage.tx, stage.turn.conversation_id)
    return [one for one in found if picture.stopping(one)]


def _last(stage: Stage, step: str) -> Any:
    return next((one.value for one in reversed(picture.rows(stage)) if one.step == step), None)


def _rated(stage: Stage, step: str) -> int:
    """A rating of this session, -1 if it was left out."""
    value = _last(stage, step)
    return value if isinstance(value, int) else -1


def _inner(stage: Stage) -> list[str]:
    """The confirmed kinds of inner words of the session that runs, in whichever dialogue they were told."""
    session = stage.get("session")
    told = [one.value for one in stage.answers() if one.step == "inner_words" and one.session == session]
    return [name for name in (told[-1] if told else None) or () if name != "none"]


def _settle_pair(stage: Stage, dropped: int | None) -> None:
    pair = picture.standing(stage)[0]
    now = course.of(stage)
    stage.set(course.SLOT, {**now, "pairs": [*now.get("pairs", ()), list(pair)]})
    if dropped is not None:
        picture.drop(stage, pair[dropped])


def _known_before(stage: Stage) -> bool:
    return picture.answered(stage).get("resemblance") in KNOWN_BEFORE


def _facts(stage: Stage, side: str | None) -> str:
    """Two of the person's own answers, as "{one}, and {two}"."""
    if side is None:
        return ""
    table = wording.table("reflection_facts", stage.turn.language)
    told = [found for question in table[side] if (found := picture.phrase(stage, side, question))][:2]
    return str(table["joined"]).format(one=told[0], two=told[1]) if len(told) == 2 else "".join(told)


def _change(stage: Stage) -> str:
    return picture.phrase(stage, "change", "dose_change") or picture.phrase(stage, "change", "cue_timing")


def _quote(stage: Stage) -> str:
    """The person's own words, neither a mere word nor too long, and only where nothing at all was found in them."""
    for one in sorted(picture.rows(stage), key=lambda one: (one.step == "own_words", one.step == "inner_text", one.at))[
        ::-1
    ]:
        words = (one.text or "").strip()
        told = one.step in OWN_WORDS or len(words.split()) >= QUOTE_WORDS
        if told and 0 < len(words) <= QUOTE_SIGNS and "\n" not in words and one.value == one.text:
            found = messages.assessments_of(stage.tx, stage.turn.conversation_id, message_id=one.message_id)
            if all(assessment.get("action") == "none" for assessment in found):
                return words.rstrip(".")
    return ""


CONDITIONS: Mapping[str, Callable[[Stage], bool]] = {
    condition.__name__: condition
    for condition in (
        look_allowed,
        first_since_record,
        third_session_today,
        both_very_high,
        one_very_high,
        distress_rose,
        first_and_second_told,
        words_may_fit,
        words_likely,
        inner_words_told,
        flags_come_first,
        danger_comes_first,
        contradiction_unasked,
        tied,
        withdrawal_possible,
        change_worth_noting,
        own_words_told,
    )
}
STEPS: Mapping[str, Callable[[Stage], None]] = {
    step.__name__: step
    for step in (
        simpler_words,
        show_picture,
        first_stands,
        second_stands,
        neither_stands,
        course.rested,
        course.forget_place,
    )
}
VALUES: Mapping[str, Callable[[Stage], Mapping[str, Any]]] = {
    source.__name__: source
    for source in (
        first_and_second,
        own_words,
        inner_words,
        contradiction,
        told_picture,
        told_limits,
        change,
        session,
        next_steps,
        what_fits,
    )
}
