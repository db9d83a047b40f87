"""The file of the network's weights: what was tuned, from what, and which near sentences were not learnt from.

One such file comes with the program, so that the layer that was measured is the layer that runs, and the first start
need not tune for half an hour. It counts as long as the sentences and the schedule are those that it was learnt from.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bot.content.reading import CONTENT

FILE = "meaning.npz"
SHIPPED = CONTENT.parent / "models" / FILE
LEARNT_FROM, LEFT_OUT = "learnt_from", "left_out"


def write(path: Path, values: Sequence[np.ndarray], *, learnt_from: str, left_out: np.ndarray) -> None:
    """``values`` in half precision, which changes no finding; ``left_out``: which sentences of the part `train`."""
    weights = {f"{number:03}": value.astype(np.float16) for number, value in enumerate(values)}
    facts = {LEARNT_FROM: np.array(learnt_from), LEFT_OUT: left_out.astype(np.int32)}
    np.savez(path, **weights, **facts)


def values(path: Path) -> list[np.ndarray]:
    with np.load(path) as kept:
        return [kept[name].astype(np.float32) for name in sorted(kept.files) if name.isdigit()]


def left_out(path: Path) -> np.ndarray:
    with np.load(path) as kept:
        return np.asarray(kept[LEFT_OUT])


def came_with_the_program(learnt_from: str) -> bool:
    """Whether the weights in `bot/models` were learnt from just this."""
    if not SHIPPED.exists():
        return False
    with np.load(SHIPPED) as kept:
        return str(kept[LEARNT_FROM]) == learnt_from
