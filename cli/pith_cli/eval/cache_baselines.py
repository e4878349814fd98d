"""Caches that know nothing but a cosine threshold: the nearest earlier text that was stored is served if near enough.

All thresholds are walked at once: what a threshold serves it does not store, so each has a memory of its own.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from pith_cli.eval.cache_replay import MISS, SEMANTIC, Served
from pith_cli.eval.cache_tally import Scenario, Tally, count, entry
from pith_cli.eval.streams import Request

# The last serves the same words alone.
IDENTICAL = 1.0
THRESHOLDS = (*(number / 100 for number in range(70, 100)), IDENTICAL)
# Rounding of vectors that should be the same.
_ROUNDING = 1e-4
_BLOCK = 256
Vectors = NDArray[np.float32]


def embed(texts: Sequence[str], one: Callable[[Sequence[str]], Vectors]) -> Vectors:
    """Embed each text once; a text that occurs again has the same vector."""
    known: dict[str, Vectors] = {}
    for text in texts:
        if text not in known:
            known[text] = one([text])[0]
    return np.stack([known[text] for text in texts])


def walk(vectors: Vectors, thresholds: Sequence[float]) -> NDArray[np.int64]:
    """Return for every threshold (row) and request (column) the request whose answer is served, or -1."""
    total = len(vectors)
    limits = np.asarray(thresholds, dtype=np.float32) - _ROUNDING
    stored = np.zeros((len(limits), total), dtype=bool)
    served = np.full((len(limits), total), -1, dtype=np.int64)
    for start in range(0, total, _BLOCK):
        similarities = vectors[start : start + _BLOCK] @ vectors.T
        for index in range(start, min(start + _BLOCK, total)):
            found = _nearest(similarities[index - start, :index], stored[:, :index], limits)
            served[:, index] = found
            stored[:, index] = found < 0
    return served


def tallies(requests: Sequence[Request], served: NDArray[np.int64]) -> list[Tally]:
    """Count what each threshold served."""
    return [count(requests, as_served(requests, row)) for row in served]


def as_served(requests: Sequence[Request], row: NDArray[np.int64]) -> list[Served]:
    """Say of each request what it was served."""
    return [Served(SEMANTIC, requests[index].answer_id) if index >= 0 else Served(MISS) for index in row]


def best(thresholds: Sequence[float], found: Sequence[Tally], *, wrong_rate: float) -> tuple[float, Tally]:
    """Return the threshold that serves most among those that serve no larger share wrongly; else the strictest."""
    pairs = list(zip(thresholds, found, strict=True))
    allowed = [pair for pair in pairs if pair[1].wrong_rate <= wrong_rate] or pairs[-1:]
    return max(allowed, key=lambda pair: pair[1].hit_rate)


def scenarios(found: Sequence[Tally]) -> list[Scenario]:
    """Make an entry of every threshold."""
    return [
        entry("cosine", {"threshold": threshold}, tally.asked, tally.figures())
        for threshold, tally in zip(THRESHOLDS, found, strict=True)
    ]


def _nearest(similarities: Vectors, stored: NDArray[np.bool_], limits: Vectors) -> NDArray[np.int64]:
    if not len(similarities):
        return np.full(len(limits), -1, dtype=np.int64)
    near = np.flatnonzero(similarities >= limits.min())
    if not len(near):
        return np.full(len(limits), -1, dtype=np.int64)
    masked = np.where(stored[:, near], similarities[near], np.float32(-2))
    places = masked.argmax(axis=1)
    enough = masked[np.arange(len(limits)), places] >= limits
    return np.where(enough, near[places], -1)
