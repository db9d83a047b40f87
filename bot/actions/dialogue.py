"""The one engine for every form: an answer is understood, kept, weighed as a signal, and leads to the next question.

Asking, filling, interrupting and resuming is Rasa's. Every form has the slot ``answer``; its questions are content.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from bot import safety
from bot.actions import course, dialogues, escalation, flow, guesses, person, picture, wording
from bot.actions.conditions import CONDITIONS
from bot.actions.dialogues import QUEUE, Book, State
from bot.actions.given import LEFT_OUT, Given
from bot.actions.recording import record, record_layers
from bot.actions.stage import Stage
from bot.actions.steps import STEPS
from bot.actions.understanding import SURE, Typed, age, corrects, number, option, said, several, skips, tells
from bot.actions.values import VALUES
from bot.content.reading import CONTENT
from bot.store import answers, facts, messages, turns
from bot.store.findings import Finding

SAFETY = "safety"
STOPPING = ("page", "ask")


@cache
def book() -> Book:
    """The project's own dialogues, read and checked once. Raises ContentError."""
    return dialogues.load(CONTENT, conditions=set(CONDITIONS), steps=set(STEPS), values=set(VALUES))


def take(stage: Stage, state: State) -> None:
    """Take this message as the answer to the open question, or ask once more which choice is closest."""
    guess = guesses.pending(stage, state)
    stage.set(guesses.SLOT, None)
    if guess is not None and guesses.declined(stage, guess):
        _declined(stage, state, guess)
        return
    if _put_aside(stage, state):
        return
    given = (guesses.confirmed(stage, guess) if guess else None) or read(stage, state)
    finding = stage.turn.finding if state.dialogue == SAFETY and stage.turn.answer is None else None
    if finding is not None:
        record_layers(stage)
        if given is None and escalation.says_yes(state, finding):
            given = Given(options=("yes",), text=stage.turn.text)
        elif given is None and escalation.turned_to_oneself(stage, finding):
            return
        elif given is None:
            escalation.disclosed_again(stage, finding)
    if given is None:
        _unclear(stage, state)
    else:
        settle(stage, state, given)


def read(stage: Stage, state: State) -> Given | None:
    """What the message answers, None if nothing that was offered."""
    turn = stage.turn
    if turn.answer is not None:
        return _chosen(state, turn.answer) if turn.state in (None, state.code) else None
    typed = _typed(stage)
    if state.input == "scale":
        ends = wording.scale(state.wording, turn.language)
        value = number(typed, top=ends[1]) if ends else None
        if ends is not None and value is not None and ends[0] <= value <= ends[1]:
            return Given(value=value, text=turn.text)
    elif (grown := _of_age(state, typed)) is not None:
        return Given(options=(grown,), text=turn.text)
    elif state.options:
        titles = stage.titles(escalation.response_for(stage, state))
        if state.input == "choices" and (names := several(typed, titles)):
            return Given(options=names, text=turn.text)
        named = option(typed, titles, strict=state.dialogue == SAFETY or state.input == "text")
        if named is not None:
            return Given(options=(named,), text=turn.text)
    if state.skip is not False and skips(typed):
        return _skipped(state)
    if (state.input == "text" or state.typed) and turn.text.strip():
        return Given(value=turn.text, text=turn.text)
    return None


def _of_age(state: State, typed: Typed) -> str | None:
    """The option that a typed age counts as, where one is asked for."""
    years = age(typed) if state.ages else None
    fitting = [id_ for id_, lowest in state.ages.items() if years is not None and lowest <= years]
    return max(fitting, key=lambda id_: state.ages[id_], default=None)


def settle(stage: Stage, state: State, given: Given, *, unclear: bool = False) -> None:
    """Keep an answer and go where it leads. A signal in it is recorded, and stops the flow if it must.

    ``unclear``: it only counts as this because it was not understood.
    """
    chosen = [state.options[id_] for id_ in given.options if id_ in state.options]
    _keep(stage, state, given)
    for step in (step for one in chosen for step in one.do):
        STEPS[step](stage)
    for line in (line for one in chosen for line in one.say):
        stage.say(line)
    finding = _signal(stage, state, given)
    if state.dialogue == SAFETY and not state.menu:
        if escalation.is_cleared(stage, chosen):
            escalation.clear(stage)
            go_on(stage)
        else:
            escalation.answered(stage, state, chosen, finding)
        return
    target = next((one.next for one in chosen if one.next), state.next)
    course.answered(stage, state, left_out=given.is_left_out, unclear=unclear)
    flow_ = next((one.go for one in chosen if one.go), None)
    if target is None or flow_ is not None:
        stage.set("at", None)  # Answered: whatever comes now does not come back to this question.
    if finding is not None and not any(one.quiet for one in chosen):
        escalation.begin(stage, finding, resume_at=target)
    elif flow_ is not None:
        back = next((one.next for one in chosen if one.go and one.next), None)
        if back is not None:
            flow.pause(stage, back)
        go(stage, flow_)
    elif target is not None and (paused := course.pause(stage, state)) is not None:
        course.keep_place(stage, state, target)
        flow.enter(stage, paused)
    elif target is not None and target != QUEUE:
        flow.enter(stage, target)
    else:
        flow.finish(stage)


def go_on(stage: Stage) -> None:
    """Go on with what a question about a risk has interrupted: the words that raised it are heard, not asked again."""
    place = flow.come_back(stage)
    if place is None:
        flow.menu(stage)
    elif not _hear_again(stage, place):
        flow.enter(stage, place["at"])


def go_back(stage: Stage) -> None:
    """Put the question before the open one again; what is answered now counts in its place."""
    state = stage.state
    before = course.before(stage) if state is not None and stage.book.dialogues[state.dialogue].back else None
    if before is None:
        stage.say("utter_no_way_back")
    else:
        stage.say("utter_back")
        flow.enter(stage, before)


def stop(stage: Stage) -> None:
    """Stop what runs, and ask nothing again; where a summary is offered on the way out, offer it."""
    stage.set("left", True)
    flow.pause(stage)
    if course.stop_here(stage):
        flow.resume(stage)
        return
    flow.shelve(stage)
    turns.cancel_timed(stage.tx, stage.turn.conversation_id)
    stage.say("utter_stop")


def _correct(stage: Stage, state: State) -> None:
    """Go back, and take what the text names as the answer to the question before ("i meant 5")."""
    before = course.before(stage) if stage.book.dialogues[state.dialogue].back else None
    if before is None:
        stage.say("utter_no_way_back")
        return
    stage.set("at", before)
    given = read(stage, stage.book.states[before])
    if given is None or given.skipped:
        stage.say("utter_back")
        flow.enter(stage, before)
    else:
        stage.say("utter_changed")
        settle(stage, stage.book.states[before], given)


def go(stage: Stage, target: str) -> None:
    """Open one of the flows that an option may name."""
    if target in ("nothing", "leave"):
        if target == "leave":
            stage.set("left", True)
        flow.finish(stage)
        flow.shelve(stage)
        stage.say("utter_nothing" if target == "nothing" else "utter_leave")
    elif target == "leave_open":
        flow.finish(stage)
    elif target == person.DIALOGUE:
        person.begin(stage)
    elif target == "resume":
        if not flow.take_up(stage):
            flow.menu(stage)
    elif target == "consent":
        flow.enter(stage, "ON7")
    elif target == "menu":
        flow.menu(stage)
    else:
        begin(stage, target)


def begin(stage: Stage, dialogue: str) -> None:
    """Begin a dialogue that the patient chose, if it can be had now; say what comes first otherwise."""
    limit = "refused" if stage.is_untold else stage.get("limited")
    if stage.turn.is_locked:
        escalation.locked(stage, wanted_a_flow=True)
    elif limit and limit not in stage.book.dialogues[dialogue].open_in:
        flow.finish(stage)
        if stage.get("limited") != "under_18":
            stage.say("utter_limited_fits" if stage.get("limited") == "fits" else "utter_limited_no_flow")
        flow.menu(stage)
    elif stage.consent == "unasked" and not stage.get("limited"):
        onboard(stage)
    else:
        flow.finish(stage)
        flow.forget(stage, dialogue)
        flow.start(stage, dialogue, interrupting=stage.turn.form is not None)


def onboard(stage: Stage) -> None:
    """Begin the onboarding, or go on where it was left: nothing else is open before consent was asked."""
    kept = stage.get("stopped_form") or {}
    if kept.get("form") == "onboarding_form":
        flow.take_up(stage)
    else:
        flow.finish(stage)
        flow.start(stage, "onboarding")


def _typed(stage: Stage) -> Typed:
    turn = stage.turn
    return Typed(text=turn.text, language=turn.language, likely=turn.likely(at_least=SURE))


def _chosen(state: State, answer: Any) -> Given | None:
    """An offered answer, if this state offers it."""
    if "choices" in answer or "choice" in answer:
        ids = tuple(answer.get("choices") or (answer["choice"],))
        fits = bool(ids) and all(id_ in state.options for id_ in ids)
        return Given(options=ids) if fits and (state.input == "choices" or len(ids) == 1) else None
    if "value" in answer and state.input == "scale":
        return Given(value=answer["value"])
    return Given(value=answer["date"]) if "date" in answer and state.input == "date" else None


def _skipped(state: State) -> Given:
    return Given(options=(state.skip,), skipped=True) if isinstance(state.skip, str) else Given(skipped=True)


def _unclear(stage: Stage, state: State) -> None:
    """First: which is closest. Then what the state lets an unclear answer count as, or going on, or asking again."""
    tries = int(stage.get("tries") or 0) + 1
    stage.set("tries", tries)
    if state.skip is False and stage.turn.answer is None and skips(_typed(stage)):
        stage.say("utter_must_answer")
    elif tries == 1 and state.dialogue != SAFETY and guesses.offer(stage, state):
        _keep_words(stage, state)
    elif tries == 1:
        kind = "_scale" if state.input == "scale" else "_safety" if state.dialogue == SAFETY else ""
        stage.say(f"utter_closest{kind}")
    elif state.unclear is not None:
        settle(stage, state, Given(options=(state.unclear,), text=stage.turn.text), unclear=True)
    elif state.skip in (True, LEFT_OUT):
        stage.say("utter_kept_words")
        settle(stage, state, Given(text=stage.turn.text, skipped=True), unclear=True)
    else:
        stage.say("utter_closest_again")


def _declined(stage: Stage, state: State, guess: guesses.Guess) -> None:
    """None of the guesses: the words are kept, and the question is asked plainly, once."""
    if state.unclear is not None:
        settle(stage, state, Given(options=(state.unclear,), text=guess["text"]))
    else:
        stage.say("utter_closest")


def _put_aside(stage: Stage, state: State) -> bool:
    """Words that are no answer to any question: "back", "simpler words", a lost thread, or drink."""
    if stage.turn.answer is not None or state.dialogue == SAFETY:
        return False
    typed = _typed(stage)
    if said(typed, "back") or (typed.likely == "go_back" and state.input != "text"):
        go_back(stage)
    elif state.input != "text" and corrects(typed):
        _correct(stage, state)
    elif said(typed, "puzzled"):
        stage.say("utter_puzzled")
    elif said(typed, "simpler"):
        make_simpler(stage)
    elif state.input != "text" and tells(typed, "leaving"):
        stop(stage)
    else:
        return _put_off(stage, state)
    return True


def _put_off(stage: Stage, state: State) -> bool:
    """A lost thread, or drink, where it is no answer: the questions wait."""
    instead = None if guesses.is_answer(stage, state) else course.put_off(stage, state, _typed(stage))
    if instead is None:
        return False
    course.keep_place(stage, state, state.code)
    flow.enter(stage, instead)
    return True


def make_simpler(stage: Stage) -> None:
    """From now on in simpler words; the open question comes again."""
    facts.set(stage.tx, stage.turn.conversation_id, "simpler_words", True)
    stage.say("utter_simpler")


def _hear_again(stage: Stage, place: Mapping[str, Any]) -> bool:
    """Take what was said at a place as the answer to its question, or guess at it; False if it is none."""
    said, state, now = place.get("said"), stage.book.states[place["at"]], stage.turn
    if said is None or messages.load(stage.tx, now.conversation_id, said["message_id"]).taken_back_at is not None:
        return False
    stage.turn = now.saying(said, form=place["form"], state=state.code)
    if _put_off(stage, state):
        return True
    given = read(stage, state)
    if given is None and not guesses.offer(stage, state):
        stage.turn = now
        return False
    stage.set("at", state.code)
    stage.run(place["form"])
    if given is not None:
        stage.say("utter_answer_kept")
        settle(stage, state, given)
    else:
        stage.say("utter_back_to_words")
        stage.set("tries", 1)
        _keep_words(stage, state)
    return True


def _keep_words(stage: Stage, state: State) -> None:
    """Keep what was typed, although nobody knows yet what it answers."""
    _save(stage, state, value=None, text=stage.turn.text, confirmed=False)


def _keep(stage: Stage, state: State, given: Given) -> None:
    """Store the answer with the words it was asked with; as a fact too, where the state says so."""
    value: Any = given.value
    if given.options:
        value = list(given.options) if state.input == "choices" else given.options[0]
    if LEFT_OUT in given.options:
        value = None
    _save(stage, state, value=value, text=given.text, confirmed=True)
    if state.dialogue == picture.DIALOGUE:
        picture.keep(stage)
    typed = not given.options and given.text is not None
    name = _fact(state, given.text or "") if typed else state.fact
    if name is not None and value is not None and not given.skipped:
        facts.set(stage.tx, stage.turn.conversation_id, name, value)


def _save(stage: Stage, state: State, *, value: Any, text: str | None, confirmed: bool) -> None:
    turn = stage.turn
    answers.save(
        stage.tx,
        conversation_id=turn.conversation_id,
        message_id=turn.message_id,
        dialogue=state.dialogue,
        session=str(stage.get("session") or turn.message_id),
        step=state.answer,
        wording=turn.wording(escalation.response_for(stage, state)),
        value=value,
        text=text,
        confirmed=confirmed,
    )


def _fact(state: State, text: str) -> str | None:
    """The fact that a typed answer is; for "how can we reach you" it is a contact only with digits or an @."""
    name = state.typed or state.fact
    if name == "contact" and state.input == "choice" and not any(sign.isdigit() or sign == "@" for sign in text):
        return "town"
    return name


def _signal(stage: Stage, state: State, given: Given) -> Finding | None:
    """What the answer means for the risk level; recorded, and given if it stops the flow."""
    ids: Sequence[str] = given.options or ((str(given.value),) if isinstance(given.value, int) else ())
    if not ids:
        return None
    assessment = safety.screen_answer(state.code, list(ids))
    if assessment.action == "none":
        return None
    finding = Finding(
        level=assessment.level,
        action=assessment.action,
        categories=assessment.categories,
        reasons=assessment.reasons,
    )
    record(stage, finding, "answer")
    return finding if finding.action in STOPPING else None
