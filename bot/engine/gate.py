"""The last component of the pipeline: a finding of the risk screen decides before the classifier does."""

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.content.light_checks import kind_of
from bot.engine.routing import Thresholds, route

MEANING = "meaning"
RISK = "risk"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class RiskGate(GraphComponent, IntentClassifier):
    """Stands after the classifiers. Reads the turn's metadata and ``meaning``; sets ``intent`` and ``risk``."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._thresholds = thresholds

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"interrupts_at": Thresholds.interrupts_at, "passes_at": Thresholds.passes_at}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "RiskGate":
        return cls(Thresholds(interrupts_at=config["interrupts_at"], passes_at=config["passes_at"]))

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            intent = message.get(INTENT) or {}
            routed = route(
                intent.get("name") or "",
                float(intent.get("confidence") or 0.0),
                message.get("metadata") or {},
                message.get(MEANING),
                self._thresholds,
                is_checked=kind_of(message.get(TEXT) or "") is not None,
            )
            message.set(
                INTENT, {**intent, "name": routed.intent or None, "confidence": routed.confidence}, add_to_output=True
            )
            message.set(RISK, routed.risk, add_to_output=True)
        return messages
