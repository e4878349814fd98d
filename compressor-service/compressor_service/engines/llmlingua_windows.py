"""Lays windows over the tokens of a text, and token scores over its words; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

# Tokens that two neighbouring windows share.
OVERLAP_TOKENS = 32

Places = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens [start, end) are read together, [score_from, score_to) of them scored; `position` is that of the first."""

    start: int
    end: int
    score_from: int
    score_to: int
    position: int


def lay_windows(ends: NDArray[np.bool_], *, chunk_tokens: int, window_tokens: int) -> Iterator[Window]:
    """Yield windows that score every token once.

    A text is cut into chunks of at most so many tokens, each after its last sentence end (`ends`) where it has one;
    a chunk longer than a window is covered by several that overlap. A window's positions count from the start of its chunk: the model was trained on
    such chunks, and what it has learned of places in them holds in the windows.
    """
    start = 0
    while start < len(ends):
        stop = _chunk_stop(ends, start, chunk_tokens)
        yield from _windows_of(start, stop, window_tokens)
        start = stop


def word_scores(tokens: Floats, starts: Places, ends: Places, words: Sequence[tuple[int, int]]) -> Floats:
    """Return for every word the mean over the tokens that touch it; 1 where the tokenizer saw nothing to judge."""
    bounds = np.array(words, dtype=np.int64).reshape(-1, 2)
    sums = np.concatenate([[0.0], np.cumsum(tokens, dtype=np.float64)])
    first = np.searchsorted(np.maximum.accumulate(ends), bounds[:, 0], side="right")
    last = np.searchsorted(starts, bounds[:, 1], side="left")
    counts = last - first
    totals = sums[np.maximum(last, first)] - sums[first]
    means = np.where(counts > 0, totals / np.maximum(counts, 1), 1.0)
    # Coarser than the noise of floating point between machines and batches, finer than any decision needs.
    rounded: Floats = np.clip(np.round(means, 4), 0.0, 1.0).astype(np.float32)
    return rounded


def _chunk_stop(ends: NDArray[np.bool_], start: int, chunk_tokens: int) -> int:
    if len(ends) - start <= chunk_tokens:
        return len(ends)
    found = np.flatnonzero(ends[start + 1 : start + chunk_tokens])
    return start + 2 + int(found[-1]) if len(found) else start + chunk_tokens


def _windows_of(start: int, stop: int, window_tokens: int) -> Iterator[Window]:
    """Spread as few windows as will do over a chunk, all of one length; each scores up to the middle of an overlap."""
    size = stop - start
    count = max(1, -(-(size - OVERLAP_TOKENS) // (window_tokens - OVERLAP_TOKENS)))
    length = -(-(size + (count - 1) * OVERLAP_TOKENS) // count)
    firsts = [start + (size - length) * number // max(count - 1, 1) for number in range(count)]
    cuts = [start, *((left + length + right) // 2 for left, right in pairwise(firsts)), stop]
    for first, (left, right) in zip(firsts, pairwise(cuts), strict=True):
        yield Window(first, first + length, left, right, position=first - start)
