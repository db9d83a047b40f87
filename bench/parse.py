"""Understands many texts with a trained model: a JSON list in, a JSON list out. Runs in Rasa's own runtime.

Rasa's pipeline is run on all texts at once, without a server, a tracker or a dialogue.
"""

import json
import sys
from pathlib import Path

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER

TOLD = ("intent", "intent_ranking", "closest", "inner", "meaning")


def main(model: str, texts: str, understood: str) -> None:
    processor = Agent.load(model).processor
    messages = [UserMessage(text) for text in json.loads(Path(texts).read_text(encoding="utf-8"))]
    Path(understood).write_text(json.dumps(parse(processor, messages)), encoding="utf-8")


def parse(processor: MessageProcessor, messages: list[UserMessage]) -> list[dict]:
    """What the pipeline finds in each message."""
    inputs = {PLACEHOLDER_MESSAGE: messages, PLACEHOLDER_TRACKER: None}
    results = processor.graph_runner.run(inputs=inputs, targets=[processor.model_metadata.nlu_target])
    found = results[processor.model_metadata.nlu_target]
    return [{name: message.get(name) for name in TOLD if message.get(name) is not None} for message in found]


if __name__ == "__main__":
    main(*sys.argv[1:])
