"""Turns a similarity into an upper bound on the share of wrong answers among the hits at least that near; pure.

Every observation says how near an entry was, and whether its answer was wrong for the request. Observations are pooled
per namespace and embedder: thresholds learnt entry by entry (vCache, arXiv 2502.03771) need more traffic than most
entries ever see. The bound on a share is the upper end of Wilson's interval, one-sided, with
the number of observations that weighted ones are worth (L. Kish, Survey Sampling, 1965): of the hits that are served
only a sample is checked, so each checked one stands for several.
"""

import math
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cache_service.intervals import Z_ONE_SIDED, wilson

# Similarities are pooled in steps this wide, from 0 to 1; nothing farther away than FLOOR is ever served.
STEP = 0.005
BINS = 201
FLOOR = 0.7
# Nothing opens on fewer wrong-or-right observations than this.
MIN_OBSERVATIONS = 20.0
_FORMAT = ">4sH"
_MAGIC = b"PCE1"

Bins = NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """Observations by similarity: their weights, the squares of these, and the weights of the wrong ones.

    Evidence from several places is added up.
    """

    weight: Bins
    square: Bins
    wrong: Bins

    def __add__(self, other: "Evidence") -> "Evidence":
        return Evidence(self.weight + other.weight, self.square + other.square, self.wrong + other.wrong)

    @property
    def observations(self) -> float:
        """How many unweighted observations it is worth."""
        return _effective(float(self.weight.sum()), float(self.square.sum()))

    def worth(self, most: float) -> "Evidence":
        """The same shares, counting for at most this many observations: old evidence yields to new."""
        have = self.observations
        if have <= most:
            return self
        factor = most / have
        # Scaling weights alone would leave the effective number as it is; fewer observations of the same weight do not.
        return Evidence(self.weight * factor, self.square * factor, self.wrong * factor)


def no_evidence() -> Evidence:
    """Nothing observed yet."""
    return Evidence(np.zeros(BINS), np.zeros(BINS), np.zeros(BINS))


def observed(similarity: float, *, wrong: bool, weight: float = 1.0) -> Evidence:
    """One observation; `weight` is how many hits it stands for."""
    if not weight > 0:
        raise ValueError("weight must be above 0")
    evidence = no_evidence()
    place = _bin(similarity)
    evidence.weight[place] = weight
    evidence.square[place] = weight * weight
    evidence.wrong[place] = weight * wrong
    return evidence


class Calibration:
    """What one body of evidence allows."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._bounds = _bounds(evidence)

    def bound(self, similarity: float) -> float:
        """Upper bound on the wrong share of the hits that a threshold at or below this similarity serves; 1: unknown."""
        if similarity < FLOOR:
            return 1.0
        return float(self._bounds[_bin(similarity)])

    def threshold(self, max_wrong_hit_rate: float) -> float | None:
        """The lowest similarity that may be served under this budget; None while nothing may."""
        allowed = np.flatnonzero(self._bounds <= max_wrong_hit_rate)
        return None if allowed.size == 0 else round(float(allowed[0]) * STEP, 6)

    def expected(self, max_wrong_hit_rate: float) -> tuple[float, float]:
        """Share of the observed candidates that this budget serves, and the observed wrong share among those."""
        threshold = self.threshold(max_wrong_hit_rate)
        total = float(self._evidence.weight.sum())
        if threshold is None or not total:
            return 0.0, 0.0
        served = float(self._evidence.weight[_bin(threshold) :].sum())
        wrong = float(self._evidence.wrong[_bin(threshold) :].sum())
        return served / total, wrong / served if served else 0.0

    def missing(self, max_wrong_hit_rate: float, similarity: float) -> int | None:
        """How many more right observations at this similarity would open it; None when even very many would not."""
        if self.bound(similarity) <= max_wrong_hit_rate:
            return 0
        low, high = 1, 1 << 20
        if not self._opens(max_wrong_hit_rate, similarity, high):
            return None
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self._opens(max_wrong_hit_rate, similarity, middle) else (middle + 1, high)
        return low

    def _opens(self, max_wrong_hit_rate: float, similarity: float, more: int) -> bool:
        added = no_evidence()
        added.weight[_bin(similarity)] = added.square[_bin(similarity)] = more
        return Calibration(self._evidence + added).bound(similarity) <= max_wrong_hit_rate


def wilson_upper(wrong: float, total: float) -> float:
    """Return the upper end of the one-sided 95 % interval of a share; 1 where nothing was counted."""
    return wilson(wrong, total, z=Z_ONE_SIDED)[1]


def encode(evidence: Evidence) -> bytes:
    """Evidence as bytes that a store can keep."""
    return (
        struct.pack(_FORMAT, _MAGIC, BINS)
        + np.stack([evidence.weight, evidence.square, evidence.wrong]).astype(">f8").tobytes()
    )


def decode(data: bytes) -> Evidence:
    """What `encode` wrote; ValueError for anything else."""
    head = struct.calcsize(_FORMAT)
    if len(data) != head + 3 * BINS * 8 or struct.unpack_from(_FORMAT, data) != (_MAGIC, BINS):
        raise ValueError("not evidence of this version")
    rows = np.frombuffer(data, dtype=">f8", offset=head).reshape(3, BINS).astype(np.float64)
    if not np.isfinite(rows).all() or (rows < 0).any() or (rows[2] > rows[0] * (1 + 1e-9)).any():
        raise ValueError("evidence out of range")
    return Evidence(rows[0], rows[1], rows[2])


def _bounds(evidence: Evidence) -> Bins:
    """For each bin the least bound of all thresholds at or below it: what a lower threshold allows, a higher one does."""
    weight, square, wrong = (np.cumsum(row[::-1])[::-1] for row in (evidence.weight, evidence.square, evidence.wrong))
    bounds = np.ones(BINS)
    seen = np.flatnonzero(evidence.weight)
    # Below the farthest pair that was ever checked nothing is known.
    for place in range(max(_bin(FLOOR), int(seen[0]) if seen.size else BINS), BINS):
        worth = _effective(float(weight[place]), float(square[place]))
        if worth >= MIN_OBSERVATIONS:
            bounds[place] = wilson_upper(float(wrong[place]) / float(weight[place]) * worth, worth)
    return np.minimum.accumulate(bounds)


def _bin(similarity: float) -> int:
    """The bin of a similarity; rounding down, so that no bound speaks for what is farther away than its evidence."""
    return min(max(math.floor(similarity / STEP + 1e-9), 0), BINS - 1)


def _effective(weight: float, square: float) -> float:
    return weight * weight / square if square > 0 else 0.0
