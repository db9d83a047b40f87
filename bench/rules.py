"""What the risk screen costs: the rules for messages of 10 to 16,000 characters, and layer 2 where it is trained.

python -m bench.rules [--messages 300]

The messages are real sentences of the examples, joined to the length. The last column is the cost of a character
beside that of the shortest messages: it must not grow.
"""

import argparse
import random
import time
from collections.abc import Callable, Sequence
from statistics import quantiles

from bench.table import print_table
from bot.commands.meaning import own_process
from bot.content.examples import read_examples
from bot.errors import SettingError
from bot.safety import screen

LENGTHS = (10, 100, 500, 4_000, 16_000)
SEED = 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=300, help="of each length")
    count = parser.parse_args().messages
    texts = {length: messages(length, count) for length in LENGTHS}
    screen(texts[LENGTHS[0]][0])  # Reads the rules.
    print_costs("rules", texts, screen)
    print_table(["lines", "rules alone, a second"], [[str(count), f"{count / seconds_for(screen, texts[100]):.0f}"]])
    try:
        with own_process() as read:
            print_costs("layer 2", texts, lambda text: read([text]))
            many = [text for text in texts[100] for _ in range(4)]
            seconds = seconds_for(lambda some: read(some), [many])
            print_table(["lines", "layer 2 in batches, a second"], [[str(len(many)), f"{len(many) / seconds:.0f}"]])
    except SettingError as error:
        print(error)


def messages(length: int, count: int) -> list[str]:
    """So many messages of about so many characters."""
    chance = random.Random(SEED)
    sentences = [example.text for example in read_examples()]
    found = []
    for _ in range(count):
        text = chance.choice(sentences)
        while len(text) < length:
            text += ". " + chance.choice(sentences)
        found.append(text[:length])
    return found


def print_costs(name: str, texts: dict[int, list[str]], read: Callable[[str], object]) -> None:
    rows, first = [], 0.0
    for length, some in texts.items():
        costs = [1000 * seconds_for(read, [text]) for text in some]
        of = quantiles(costs, n=100)
        first = first or of[49] / length
        rows.append([str(length), *(f"{of[at]:.2f}" for at in (49, 94, 98)), f"{of[49] / length / first:.2f}"])
    print_table([f"{name}: characters", "p50 ms", "p95 ms", "p99 ms", "cost of a character"], rows)


def seconds_for(read: Callable[..., object], some: Sequence[object]) -> float:
    started = time.perf_counter()
    for one in some:
        read(one)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
