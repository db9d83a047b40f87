"""Layer 2 of the risk screen in Rasa's pipeline: reads what a patient typed and sets ``meaning``, its finding.

It stands before the gate, which lets a finding decide the intent. What it learns from is in `bot/content`.
"""

import os
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.content.examples import EXAMPLES
from bot.content.own_examples import SETTING
from bot.engine.embeddings import PACKAGE
from bot.engine.gate import MEANING
from bot.engine.meaning.layer import Layer, Sources, fingerprint, train_into
from bot.engine.meaning.settings import SETTINGS
from bot.errors import SettingError


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MeaningLayer(GraphComponent, IntentClassifier):
    """``examples`` and ``settings`` are paths; by default those of the content."""

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config, self._storage, self._resource = config, storage, resource
        self._layer: Layer | None = None

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"examples": str(EXAMPLES), "settings": str(SETTINGS)}

    @staticmethod
    def required_packages() -> list[str]:
        return ["tensorflow", "transformers", PACKAGE]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        return fingerprint(_sources({**cls.get_default_config(), **config}))

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "MeaningLayer":
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "MeaningLayer":
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._layer = Layer.load(folder)
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the content's examples; the dialogue's own training data has no part in it."""
        with self._storage.write_to(self._resource) as folder:
            train_into(folder, _sources(self._config), tell=_tell)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        spoken = [message for message in messages if message.get(TEXT)]
        if self._layer is None:
            raise SettingError("layer 2 is asked before it is trained")
        results = self._layer.read([message.get(TEXT) for message in spoken])
        for message, result in zip(spoken, results, strict=True):
            message.set(MEANING, result.finding, add_to_output=True)
        return messages


def _tell(line: str) -> None:
    print(f"meaning: {line}", flush=True)  # `between train` shows it.


def _sources(config: dict[str, Any]) -> Sources:
    own = os.environ.get(SETTING)
    return Sources(examples=Path(config["examples"]), own=Path(own) if own else None, settings=Path(config["settings"]))
