"""What would be advice on a medicine: an amount, a speed, a conversion, "take", "do not take" (content 1.2)."""

import re

AMOUNTS = (
    r"\d+(?:[.,]\d+)? ?(?:mg|mcg|µg|milligrams?|micrograms?|%|percent|(?:tablet|pill|drop|day|week|month)s?|ml)\b",
    r"\b(?:half|quarter|double|twice|thirds?) (?:a|the|your|of|as)\b",
    r"\b(?:equals?|equivalent|equal to|same as \d|(?:per|every|each) (?:day|week|month))\b",
    r"\b(?:mg|milligrams?|percent)\b",
)
ACT = r"(?:take|skip|swallow|halve|cut|lower|raise|increase|reduce|switch|restart|stop)\b"
ADVISING = (
    rf"^(?:(?:please|just|then|so|do not|don't|never|always|try to) )*{ACT}",
    rf"\byou (?:can|may|could|should|might|must) (?:\w+ ){{0,2}}{ACT}",
    rf"\b(?:safe|fine|ok|okay|best|better|good idea|time) to {ACT}",
)
# The general safety sentences of 1.2, and what is not about a medicine.
ALLOWED = (
    *(
        "take only what was prescribed for you",
        "please do not stop on your own",
        "please do not stop or cut it on your own",
    ),
    *("take your time", "take the time you need", "take about two minutes", "take me back", "take care"),
    *("you can stop", "you can skip", "you can say back", "stop if you feel dizzy", "over the last 2 weeks"),
    *("you can also say stop", "do not stop suddenly on your own", "a short summary each week", "please stop safely"),
)


def advice_in(text: str) -> list[str]:
    """The sentences of a text that would be advice."""
    return [sentence for sentence in re.split(r"(?<=[.!?:]) |\n", text) if _is_advice(sentence.casefold())]


def _is_advice(sentence: str) -> bool:
    if any(allowed in sentence for allowed in ALLOWED):
        return False
    return any(re.search(pattern, sentence) for pattern in (*AMOUNTS, *ADVISING))
