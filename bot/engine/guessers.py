"""The guessers of the pipeline: what a text wants, what it would answer, and which inner words it sounds like.

``intent`` is learnt from Rasa's own training data, the others from content.

``closest`` holds, for every choice question of the reflection (D01 …), the three options that the text is closest to;
``inner`` the three categories of inner language, or "none". Actions read both from the latest message. They are
guesses for the dialogue to offer, never answers: only what the patient confirms counts.
"""

from pathlib import Path
from typing import Any

import joblib
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers import LABEL_RANKING_LENGTH
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.content.reading import CONTENT
from bot.engine.embeddings import sentence_encoder
from bot.engine.guessing import (
    BEST,
    Guesser,
    Guesses,
    Question,
    fingerprint,
    joined,
    parts_of,
    read_labels,
    read_question,
)

EVERY_QUESTION = "every_question.yml"  # "Not sure" and "skip", which belong to every single choice.
FILE = "guesser.joblib"


class _Guessing(GraphComponent, IntentClassifier):
    """Learns from examples, and writes its guesses into the parsed message."""

    best = BEST

    def __init__(self, model_storage: ModelStorage, resource: Resource, guesser: Guesser | None = None) -> None:
        self._model_storage, self._resource, self._guesser = model_storage, resource, guesser

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "_Guessing":
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "_Guessing":
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, joblib.load(folder / FILE))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        return fingerprint()

    def train(self, training_data: TrainingData) -> Resource:
        self._guesser = Guesser.learn(self.questions(training_data), sentence_encoder().encode)
        with self._model_storage.write_to(self._resource) as folder:
            joblib.dump(self._guesser, folder / FILE)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            vector = _sentence_vector(message)
            if vector is not None and self._guesser is not None:
                self.tell(message, self.guess(self._guesser, message.get(TEXT), vector))
        return messages

    def guess(self, guesser: Guesser, text: str, vector: np.ndarray) -> Guesses:
        return guesser.guess(text, vector, self.best)

    def questions(self, training_data: TrainingData) -> list[Question]:
        """What there is to learn. Raises ContentError."""
        raise NotImplementedError

    def tell(self, message: Message, guesses: Guesses) -> None:
        """Write the guesses where they are looked for."""
        raise NotImplementedError


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class Intents(_Guessing):
    """Sets ``intent`` and ``intent_ranking``, as Rasa's own classifiers do."""

    best = LABEL_RANKING_LENGTH

    def questions(self, training_data: TrainingData) -> list[Question]:
        examples: dict[str, dict[str, None]] = {}
        for message in training_data.intent_examples:
            if message.get(TEXT):
                examples.setdefault(message.get(INTENT), {})[message.get(TEXT)] = None
        return [Question(code=INTENT, several=False, examples={name: tuple(said) for name, said in examples.items()})]

    def tell(self, message: Message, guesses: Guesses) -> None:
        ranking = [{"name": name, "confidence": chance} for name, chance in guesses[INTENT]]
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)


class _FromContent(_Guessing):
    """Learns from a folder of content; when a file in it changes, it learns anew.

    Where several labels may fit, the parts of a text are looked at too: "shaking, sweating and everything is too loud".
    """

    folder: Path

    def guess(self, guesser: Guesser, text: str, vector: np.ndarray) -> Guesses:
        whole = super().guess(guesser, text, vector)
        parts = parts_of(text)
        if not parts:
            return whole
        found = [guesser.guess(part, one, 1) for part, one in zip(parts, sentence_encoder().encode(parts), strict=True)]
        return whole | {code: joined(whole[code], [one[code] for one in found]) for code in self.by_parts(guesser)}

    def by_parts(self, guesser: Guesser) -> frozenset[str]:
        """The questions to which more than one label may fit a text."""
        return guesser.several

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        return fingerprint(cls.folder)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ClosestAnswers(_FromContent):
    """Sets ``closest``: {"D01": [["feeling", 0.71], …], …}."""

    folder = CONTENT / "answer_examples"

    def questions(self, training_data: TrainingData) -> list[Question]:
        shared = read_labels(self.folder / EVERY_QUESTION)
        paths = [path for path in sorted(self.folder.glob("*.yml")) if path.name != EVERY_QUESTION]
        return [read_question(path, shared=shared) for path in paths]

    def tell(self, message: Message, guesses: Guesses) -> None:
        message.set("closest", guesses, add_to_output=True)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class InnerLanguage(_FromContent):
    """Sets ``inner``: [["worry_chain", 0.6], …], with "none" among the categories."""

    folder = CONTENT / "inner_language"

    def questions(self, training_data: TrainingData) -> list[Question]:
        examples: dict[str, tuple[str, ...]] = {}
        for path in sorted(self.folder.glob("*.yml")):
            examples |= read_labels(path)
        return [Question(code="inner", several=False, examples=examples)]

    def by_parts(self, guesser: Guesser) -> frozenset[str]:
        return frozenset({"inner"})  # A sentence has one kind; a text of two sentences may have two.

    def tell(self, message: Message, guesses: Guesses) -> None:
        message.set("inner", guesses["inner"], add_to_output=True)


def _sentence_vector(message: Message) -> np.ndarray | None:
    """The embedding with length 1, whatever the featurizer scaled it to."""
    if not message.get(TEXT):
        return None
    _, sentence = message.get_dense_features(TEXT, [])
    if sentence is None:
        return None
    vector = np.asarray(sentence.features).ravel()
    length = float(np.linalg.norm(vector))
    return vector / length if length > 0 else None
