"""Which of a few labels a text is closest to, learnt from examples in content files; for many questions at once.

One linear model for each question (logistic regression, multinomial or one against the rest) over the sentence
embedding and the text's words and letter groups: the meaning from the first, the wording from the second. All
questions share the features, so that guessing for all of them costs two matrix products.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import FeatureUnion

from bot.content.reading import Entry, read
from bot.engine import ngrams
from bot.engine.ngrams import Ngrams

BEST = 3
PARTS = re.compile(r"[.!?;,\n]+|\b(?:and|then|but)\b", re.IGNORECASE)
MOST_PARTS = 6
PART_SURE = 0.6  # A part of a text is short; it counts only for what it says plainly.
NOTHING = ("none", "none_of_these", "nothing")
WORD = r"(?u)\b\w[\w']*\b"
STRENGTH = 10.0  # Inverse of the regularisation: features are of length 1, and examples few.
WORDING_WEIGHT = 0.7  # Of words and letters beside an embedding of length 1.
SMALLEST = 1e-6  # What is below is rounding.
SEED = 7

Encode = Callable[[Sequence[str]], np.ndarray]
Guess = tuple[str, float]
Guesses = dict[str, list[Guess]]


@dataclass(frozen=True, kw_only=True)
class Question:
    """Labels with their examples. ``several``: more than one label may fit a text, each has a chance of its own."""

    code: str
    several: bool
    examples: Mapping[str, tuple[str, ...]]

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.examples)


@dataclass(frozen=True, kw_only=True)
class _Learnt:
    """One question's rows in the shared matrices."""

    code: str
    several: bool
    labels: tuple[str, ...]
    rows: slice


class Guesser:
    """Learnt once with ``learn``; ``guess`` is pure."""

    def __init__(self, wording: FeatureUnion, learnt: Sequence[_Learnt], weights: np.ndarray, bias: np.ndarray) -> None:
        self._ngrams = Ngrams(wording)
        self._learnt = tuple(learnt)
        self._weights = weights
        self._bias = bias

    @classmethod
    def learn(cls, questions: Sequence[Question], encode: Encode) -> "Guesser":
        """Learn every question from its examples. ``encode`` gives one vector of length 1 for each text."""
        texts = sorted({text for question in questions for said in question.examples.values() for text in said})
        wording = FeatureUnion(
            [
                ("words", TfidfVectorizer(token_pattern=WORD, ngram_range=(1, 2), sublinear_tf=True)),
                ("letters", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=2)),
            ]
        )
        features = hstack([encode(texts), wording.fit_transform(texts) * WORDING_WEIGHT], format="csr")
        row_of = {text: row for row, text in enumerate(texts)}
        learnt, weights, bias, start = [], [], [], 0
        for question in questions:
            coefficients, intercepts = _fit(question, features, row_of)
            rows = slice(start, start + len(question.labels))
            learnt.append(_Learnt(code=question.code, several=question.several, labels=question.labels, rows=rows))
            weights.append(coefficients)
            bias.append(intercepts)
            start = rows.stop
        return cls(wording, learnt, np.vstack(weights).T.astype(np.float32), np.concatenate(bias))

    @property
    def several(self) -> frozenset[str]:
        """The questions to which more than one label may fit."""
        return frozenset(one.code for one in self._learnt if one.several)

    def guess(self, text: str, vector: np.ndarray, best: int = BEST) -> Guesses:
        """For each question its best labels with their chances, the best first."""
        columns, values = self._ngrams.one(text)
        scores = vector @ self._weights[: len(vector)] + self._bias
        scores = scores + WORDING_WEIGHT * (values @ self._weights[len(vector) + columns])
        found: Guesses = {}
        for one in self._learnt:
            chances = _chances(scores[one.rows], several=one.several)
            order = np.argsort(-chances, kind="stable")[:best]
            found[one.code] = [(one.labels[number], round(float(chances[number]), 3)) for number in order]
        return found


def parts_of(text: str) -> tuple[str, ...]:
    """The parts of a text that says more than one thing; empty where it says one."""
    parts = tuple(part.strip() for part in PARTS.split(text) if part.strip())
    return parts if 1 < len(parts) <= MOST_PARTS else ()


def joined(whole: Sequence[Guess], parts: Sequence[Sequence[Guess]]) -> list[Guess]:
    """The guesses at a text with what its parts plainly say added, the best first: the second thing counts too."""
    chances = dict(whole)
    for label, chance in (part[0] for part in parts):
        if label not in NOTHING and chance >= PART_SURE:
            chances[label] = max(chance, chances.get(label, 0.0))
    return sorted(chances.items(), key=lambda one: -one[1])


def read_question(path: Path, *, shared: Mapping[str, Sequence[str]] | None = None) -> Question:
    """A file of examples: ``code``, ``labels`` with their lists, ``several``, ``unsure``. Raises ContentError.

    ``shared`` are labels that every question has which does not say ``unsure: false``.
    """
    content = read(path)
    content.only(("code", "several", "unsure", "labels"))
    labels = content.need("labels", Entry)
    examples = {label: _examples(labels, label) for label in labels}
    if content.have("unsure", bool, True):
        examples |= {label: tuple(said) for label, said in (shared or {}).items()}
    if len(examples) < 2:
        content.fail("a question needs two labels at least", "labels")
    return Question(code=content.need("code", str), several=content.have("several", bool, False), examples=examples)


def read_labels(path: Path) -> dict[str, tuple[str, ...]]:
    """The ``labels`` of a file that is no question of its own. Raises ContentError."""
    content = read(path)
    content.only(("labels",))
    labels = content.need("labels", Entry)
    return {label: _examples(labels, label) for label in labels}


def fingerprint(folder: Path | None = None) -> str:
    """Changes with this code and with every file of a folder of examples; Rasa trains anew when it does."""
    digest = hashlib.sha256(Path(__file__).read_bytes() + Path(ngrams.__file__).read_bytes())
    for path in sorted(folder.glob("*.yml")) if folder else ():
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _examples(labels: Entry, label: str) -> tuple[str, ...]:
    said = labels.need(label, list)
    for text in said:
        if not isinstance(text, str) or not text.strip():
            labels.fail(f"{label!r} has an example that is no text: {text!r}", label)
    if not said:
        labels.fail(f"{label!r} has no example", label)
    return tuple(said)


def _fit(question: Question, features: csr_matrix, row_of: Mapping[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """One row of coefficients and one intercept for each label.

    There are many more features than examples, so the model is fitted in the space that the examples span: with this
    regularisation the result is the same, in a fraction of the time.
    """
    pairs = [(row_of[text], number) for number, said in enumerate(question.examples.values()) for text in said]
    rows, numbers = zip(*pairs, strict=True)
    examples = features[list(rows)]
    values, vectors = np.linalg.eigh((examples @ examples.T).toarray())
    kept = values > SMALLEST
    axes = vectors[:, kept] / np.sqrt(values[kept])
    placed = vectors[:, kept] * np.sqrt(values[kept])
    model = LogisticRegression(C=STRENGTH, max_iter=1000, random_state=SEED)
    if question.several or len(question.labels) == 2:
        wanted = np.eye(len(question.labels), dtype=int)[list(numbers)]
        fitted = OneVsRestClassifier(model).fit(placed, wanted).estimators_
        coefficients = np.vstack([one.coef_ for one in fitted])
        intercepts = np.concatenate([one.intercept_ for one in fitted])
    else:
        model.fit(placed, list(numbers))
        coefficients, intercepts = model.coef_, model.intercept_
    return (examples.T @ (axes @ coefficients.T)).T, intercepts


def _chances(scores: np.ndarray, *, several: bool) -> np.ndarray:
    if several:
        return 1 / (1 + np.exp(-scores))
    risen = np.exp(scores - scores.max())
    return risen / risen.sum()
