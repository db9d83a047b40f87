"""Tunes layer 2's network on the sentences as they are and keeps its weights in `bot/models`, where git has them.

.venv-rasa/bin/python -m bot.engine.meaning      half an hour on two cores
"""

from bot.content.examples import EXAMPLES
from bot.engine.meaning.layer import Sources, tune_into
from bot.engine.meaning.settings import SETTINGS
from bot.engine.meaning.weights import SHIPPED

if __name__ == "__main__":
    tune_into(
        SHIPPED, Sources(examples=EXAMPLES, own=None, settings=SETTINGS), tell=lambda line: print(line, flush=True)
    )
