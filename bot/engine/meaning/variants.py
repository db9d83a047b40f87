"""How the same sentence reaches us from a phone at night: no capitals, no apostrophes, slips of the thumb, and one
line in the middle of other things. Training sees such variants; the evaluation asks for them. Pure and seeded."""

import random
from collections.abc import Sequence

NEAR = {
    "a": "sqz", "b": "vgn", "c": "xdv", "d": "sfe", "e": "wrd", "f": "dgr", "g": "fht", "h": "gjy", "i": "uok",
    "j": "hku", "k": "jli", "l": "kop", "m": "nj", "n": "bmh", "o": "ipl", "p": "ol", "q": "wa", "r": "etf",
    "s": "adw", "t": "ryg", "u": "yij", "v": "cbf", "w": "qes", "x": "zcs", "y": "tuh", "z": "xa",
}  # fmt: skip


def misspelt(text: str, slips: int, chance: random.Random) -> str:
    """``text`` with so many slips in words of four letters or more: swapped, dropped, doubled or the next key."""
    words = text.split(" ")
    long = [number for number, word in enumerate(words) if len(word) >= 4 and word.isalpha()]
    for number in chance.sample(long, min(slips, len(long))):
        words[number] = _slip(words[number], chance)
    return " ".join(words)


def careless(text: str) -> str:
    """In lower case, without apostrophes and the last stop."""
    return text.lower().replace("'", "").replace("’", "").rstrip(".")


def surrounded(text: str, others: Sequence[str], chance: random.Random) -> str:
    """``text`` as one sentence among a few others, before, after or around it."""
    some = [_ended(other, chance) for other in others]
    place = chance.randint(0, len(some))
    return " ".join([*some[:place], _ended(text, chance), *some[place:]])


def _slip(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    kind = chance.choice(("swapped", "dropped", "doubled", "near"))
    if kind == "swapped":
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == "dropped":
        return word[:at] + word[at + 1 :]
    if kind == "doubled":
        return word[:at] + word[at] + word[at:]
    return word[:at] + chance.choice(NEAR.get(word[at].lower(), word[at])) + word[at + 1 :]


def _ended(text: str, chance: random.Random) -> str:
    text = text.strip()
    return text if text[-1:] in ".!?…" or chance.random() < 0.3 else f"{text}."
