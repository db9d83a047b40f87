"""The network that reads meaning: MiniLM with its upper layers tuned to the task, and a head for the level.

Only the upper layers learn (compare Sun and others 2019, "How to fine-tune BERT for text classification"): the lower
ones know English already, and training stays a matter of minutes on two cores.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from bot.engine.embeddings import WIDTH, weights_folder
from bot.engine.meaning.settings import Schedule

TOKENS = 64
BATCH_TOKENS = 400  # A batch is as many texts of like length as have about so many tokens together.
READ_BATCH_TOKENS = 2048
CLIP = 1.0
DROPOUT = 0.1  # Before the head.
RISE = 0.08  # Of the training, the share in which the steps grow.


class Sample(NamedTuple):
    """One text to learn from, and the number of its level."""

    text: str
    level: int


class Network:
    """The lower layers as published, the upper ones and the heads to be trained or loaded."""

    def __init__(self, levels: int, schedule: Schedule) -> None:
        os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
        from transformers import AutoTokenizer, TFAutoModel  # Slow to import; only what reads pays for it.

        tf.keras.utils.set_random_seed(schedule.seed)
        folder = weights_folder()
        self._schedule = schedule
        self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self._bert = TFAutoModel.from_pretrained(folder, local_files_only=True).bert
        layers = self._bert.encoder.layer
        self._lower, self._upper = layers[: -schedule.layers], layers[-schedule.layers :]
        self._level_head = tf.keras.layers.Dense(levels, name="levels")
        self._level_head.build((None, WIDTH))

        ids, numbers = tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None], tf.int32)
        self._run = tf.function(self._through_all, input_signature=[ids], autograph=False)
        self._run_step = tf.function(self._step, input_signature=[ids, numbers], autograph=False)
        self._randomness = np.random.default_rng(schedule.seed)
        self._optimizer: Any = tf.keras.optimizers.Adam(schedule.rate, global_clipnorm=CLIP)

    def read(self, texts: Sequence[str]) -> np.ndarray:
        """A row of scores (logarithms of no particular zero) for the levels of every text, by its first 64 tokens."""
        tokens = self._tokens(texts)
        levels = np.zeros((len(texts), self._level_head.units), dtype=np.float32)
        for batch in _batches([len(ids) for ids in tokens], READ_BATCH_TOKENS):
            levels[batch] = self._run(_padded([tokens[number] for number in batch])).numpy()
        return levels

    def learn(self, epoch: int, samples: Sequence[Sample]) -> np.ndarray:
        """Tune on one epoch's samples, the first epoch being 0. Gives the loss of each."""
        tokens = self._tokens([sample.text for sample in samples])
        batches = list(_batches([len(ids) for ids in tokens], BATCH_TOKENS, self._randomness))
        losses = np.zeros(len(samples), dtype=np.float32)
        for step, batch in enumerate(batches):
            self._optimizer.learning_rate.assign(_rate(self._schedule, epoch + step / len(batches)))
            losses[batch] = self._run_step(
                _padded([tokens[number] for number in batch]),
                tf.constant([samples[number].level for number in batch]),
            ).numpy()
        return losses

    def weights(self) -> list[np.ndarray]:
        """Everything that was trained."""
        return [variable.numpy() for variable in self._trained()]

    def load(self, weights: Sequence[np.ndarray]) -> None:
        for variable, value in zip(self._trained(), weights, strict=True):
            variable.assign(value)

    def _trained(self) -> list[tf.Variable]:
        parts = [*self._upper, self._level_head]
        return [variable for part in parts for variable in part.trainable_variables]

    def _step(self, ids: tf.Tensor, levels: tf.Tensor) -> tf.Tensor:
        mask = self._mask(ids)
        lower = _through(self._lower, self._bert.embeddings(ids), mask)
        with tf.GradientTape() as tape:
            pooled = _pooled(_through(self._upper, lower, mask), mask)
            of_level = self._level_head(tf.nn.dropout(pooled, DROPOUT))
            wanted = tf.one_hot(levels, self._level_head.units)
            losses = tf.keras.losses.categorical_crossentropy(
                wanted, of_level, from_logits=True, label_smoothing=self._schedule.smoothing
            ) + _flag_losses(of_level, levels)
            loss = tf.reduce_mean(losses)
        variables = self._trained()
        gradients = tape.gradient(loss, variables)
        self._optimizer.apply_gradients(list(zip(gradients, variables, strict=True)))
        return losses

    def _through_all(self, ids: tf.Tensor) -> tf.Tensor:
        mask = self._mask(ids)
        pooled = _pooled(_through(self._bert.encoder.layer, self._bert.embeddings(ids), mask), mask)
        return self._level_head(pooled)

    def _mask(self, ids: tf.Tensor) -> tf.Tensor:
        return tf.cast(tf.not_equal(ids, self._tokenizer.pad_token_id), tf.float32)

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        return self._tokenizer(list(texts), truncation=True, max_length=TOKENS)["input_ids"] if texts else []


def _rate(schedule: Schedule, done: float) -> float:
    """The step of Adam after so many epochs: it rises over the first ``RISE`` of all, and then falls to nothing."""
    share = done / schedule.epochs
    return schedule.rate * max(0.0, min(share / RISE, (1.0 - share) / (1.0 - RISE)))


def _flag_losses(of_level: tf.Tensor, levels: tf.Tensor) -> tf.Tensor:
    """The question that counts most, on its own: is it one of the first three levels, or not."""
    flagged = tf.cast(levels < 3, tf.float32)
    odds = tf.reduce_logsumexp(of_level[:, :3], axis=1) - tf.reduce_logsumexp(of_level[:, 3:], axis=1)
    return tf.nn.sigmoid_cross_entropy_with_logits(flagged * 0.96 + 0.02, odds)


def _through(layers: Sequence[Any], hidden: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    # Without the layers' own dropout: a few epochs of ever new variants do not overfit, and it is a fifth of the cost.
    away = (1.0 - mask)[:, tf.newaxis, tf.newaxis, :] * -10_000.0
    for layer in layers:
        hidden = layer(hidden, away, None, None, None, None, False, training=False)[0]
    return hidden


def _pooled(words: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    weights = mask[:, :, tf.newaxis]
    return tf.reduce_sum(words * weights, axis=1) / tf.reduce_sum(weights, axis=1)


def _padded(tokens: Sequence[Sequence[int]]) -> tf.Tensor:
    ids = np.zeros((len(tokens), max(len(row) for row in tokens)), dtype=np.int32)  # 0 is [PAD].
    for number, row in enumerate(tokens):
        ids[number, : len(row)] = row
    return tf.constant(ids)


def _batches(lengths: Sequence[int], tokens: int, randomness: np.random.Generator | None = None) -> Iterator[list[int]]:
    """Numbers of texts of like length, batch after batch; with ``randomness`` mixed among likes and in order."""
    jitter = randomness.uniform(-1.5, 1.5, len(lengths)) if randomness is not None else np.zeros(len(lengths))
    order = np.argsort(np.array(lengths) + jitter, kind="stable")
    batches: list[list[int]] = []
    batch: list[int] = []
    longest = 0
    for number in order:
        longest = max(longest, lengths[number])
        if batch and longest * (len(batch) + 1) > tokens:
            batches.append(batch)
            batch, longest = [], lengths[number]
        batch.append(int(number))
    if batch:
        batches.append(batch)
    if randomness is not None:
        randomness.shuffle(batches)
    yield from batches
