"""Reflective sessions as staff see them (clinical content 2.6): own words first, then how each answer counts.

Everything is read from what was stored when the session was computed, by the model of its own version.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.reflection import load_model
from bot.store import answers, facts, formulations
from bot.store.database import Transaction
from bot.store.rows import Answer, StoredFormulation
from bot.web.words import Words, words

DIALOGUE = "reflection"
FILES = ("reflection_questions", "inner_words", "reflection")
WORDED = {"inner_words": "utter_D10l"}  # Where the titles of a question stand, if not under its number.
FOLLOW_UPS = {"planned": "utter_D11b", "cues": "utter_D06b", "own_sense": "utter_RS11b", "person_fit": "utter_RS12",
              "louder": "utter_RS11t"}  # fmt: skip
RATED = ("pull_before", "pull_after", "anxiety_before", "anxiety_after", "sleep_hours", "functioning")
QUOTES = 5
NO_CHANGE = ("no_change", "stopped_over_6m", "not_sure", "skip", "no", None)  # Nothing of the last months.
CHANNELS = ("C", "A", "W")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One question: the answer, its points, and what became of it (answered, missing, skipped, contradictory)."""

    number: str
    question: str
    answer: str = field(repr=False)
    text: str = field(repr=False)
    points: Mapping[str, int]
    state: str


@dataclass(frozen=True, kw_only=True)
class Session:
    found: StoredFormulation
    quotes: tuple[str, ...] = field(repr=False)
    own_words: str = field(repr=False)
    rows: tuple[Row, ...] = field(repr=False)
    told: Mapping[str, str] = field(repr=False)
    rated: Mapping[str, int]

    @property
    def picture(self) -> Mapping[str, Any]:
        picture: Mapping[str, Any] = self.found.detail["formulation"]
        return picture

    @property
    def is_dose_changed(self) -> bool:
        return self.found.detail["answers"].get("dose_change") not in NO_CHANGE


def sessions(tx: Transaction, conversation_id: str, language: str, *, since: datetime | None = None) -> list[Session]:
    """The sessions of a conversation, oldest first; those that began at `since` or later."""
    said = answers.of(tx, conversation_id, DIALOGUE, since=since)
    word = str(facts.get(tx, conversation_id).get("med_word") or "")
    titles = _Titles(language, word)
    return [
        _session(found, [one for one in said if one.session == found.session], titles)
        for found in formulations.of(tx, conversation_id, since=since)
    ]


def changes_of_dose(tx: Transaction, conversation_id: str, found: Sequence[Session]) -> list[datetime]:
    """When a change of the dose was told, in a session or a check-in, oldest first."""
    checked = answers.of(tx, conversation_id, "check_in")
    told = [one.at for one in checked if one.step == "dose_change" and one.value not in NO_CHANGE]
    return sorted([*told, *(one.found.started_at for one in found if one.is_dose_changed)])


class _Titles:
    """What the buttons of the session say, with the patient's own word for the medicine."""

    def __init__(self, language: str, med_word: str) -> None:
        self._files: list[Words] = [words(language, name)["responses"] for name in FILES]
        self._word = med_word or words(language, "_placeholders")["placeholders"]["med_word"]["word"]

    def of(self, response: str) -> dict[str, str]:
        return {one["payload"]: self.own(one["title"]) for one in self._first(response).get("buttons", ())}

    def question(self, response: str) -> str:
        return self.own(str(self._first(response).get("text", "")))

    def _first(self, response: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = next((file[response][0] for file in self._files if response in file), {})
        return found

    def own(self, text: str) -> str:
        return text.replace("{med_word}", self._word)


def _session(found: StoredFormulation, said: Sequence[Answer], titles: _Titles) -> Session:
    sure = [one for one in said if one.confirmed]
    last = {one.step: one for one in sure}
    own = str(last["own_words"].text or "") if "own_words" in last and last["own_words"].value else ""
    corrected = str(last["summary_words"].text or "") if "summary_words" in last and last["summary_words"].value else ""
    quotes = dict.fromkeys(one.text.strip() for one in said if one.text and _is_quote(one))
    told = {
        step: _title(titles.of(response), last[step].value) for step, response in FOLLOW_UPS.items() if step in last
    }
    return Session(
        found=found,
        quotes=tuple(quote for quote in quotes if quote not in (own, corrected))[:QUOTES],
        own_words="\n".join(one for one in (own, corrected) if one),
        rows=tuple(_rows(found, last, titles)),
        told={step: title for step, title in told.items() if title},
        rated={step: last[step].value for step in RATED if step in last and isinstance(last[step].value, int)},
    )


def _is_quote(one: Answer) -> bool:
    """Words that say something: not a typed number, nor a typed title."""
    text = (one.text or "").strip()
    return one.value in (None, one.text) or (isinstance(one.value, str) and len(text.split()) > 2)


def _rows(found: StoredFormulation, last: Mapping[str, Answer], titles: _Titles) -> Iterator[Row]:
    picture, given = found.detail["formulation"], found.detail["answers"]
    against = {name for pair in picture["contradictions"] for name in pair}
    for name in load_model().order:
        question = load_model().questions[name]
        response = WORDED.get(name, f"utter_{question.number}")
        value = given.get(name)
        state = "answered" if name in picture["answered"] else "skipped" if name in given else "missing"
        yield Row(
            number=question.number,
            question=titles.question(response),
            answer=_title(titles.of(response), value),
            text=str(last[name].text or "") if name in last else "",
            points={side: picture["points"].get(name, {}).get(side, 0) for side in CHANNELS},
            state="contradictory" if name in against else state,
        )


def _title(titles: Mapping[str, str], value: Any) -> str:
    if value is None or value == []:
        return ""
    return "; ".join(titles.get(str(one), str(one)) for one in (value if isinstance(value, list) else [value]))
