"""BM25 as textbooks have it, over the sentences of one text; pure."""

import re
from collections import Counter
from collections.abc import Sequence
from math import log

_K1 = 1.2
_B = 0.75
_TERM = re.compile(r"\w+")
_STOP_WORDS = frozenset(
    "a about after all also an and any are as at be because been before being between both but by can could did do does during each "
    "for from had has have he her his how i if in into is it its may more most no not of on one or other our out over she so "
    "some such than that the their them then there these they this those to under up was we were what when where which while "
    "who whom whose why will with would you".split()
)


def terms(text: str) -> list[str]:
    """Return the words of a text in lower case, without those that say nothing."""
    return [word for word in _TERM.findall(text.lower()) if word not in _STOP_WORDS]


def score(pieces: Sequence[str], query: str) -> list[float]:
    """Return the score of every piece against the query."""
    bags = [Counter(terms(piece)) for piece in pieces]
    lengths = [bag.total() for bag in bags]
    average = max(1.0, sum(lengths) / max(1, len(lengths)))
    scores = [0.0] * len(pieces)
    for term in sorted(set(terms(query))):
        holders = [number for number, bag in enumerate(bags) if term in bag]
        idf = log(1 + (len(bags) - len(holders) + 0.5) / (len(holders) + 0.5))
        for number in holders:
            found = bags[number][term]
            scores[number] += idf * found * (_K1 + 1) / (found + _K1 * (1 - _B + _B * lengths[number] / average))
    return scores
