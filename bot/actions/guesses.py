"""What a typed text may have meant: offered back as a question, and an answer only once the person agrees.

The component that guesses gives probabilities (``Turn.closest`` for the options of a question, ``Turn.inner`` for inner
words). Sure enough: one guess, "Is that closest to …?". Unsure: two, and "neither"; where several may be picked, all
that are likely. Nothing to go by: the question is asked again plainly. Open while the slot ``guess`` is set.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.actions.dialogues import State
from bot.actions.given import Given
from bot.actions.stage import Stage
from bot.actions.understanding import SHORT_WORDS, Typed, asks, content_words, negations, option, words

SLOT = "guess"
SURE = 0.6
APART = 0.15
LIKELY = 0.2
ANSWERS = 0.5
AT_MOST = 4
GUESSES_BY_WORDS = 2
NO = "neither"
A_BIT = "a_bit"
NOTHING = ("none", "skip")  # Where several may be picked, or inner words are guessed at; "none" alone may be an answer.

Guess = Mapping[str, Any]


def offer(stage: Stage, state: State) -> bool:
    """Let the question that comes next be the guess; False if there is nothing to go by."""
    options = _likely(stage, state)
    if not options:
        return False
    stage.set(SLOT, {"state": state.code, "options": options, "text": stage.turn.text})
    return True


def is_answer(stage: Stage, state: State) -> bool:
    """Whether a text that looks like something else rather answers the open question: "i had extra for three days" is
    no slip where the dose is asked about. Not a question back, nor a word or two.
    """
    found = stage.turn.closest.get(state.code, ())
    fits = bool(found) and found[0][0] in state.options and found[0][1] >= ANSWERS
    said = stage.turn.text
    return fits and stage.turn.answer is None and "?" not in said and len(words(said)) > SHORT_WORDS


def pending(stage: Stage, state: State) -> Guess | None:
    """The guess that is open at this question."""
    guess: Guess | None = stage.get(SLOT)
    return guess if guess and guess["state"] == state.code else None


def ask(stage: Stage, state: State, guess: Guess) -> None:
    """Put the guess as a question; the answers are options of the state, so that a signal is one here too."""
    titles = stage.titles(state.wording)
    answers = stage.titles("utter_guess_answers")
    options = list(guess["options"])
    if len(options) == 1:
        shown = {options[0]: answers["yes"]} | ({A_BIT: answers[A_BIT]} if state.guess else {}) | {NO: answers["no"]}
        response = state.guess or "utter_guess_one"
    else:
        last = "none" if state.input == "choices" else NO
        shown = {id_: titles[id_] for id_ in options} | {last: answers[last]}
        response = f"{state.guess or 'utter_guess'}_some" if state.input == "choices" else "utter_guess_two"
    buttons = [{"payload": id_, "title": title} for id_, title in shown.items()]
    stage.say(response, state=state.code, guess=titles[options[0]], buttons=buttons)


def confirmed(stage: Stage, guess: Guess) -> Given | None:
    """The answer, if the person agrees to a guess; what was typed first stays with it."""
    options: Sequence[str] = guess["options"]
    answer = stage.turn.answer
    if answer is not None:
        picked = [str(one) for one in answer.get("choices") or (answer.get("choice"),)]
        chosen = tuple(options) if picked == [A_BIT] else tuple(one for one in picked if one in options)
    else:
        named = option(Typed(text=stage.turn.text, language=stage.turn.language), _spoken(stage, guess))
        chosen = () if named in (None, NO) else tuple(options) if named in ("yes", A_BIT) else (str(named),)
    return Given(options=chosen, text=guess["text"]) if chosen else None


def declined(stage: Stage, guess: Guess) -> bool:
    """Whether the person says that it is none of them."""
    answer = stage.turn.answer
    if answer is not None:
        refused = {NO, "none"} - set(guess["options"])
        return bool(refused & {answer.get("choice"), *(answer.get("choices") or ())})
    return option(Typed(text=stage.turn.text, language=stage.turn.language), _spoken(stage, guess)) == NO


def likely(found: Sequence[tuple[str, float]], nothing: Sequence[str] = NOTHING) -> bool:
    """Whether a list of guesses has one that is worth a question."""
    return bool(found) and found[0][0] not in nothing and found[0][1] >= LIKELY


def are_apart(found: Sequence[tuple[str, float]], *, sure: float = SURE) -> bool:
    """Whether the best guess stands alone: it is offered by itself, otherwise with the next."""
    return found[0][1] >= sure and (len(found) < 2 or found[0][1] - found[1][1] >= APART)


def _likely(stage: Stage, state: State) -> list[str]:
    """The options to offer, the best first."""
    found = stage.turn.inner if state.guess else stage.turn.closest.get(state.code, ())
    nothing = NOTHING if state.guess or state.input == "choices" else ("skip",)
    if stage.turn.answer is not None or not likely(found, nothing):
        return _by_words(stage, state) if not state.guess and state.input == "choice" else []
    fitting = [(name, sure) for name, sure in found if name in state.options and name not in nothing]
    best = [name for name, sure in fitting if sure >= LIKELY][:AT_MOST]
    if state.input == "choices":
        return best
    return [name for name, _ in fitting][: 1 if fitting and are_apart(fitting) else 2]


def shares_words(stage: Stage, state: State) -> bool:
    """Whether what was typed names one or two of the options in part, and asks nothing."""
    typed = Typed(text=stage.turn.text, language=stage.turn.language)
    return not asks(typed) and bool(_by_words(stage, state))


def _by_words(stage: Stage, state: State) -> list[str]:
    """The one or two options that share a word with what was typed ("no im going to take it": "I will take one")."""
    turn = stage.turn
    if turn.answer is not None:
        return []
    told = words(turn.text)
    told = told[1:] if told[:1] == ("no",) else told  # It denies the question, and not what follows.
    if set(told) & negations(turn.language):
        return []
    said = content_words(" ".join(told), turn.language)
    titles = stage.titles(state.wording)
    shared = [id_ for id_, title in titles.items() if said & content_words(title, turn.language)]
    return shared if len(shared) <= GUESSES_BY_WORDS else []


def _spoken(stage: Stage, guess: Guess) -> dict[str, str]:
    """What may be typed in answer to the guess."""
    answers = stage.titles("utter_guess_answers")
    state = stage.book.states[guess["state"]]
    if len(guess["options"]) == 1:
        return {"yes": answers["yes"], A_BIT: answers[A_BIT], NO: answers["no"]}
    titles = stage.titles(state.wording)
    return {id_: titles[id_] for id_ in guess["options"]} | {NO: answers[NO]}
