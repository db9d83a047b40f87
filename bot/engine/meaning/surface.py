"""The wording of a text beside its meaning: linear models over words and runs of letters.

They see what the network blurs (the name of a medicine, slang, a misspelling, a request for a person), are trained in
seconds, and their evidence is added to the network's.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion

from bot.engine.meaning.variants import careless
from bot.engine.ngrams import Ngrams

FILE = "surface.joblib"


class Worded(NamedTuple):
    """By wording alone: the log-odds of being flagged, and a row with the share of each category."""

    flagged: np.ndarray
    categories: np.ndarray


class Surface:
    """Words and letters, and what they say about being flagged and about the category."""

    def __init__(self, seen: FeatureUnion, flagged: LogisticRegression, category: LogisticRegression) -> None:
        self._seen, self._flagged, self._category = seen, flagged, category
        self._ngrams = Ngrams(seen)

    @classmethod
    def learn(cls, texts: Sequence[str], flagged: Sequence[bool], categories: Sequence[int]) -> Surface:
        """``categories`` are numbers from 0 without a gap; a negative one says that the text has none."""
        words = TfidfVectorizer(ngram_range=(1, 3), min_df=2, sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")  # noqa: S106
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True)
        seen = FeatureUnion([("words", words), ("letters", letters)])
        rows = seen.fit_transform([careless(text) for text in texts])
        has_one = np.array(categories) >= 0
        return cls(
            seen,
            _line().fit(rows, np.array(flagged)),
            _line().fit(rows[np.flatnonzero(has_one)], np.array(categories)[has_one]),
        )

    def read(self, texts: Sequence[str]) -> Worded:
        if not texts:
            return Worded(np.zeros(0), np.zeros((0, len(self._category.classes_))))
        rows = self._ngrams.rows([careless(text) for text in texts])
        return Worded(self._flagged.decision_function(rows), self._category.predict_proba(rows))

    def save(self, folder: Path) -> None:
        joblib.dump((self._seen, self._flagged, self._category), folder / FILE, compress=3)

    @classmethod
    def load(cls, folder: Path) -> Surface:
        return cls(*joblib.load(folder / FILE))


def _line() -> Any:
    return LogisticRegression(C=8.0, class_weight="balanced", solver="liblinear", max_iter=300)
