"""The simple methods that a compressor must beat: which words each keeps under a budget of tokens; pure."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import log

from pith_cli.eval import bm25
from pith_cli.eval.survival import words_in
from pith_cli.eval.trials import Range, Trial

_SEED = 7
_EDGES = re.compile(r"^\W+|\W+$")
# What a number or a capital adds to the weight of a word: about as much as a rare word has of its own.
_NUMBER_WEIGHT = 4.0
_CAPITAL_WEIGHT = 3.0

Ranked = list[tuple[int, ...]]


class WordWeights:
    """How rare the words of a data set are."""

    def __init__(self, texts: Iterable[str]) -> None:
        holders: Counter[str] = Counter()
        count = 0
        for text in texts:
            count += 1
            holders.update({_bare(word) for word in text.split()})
        self._idf: Mapping[str, float] = {word: log((count + 1) / (n + 0.5)) for word, n in holders.items()}
        self._unknown = log((count + 1) / 0.5)

    def idf(self, word: str) -> float:
        """Return the weight of a word by its rareness."""
        return self._idf.get(_bare(word), self._unknown)


def rank_all(trial: Trial, words: Sequence[Range], weights: WordWeights, *, blind: bool) -> dict[str, Ranked]:
    """Rank the words (or groups of words) of a text for every method; without a question, not for bm25."""
    pieces = [trial.text[start:end] for start, end in words]
    rng = random.Random(f"{_SEED}:{trial.line}")  # noqa: S311  -- made to be repeated
    single: Ranked = [(index,) for index in range(len(words))]
    groups: Ranked = [tuple(group) for group in words_in(trial.units, words)]
    idf = [weights.idf(piece) for piece in pieces]
    marked = [value + _mark(piece) for value, piece in zip(idf, pieces, strict=True)]
    ranked = {
        "random_words": rng.sample(single, len(single)),
        "head": [tuple(range(len(words)))],
        "idf": _best_first(single, idf),
        "idf_caps": _best_first(single, marked),
        "idf_caps_smoothed": _best_first(single, smooth(marked)),
        "random_sentences": rng.sample(groups, len(groups)),
    }
    return ranked if blind else ranked | {"bm25": rank_bm25(trial, words)}


def rank_bm25(trial: Trial, words: Sequence[Range]) -> Ranked:
    """Rank the sentences or turns of a text by BM25 against its question."""
    scores = bm25.score([trial.text[start:end] for start, end in trial.units], trial.question)
    return _best_first([tuple(group) for group in words_in(trial.units, words)], scores)


def fill(ranked: Ranked, costs: Sequence[int], budget: float) -> list[bool]:
    """Take one group of words after the other; the first one that does not fit gives its beginning, and is the last.

    A single word that does not fit is passed over.
    """
    kept = [False] * len(costs)
    for group in ranked:
        for index in group:
            if costs[index] <= budget:
                kept[index] = True
                budget -= costs[index]
            elif len(group) > 1:
                return kept
    return kept


def smooth(values: Sequence[float]) -> list[float]:
    """Let a word share its weight with its neighbours, (1, 2, 1) / 4."""
    padded = [values[0], *values, values[-1]] if values else []
    return [(padded[i - 1] + 2 * padded[i] + padded[i + 1]) / 4 for i in range(1, len(values) + 1)]


def count_each(words: Sequence[str], count: Callable[[str], int], known: dict[str, int]) -> list[int]:
    """Return the tokens of every word, each with the space before it; `known` remembers."""
    for word in words:
        if word not in known:
            known[word] = count(" " + word)
    return [known[word] for word in words]


def _best_first(groups: Ranked, scores: Sequence[float]) -> Ranked:
    return [groups[index] for index in sorted(range(len(groups)), key=lambda index: (-scores[index], index))]


def _mark(word: str) -> float:
    bare = _EDGES.sub("", word)
    if any(letter.isdigit() for letter in bare):
        return _NUMBER_WEIGHT
    return _CAPITAL_WEIGHT if bare[:1].isupper() else 0.0


def _bare(word: str) -> str:
    return _EDGES.sub("", word).lower()
