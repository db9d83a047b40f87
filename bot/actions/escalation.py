"""The safety step: what is said at once, the questions that follow one at a time, and how the step rests or ends.

Clinical content 5.2 (protocol), 5.3 (questions), 5.6 (first words), design section 7 (page and ask). The slot
``safety`` has the level, the mode ("page", "ask", or "check" for Q7), the questions to be asked, and how many were.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot import safety
from bot.actions import person, picture, wording
from bot.actions.dialogues import Option, State
from bot.actions.flow import DUE, enter, finish, menu, pause, resume, shelve
from bot.actions.recording import record
from bot.actions.stage import Stage
from bot.actions.whose import about_other, child_writes
from bot.store import conversations
from bot.store.findings import LEVELS, Finding, worse_level

FORM = "safety_form"
HUMAN = "request_human"
CHILD = "child_safeguarding"
UNDER_18 = "under_18"
FIRST_LINES_AT_MOST = 3
TEAM_TOLD = "team_told"
PERSON_FORM = "person_form"
ABOUT_YOU = "SF_me"
# What a light check becomes when its answer is not a clear no.
DISCLOSED = Finding(level="same_day", action="ask", categories=("suicidal_ideation",))


def begin(stage: Stage, finding: Finding, *, resume_at: str | None = None) -> None:
    """Stop the flow and open the safety step for a finding that is already recorded.

    1. What runs is paused (at ``resume_at`` if its question was answered by this message).
    2. The first words of every category are said, the most urgent first; for `ask`, one line.
    3. The first question is put. One step at a time: the same again goes on with what is open.
    """
    if set(finding.categories) == {HUMAN}:
        person.begin(stage, resume_at=resume_at, layer=None)
        return
    if stage.get("limited") == UNDER_18 and CHILD not in finding.categories:
        record(stage, replace(finding, categories=(CHILD,), spans=(), reasons=(UNDER_18,)), "answer")
    pause(stage, resume_at, said=_words(stage, finding) if resume_at is None else None)
    if stage.is_untold:
        _say_untold(stage, finding)
        return
    known = stage.get("safety")
    if known and stage.turn.is_locked and _covers(known, finding):
        stage.say("utter_risk_again")
        next_question(stage)
        return
    mode = "ask" if finding.action == "ask" and not stage.turn.is_locked else "page"
    category = _by_urgency(stage, finding)[0]
    picture.interrupted(stage, category)
    _put_in_order(stage, finding, mode, finding.level, about_other(stage, finding.categories))
    if mode == "ask":
        _say_before_asking(stage, category, finding.level)
    else:
        _say_first_words(stage, finding)
    next_question(stage)


def check_lightly(stage: Stage, kind: str) -> None:
    """Ask once about a quote, a dream or an unwanted thought (5.5): nobody is told, unless it is more than that."""
    pause(stage, said=_words(stage, DISCLOSED))
    asked = list(stage.get("lightly") or ())
    if kind in asked or stage.is_untold or stage.turn.is_locked:
        stage.say("utter_heavy")
        if not resume(stage):
            menu(stage)
        return
    stage.set("lightly", [*asked, kind])
    stage.set("safety", {"mode": "ask", "level": DISCLOSED.level, "categories": [], "asked": 0,
                         "queue": [f"SF_{kind}"]})  # fmt: skip
    next_question(stage)


def disclosed_again(stage: Stage, finding: Finding) -> None:
    """A finding in the middle of the step: the level rises, and what is new or worse is said first."""
    known = stage.get("safety") or {}
    if known.get("mode") == "ask" and finding.action == "page":
        known = {**known, "mode": "page"}
    known = {**known, "about_other": _still_about_other(stage)}
    fresh = [category for category in finding.categories if category not in (*known.get("categories", ()), HUMAN)]
    worse = _is_worse(finding.level, known.get("level", "none"))
    stage.set("safety", {**known, "level": finding.level if worse else known.get("level", finding.level),
                         "categories": [*known.get("categories", ()), *fresh]})  # fmt: skip
    for category in fresh[:FIRST_LINES_AT_MOST]:
        _say_lines(stage, _first_words(stage, category, finding.level))
    if worse and not fresh:
        whose = "other" if known["about_other"] else "raised"
        stage.say(f"utter_{whose}_{'emergency' if finding.level == 'emergency' else 'urgent'}")


def turned_to_oneself(stage: Stage, finding: Finding) -> bool:
    """Whether a step about somebody else has become one about the patient; then it begins anew, with their words."""
    known = stage.get("safety") or {}
    if not known.get("about_other") or about_other(stage, finding.categories):
        return False
    mode = "page" if finding.action == "page" else known["mode"]
    _put_in_order(stage, finding, mode, worse_level(finding.level, known["level"]), False)
    _say_first_words(stage, finding)
    next_question(stage)
    return True


def says_yes(state: State, finding: Finding) -> bool:
    """Whether words that fit no choice answer Q1 all the same: nobody is asked again what they have plainly said."""
    return state.code == "Q1" and "suicidal_ideation" in finding.categories and finding.level in ("emergency", "urgent")


def answered(stage: Stage, state: State, chosen: Sequence[Option], finding: Finding | None) -> None:
    """After an answer inside the step that clears nothing: numbers first if it is worse now, then what follows."""
    known = stage.get("safety") or {}
    then = next((option.then for option in chosen if option.then is not None), None)
    if known.get("mode") == "ask":
        then = _confirm(stage, finding, then)
    elif finding is not None:
        disclosed_again(stage, finding)
    known = stage.get("safety") or {}
    over = state.code == "Q7" and then is not None  # Worse: start over (5.3).
    done = [state.code] if over else [*known.get("done", ()), state.code]
    queue = known.get("queue", []) if then is None else [code for code in then if code not in done]
    asked = 0 if over else int(known.get("asked", 0)) + 1
    mode = "page" if over else known.get("mode")
    stage.set("safety", {**known, "mode": mode, "asked": asked, "done": done, "queue": queue})
    if state.code == "Q1" and _is_no(chosen):
        _check_later(stage, known)
        stage.say("utter_Q1_no")
    next_question(stage)


def is_cleared(stage: Stage, chosen: Sequence[Option]) -> bool:
    """Whether this answer is a clear no to the one question of `ask`."""
    return (stage.get("safety") or {}).get("mode") == "ask" and _is_no(chosen)


def clear(stage: Stage) -> None:
    """After a clear no to the one question of `ask` nothing is locked, and the record stays for staff."""
    stage.say("utter_ask_cleared")
    _check_later(stage, stage.get("safety") or {})
    finish(stage)
    picture.interrupted(stage, None)


def next_question(stage: Stage) -> None:
    """Put the next question, if there is one and not too many were asked; otherwise stay."""
    known = dict(stage.get("safety") or {})
    queue = list(known.get("queue") or ())
    limit = stage.book.dialogues["safety"].extra.need("questions_at_most", int)
    if queue and int(known.get("asked", 0)) < limit:
        code = queue.pop(0)
        stage.set("safety", {**known, "queue": queue})
        if stage.get("session") is None:
            stage.set("session", stage.turn.message_id)
        enter(stage, code)
        return
    _stay(stage, known)


def response_for(stage: Stage, state: State) -> str:
    """The words for a question: at its first time those that fit the first message, if the protocol names some."""
    known = stage.get("safety") or {}
    first = None if stage.get("tries") else (known.get("wording") or {}).get(state.code)
    return str(first or state.wording)


def locked(stage: Stage, *, wanted_a_flow: bool = False) -> None:
    """While an emergency or urgent record is open: a short line, a person and the numbers (5.7); once, Q7."""
    finish(stage)
    shelve(stage)
    level = str((stage.turn.open_escalation or {}).get("level"))
    if wanted_a_flow:
        stage.say("utter_locked_flow")
    stage.say(f"utter_locked_{level}")
    due = stage.get("check_again") or {}
    if due.get("is") == DUE and due.get("since") != stage.turn.message_id:
        stage.set("check_again", {"is": "asked"})
        stage.set("safety", {**(stage.get("safety") or {}), "queue": ["Q7"], "asked": 0, "mode": "page"})
        next_question(stage)
    else:
        enter(stage, "STAY")


def stop(stage: Stage) -> None:
    """The patient ends the questions: acknowledged; numbers and record stay."""
    finish(stage)
    shelve(stage)
    stage.say("utter_stop_safety")


def ask_for_person(stage: Stage) -> None:
    """Inside the step a person is promised as far as it is true, and the step goes on."""
    record(stage, person.REQUEST, "meaning")
    stage.say("utter_SF_person")


def _put_in_order(stage: Stage, finding: Finding, mode: str, level: str, is_about_other: bool) -> None:
    """What will be asked, and what about: nothing of it has been asked yet."""
    stage.set("safety", {"about_other": is_about_other})
    questions = _questions(stage, _by_urgency(stage, finding)[0], finding.level, mode)
    stage.set("safety", {"mode": mode, "level": level, "categories": list(finding.categories), "asked": 0,
                         "about_other": is_about_other, "queue": [name.split("/")[0] for name in questions],
                         "wording": dict(name.split("/") for name in questions if "/" in name)})  # fmt: skip


def _questions(stage: Stage, category: str, level: str, mode: str) -> list[str]:
    tables = stage.book.dialogues["safety"].extra
    if category == CHILD and child_writes(stage):
        return list(tables["child_writes"]["ask" if mode == "ask" else "questions"])
    if (stage.get("safety") or {}).get("about_other"):
        return list(tables["about_other"]["ask" if mode == "ask" else "questions"])
    return list(tables["protocol"][category]["ask" if mode == "ask" else level])


def _still_about_other(stage: Stage) -> bool:
    """Whether the step that began about somebody else still is: no words, and no answer about themselves since."""
    found = stage.turn.finding if stage.turn.answer is None else None
    if found is not None:
        return about_other(stage, found.categories)
    return bool((stage.get("safety") or {}).get("about_other")) and stage.get("at") != ABOUT_YOU


def _by_urgency(stage: Stage, finding: Finding) -> list[str]:
    """The categories, most urgent first, without the request for a person (the protocol brings one)."""
    levels = _levels(stage, finding)
    order = {name: rank for rank, name in enumerate(safety.CATEGORIES)}
    named = [category for category in finding.categories if category in order and category != HUMAN]
    return sorted(named, key=lambda name: (LEVELS.index(levels[name]), order[name])) or ["suicidal_ideation"]


def _levels(stage: Stage, finding: Finding) -> dict[str, str]:
    """The level of each category: its own signal's in this message where there is one, the finding's for the rest."""
    levels = dict.fromkeys((*finding.categories, "suicidal_ideation"), finding.level)
    record_ = conversations.find(stage.tx, stage.turn.conversation_id).open_escalation
    own: dict[str, str] = {}
    for signal in record_.signals if record_ else ():
        if signal.message_id == stage.turn.message_id and signal.category in levels and len(finding.categories) > 1:
            own[signal.category] = worse_level(signal.level, own.get(signal.category, signal.level))  # Of both layers.
    return {**levels, **own}


def _say_first_words(stage: Stage, finding: Finding) -> None:
    levels = _levels(stage, finding)
    urgent = _by_urgency(stage, finding)[:FIRST_LINES_AT_MOST]
    is_told = False
    for name in dict.fromkeys(_first_words(stage, category, levels[category]) for category in urgent):
        _say_lines(stage, name, **({TEAM_TOLD: ""} if is_told else {}))  # That the team is told is said once.
        is_told = is_told or wording.holds(name, TEAM_TOLD, stage.turn.language)


def _first_words(stage: Stage, category: str, level: str) -> str:
    if category == CHILD and child_writes(stage):
        return "utter_child_safeguarding_under_18" if level == "same_day" else "utter_child_safeguarding_child_writes"
    level = level if level in ("emergency", "urgent") else "same_day"
    if (stage.get("safety") or {}).get("about_other"):
        words = stage.book.dialogues["safety"].extra["about_other"]["words"].get(category, {})
        return str(words.get(level) or f"utter_{category}_{level}")
    return f"utter_{category}_{level}"


def _say_lines(stage: Stage, name: str, **values: str) -> None:
    stage.say(name, **values)
    if wording.response(f"{name}_2", stage.turn.language) is not None:
        stage.say(f"{name}_2")


def _say_before_asking(stage: Stage, category: str, level: str) -> None:
    own = f"utter_ask_{category}"
    if wording.response(own, stage.turn.language) is not None:
        stage.say(own)
    else:
        stage.say("utter_ask_first_emergency" if level == "emergency" else "utter_ask_first")


def _say_untold(stage: Stage, finding: Finding) -> None:
    """After "No": help and numbers, no questions whose answers nobody would see, and the way to change it."""
    _say_first_words(stage, finding)
    stage.say("utter_unkept_offer")
    shelve(stage)
    menu(stage)


def _is_no(chosen: Sequence[Option]) -> bool:
    return bool(chosen) and all(option.clears for option in chosen)


def _words(stage: Stage, finding: Finding) -> Mapping[str, Any] | None:
    """What was typed at an open question, where a clear no lets it be the answer after all."""
    if finding.action != "ask" or stage.turn.answer is not None:
        return None
    return stage.turn.words(str(stage.get("at")))


def _confirm(stage: Stage, finding: Finding | None, then: tuple[str, ...] | None) -> tuple[str, ...]:
    """Anything but a clear no confirms it: from now on it is a page. Gives the questions that follow."""
    known = stage.get("safety") or {}
    if finding is None:
        finding = Finding(level=known["level"], action="page", categories=tuple(known["categories"]))
        record(stage, finding, "answer")
    level = finding.level if _is_worse(finding.level, known["level"]) else known["level"]
    finding = replace(finding, level=level)
    known = {**known, "about_other": _still_about_other(stage)}
    stage.set("safety", known)
    _say_first_words(stage, finding)
    categories = list(dict.fromkeys((*known["categories"], *finding.categories)))
    stage.set("safety", {**known, "mode": "page", "level": level, "categories": categories})
    category = _by_urgency(stage, finding)[0]
    return (
        then
        if then is not None
        else tuple(name.split("/")[0] for name in _questions(stage, category, finding.level, "page"))
    )


def _is_worse(level: str, known: str) -> bool:
    return LEVELS.index(level) < LEVELS.index(known)


def _check_later(stage: Stage, known: dict[str, Any]) -> None:
    again = stage.book.dialogues["safety"].extra["checks_again"]
    if set(again) & set(known.get("categories") or ()) and (stage.get("check_again") or {}).get("is") != "asked":
        stage.set("check_again", {"is": DUE, "since": stage.turn.message_id})


def _covers(known: dict[str, Any], finding: Finding) -> bool:
    """Whether the step that is open was about this, and at least as urgent."""
    same = set(finding.categories) - {HUMAN} <= set(known.get("categories") or ())
    return same and not _is_worse(finding.level, known.get("level", "none"))


def _stay(stage: Stage, known: dict[str, Any]) -> None:
    """Nothing more to ask: back to the request for a person if that was interrupted, else stay (5.2, point 7)."""
    finish(stage)
    paused = stage.get("paused_form") or []
    if known.get("mode") == "check" or (paused and paused[-1]["form"] == PERSON_FORM):
        if not resume(stage):
            menu(stage)
        return
    shelve(stage)
    if stage.said == 0:
        stage.say("utter_answered")
    enter(stage, "STAY")
