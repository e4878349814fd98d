"""How likely each word of some sentences belongs to the answer of a question, by boosted trees as plain arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compressor_service.word_features import word_features

Floats = NDArray[np.float64]

ARTEFACT = Path(__file__).parent / "weights" / "answer_words.npz"


@dataclass(frozen=True, slots=True)
class Trees:
    """Trees that ask one question a level: `columns[t, d]` and `borders[t, d]` are tree t's at depth d."""

    features: tuple[str, ...]
    columns: NDArray[np.int64]
    borders: NDArray[np.float32]
    leaves: Floats

    def score(self, features: Mapping[str, Floats]) -> Floats:
        """Return the sum of the leaves that each line of the features falls into: the logarithm of its odds."""
        matrix = np.stack([features[name] for name in self.features], axis=1).astype(np.float32)
        trees, depth = self.columns.shape
        answers = matrix[:, self.columns.ravel()] > self.borders.ravel()
        numbers = answers.reshape(len(matrix), trees, depth) @ (1 << np.arange(depth))
        return np.asarray(self.leaves[np.arange(trees), numbers].sum(axis=1))


def load_trees(path: Path) -> Trees:
    """Read trees that the recipe wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        leaves = arrays["leaves"].astype(np.float64)
        return Trees(tuple(arrays["features"].tolist()), arrays["columns"].astype(np.int64), arrays["borders"], leaves)


shipped = cache(lambda: load_trees(ARTEFACT))


def score_words(sentences: Sequence[Sequence[str]], scores: Sequence[float], query: str) -> Floats:
    """Return a value between 0 and 1 for every token of the sentences, in order; `scores` are the sentences' own."""
    features = word_features(sentences, scores, query)
    return np.asarray(1.0 / (1.0 + np.exp(-shipped().score(features))))
