"""The two guessers of the pipeline: what a typed text would answer, and which inner words it sounds like.

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
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.content.reading import CONTENT
from bot.engine.embeddings import sentence_encoder
from bot.engine.guessing import Guesser, Guesses, Question, fingerprint, read_labels, read_question

EVERY_QUESTION = "every_question.yml"  # "Not sure" and "skip", which belong to every single choice.
FILE = "guesser.joblib"


class _Guessing(GraphComponent, IntentClassifier):
    """Learns from a folder of examples, and writes its guesses into the parsed message."""

    folder: Path
    output: str

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
        return fingerprint(cls.folder)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from our own content; the intents' examples are not wanted."""
        self._guesser = Guesser.learn(self.questions(), sentence_encoder().encode)
        with self._model_storage.write_to(self._resource) as folder:
            joblib.dump(self._guesser, folder / FILE)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            vector = _sentence_vector(message)
            if vector is not None and self._guesser is not None:
                guesses = self._guesser.guess(message.get(TEXT), vector)
                message.set(self.output, self.told(guesses), add_to_output=True)
        return messages

    @classmethod
    def questions(cls) -> list[Question]:
        """What there is to learn. Raises ContentError."""
        raise NotImplementedError

    @staticmethod
    def told(guesses: Guesses) -> Any:
        """The guesses in the shape in which actions read them."""
        return guesses


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ClosestAnswers(_Guessing):
    """Sets ``closest``: {"D01": [["feeling", 0.71], …], …}."""

    folder = CONTENT / "answer_examples"
    output = "closest"

    @classmethod
    def questions(cls) -> list[Question]:
        shared = read_labels(cls.folder / EVERY_QUESTION)
        paths = [path for path in sorted(cls.folder.glob("*.yml")) if path.name != EVERY_QUESTION]
        return [read_question(path, shared=shared) for path in paths]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class InnerLanguage(_Guessing):
    """Sets ``inner``: [["worry_chain", 0.6], …], with "none" among the categories."""

    folder = CONTENT / "inner_language"
    output = "inner"

    @classmethod
    def questions(cls) -> list[Question]:
        examples = {}
        for path in sorted(cls.folder.glob("*.yml")):
            examples |= read_labels(path)
        return [Question(code=cls.output, several=False, examples=examples)]

    @staticmethod
    def told(guesses: Guesses) -> Any:
        return guesses[InnerLanguage.output]


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
