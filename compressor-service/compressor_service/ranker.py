"""A small learnt ranker: one hidden layer over the features of a sentence, as plain arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from compressor_service.occurrences import Floats

# Features are cut off this many standard deviations from their mean: an odd text cannot drive a score far.
_LIMIT = 4.0


@dataclass(frozen=True)
class Ranker:
    """`inner` has one line a feature and one column a hidden unit; `outer` one entry a hidden unit."""

    features: tuple[str, ...]
    means: Floats
    deviations: Floats
    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats

    def score(self, features: Mapping[str, Floats]) -> Floats:
        """Return one score a unit: the logarithm of the odds that it is relevant."""
        matrix = np.stack([features[name] for name in self.features], axis=1)
        inputs = np.clip((matrix - self.means) / self.deviations, -_LIMIT, _LIMIT)
        hidden = np.tanh(inputs @ self.inner + self.inner_bias)
        return np.asarray((hidden * self.outer).sum(axis=1) + self.outer_bias, dtype=np.float64)


def load_ranker(path: Path) -> Ranker:
    """Read one ranker."""
    with np.load(path, allow_pickle=False) as arrays:
        numbers = {name: arrays[name].astype(np.float64) for name in arrays.files if name != "features"}
        return Ranker(features=tuple(arrays["features"].tolist()), **numbers)
