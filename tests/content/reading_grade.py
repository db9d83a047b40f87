"""The US school grade of a text, after Flesch and Kincaid (1975); syllables are counted by rules of thumb."""

import re

VOWELS = re.compile(r"[aeiouy]+")


def grade(text: str) -> float:
    """0.39 words per sentence + 11.8 syllables per word - 15.59. Placeholders count as one short word."""
    plain = re.sub(r"\{[^}]*\}", "one", text)
    sentences = [part for part in re.split(r"[.!?:]+(?:\s|$)|\n", plain) if re.search(r"\w", part)]
    words = re.findall(r"[a-z']+|\d+", plain.casefold())
    if not words or not sentences:
        return 0.0
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def syllables(word: str) -> int:
    """Groups of vowels, without the silent ones at the end ("take", "helped", "times"), at least one."""
    if word.isdigit():
        return 1
    bare = re.sub(r"(?<![aeiouy])(?:es|ed|e)$", "", re.sub(r"'\w*$", "", word))
    if re.search(r"(?:[td]ed|[sxz]es|[cs]hes|ges|ces|[^aeiouy]le)$", word):
        bare = word
    return max(1, len(VOWELS.findall(bare)))
