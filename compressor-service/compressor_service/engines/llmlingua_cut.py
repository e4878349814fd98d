"""Which words of a chunk stay, by the llmlingua library's arithmetic; pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from compressor_service.engines.llmlingua_words import Flags, Words


@dataclass(frozen=True)
class Cut:
    """How much goes, and what becomes of forced tokens that repeat."""

    reduce_rate: float
    drop_consecutive: bool
    force_tokens: Sequence[str]
    # Tokens of a word, as the library counts them to weigh the word in its threshold.
    count: Callable[[str], int]


def keep(words: Words, cut: Cut) -> Flags:
    """Tell for every word of a chunk whether it stays."""
    if cut.drop_consecutive:
        words = _without_repeats(words, cut)
    counts = np.array([cut.count(text) for text in words.texts], dtype=np.int64)
    # One more than asked for: so the library does it.
    threshold = _percentile(
        np.repeat(words.scores, counts), int(100 * cut.reduce_rate + 1), plain=bool(words.plain[counts > 0].any())
    )
    kept: Flags = words.scores > threshold
    if threshold == 1.0:
        kept |= words.scores == threshold
    return _without_neighbours(words.texts, kept, cut.force_tokens) if cut.drop_consecutive else kept


def percentile(values: NDArray[np.float32], percent: int) -> float:
    """Return a percentile of scores that the library holds in single precision."""
    return _percentile(values, percent, plain=False)


def _percentile(values: NDArray[np.float32] | NDArray[np.float64], percent: int, *, plain: bool) -> float:
    """Compute in the precision that the library's list would have as an array: a Python float makes it double."""
    if not len(values):
        raise ValueError("context: a chunk has no word that the vocabulary knows, which the library cannot take either")
    if not 0 <= percent <= 100:
        raise ValueError(f"rate: it asks for percentile {percent} of the scores; the most that can go is 99 %")
    return float(np.percentile(values.astype(np.float64 if plain else np.float32), percent))


def _without_repeats(words: Words, cut: Cut) -> Words:
    """Zero forced tokens that follow their like with nothing in between that would stay."""
    threshold = _percentile(words.scores, int(100 * cut.reduce_rate), plain=bool(words.plain.any()))
    scores, plain = words.scores.copy(), words.plain.copy()
    between, previous = False, None
    for place, text in enumerate(words.texts):
        if text not in cut.force_tokens:
            between |= bool(scores[place] > threshold)
            continue
        if between:
            between = False
        elif text == previous:
            scores[place], plain[place] = 0.0, True
        previous = text
    return replace(words, scores=scores, plain=plain)


def _without_neighbours(texts: Sequence[str], kept: Flags, force_tokens: Sequence[str]) -> Flags:
    """Drop forced tokens whose like is the last word that stays before them."""
    kept = kept.copy()
    last = None
    for place in np.flatnonzero(kept).tolist():
        if texts[place] == last and texts[place] in force_tokens:
            kept[place] = False
        else:
            last = texts[place]
    return kept
