"""Turns how near an entry is, and what its neighbours say, into an upper bound on the share of wrong hits; pure.

Every candidate (the nearest entry that the guards let pass) is counted where it lies: by its similarity, and by whether
the other near entries hold the same answer, another one, or nothing. Where its answer became known, because the request
was sent on and the live answer compared, or because somebody reported, it is also counted as checked, right or wrong.
Observations are pooled per namespace and embedder: thresholds learnt entry by entry (vCache, arXiv 2502.03771) need more
traffic than most entries ever see. Four steps lead to the bounds:

1. The wrong share of the checked ones, cell by cell, made to fall with similarity by pooling neighbours that do not (the
   pool-adjacent-violators algorithm; M. Ayer et al., Annals of Mathematical Statistics 26, 1955).
2. Cells in the order of their own upper bounds, the safest first.
3. The wrong share of everything up to a cell: rates weighted by traffic. Below a threshold every answer becomes known and
   above it only a sample, so checked ones are not weighed as they come but stratified (W. Cochran, Sampling Techniques,
   1977, chapter 5); the effective number of observations follows from the same weights (L. Kish, Survey Sampling, 1965).
4. The upper end of Wilson's interval of that share.
"""

import math
import struct
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from cache_service.intervals import Z_ONE_SIDED, wilson

# Similarities are pooled in steps this wide, from 0 to 1; nothing farther away than FLOOR is ever served.
STEP = 0.01
BINS = 101
FLOOR = 0.7
# Nothing opens on fewer wrong-or-right observations than this.
MIN_OBSERVATIONS = 20.0
_FORMAT = ">4sHH"
_MAGIC = b"PCE2"

Bins = NDArray[np.float64]


class Support(Enum):
    """What the other near entries say of a candidate's answer."""

    ALONE = "alone"
    AGREED = "agreed"
    DISPUTED = "disputed"


SUPPORTS = tuple(Support)


@dataclass(frozen=True)
class Evidence:
    """Candidates by support and similarity: how many came, how many of them were checked, how many of these were wrong.

    Evidence from several places is added up.
    """

    seen: Bins
    checked: Bins
    wrong: Bins

    def __add__(self, other: "Evidence") -> "Evidence":
        return Evidence(self.seen + other.seen, self.checked + other.checked, self.wrong + other.wrong)

    @property
    def observations(self) -> float:
        """How many were checked."""
        return float(self.checked.sum())

    def worth(self, most: float) -> "Evidence":
        """The same rates and shares of traffic, with at most this many checked ones a cell: old evidence yields to new."""
        kept = np.minimum(self.checked, most)
        share = np.divide(kept, self.checked, out=np.zeros_like(kept), where=self.checked > 0)
        came = float(self.seen.sum())
        return Evidence(self.seen * (float(kept.sum()) / came if came else 0.0), kept, self.wrong * share)


def no_evidence() -> Evidence:
    """Nothing observed yet."""
    shape = (len(SUPPORTS), BINS)
    return Evidence(np.zeros(shape), np.zeros(shape), np.zeros(shape))


def seen(similarity: float, *, support: Support = Support.ALONE) -> Evidence:
    """One candidate that came, whatever its answer is."""
    evidence = no_evidence()
    evidence.seen[cell(similarity, support)] = 1.0
    return evidence


def observed(similarity: float, *, wrong: bool, support: Support = Support.ALONE) -> Evidence:
    """One candidate whose answer became known."""
    evidence = no_evidence()
    place = cell(similarity, support)
    evidence.checked[place] = 1.0
    evidence.wrong[place] = float(wrong)
    return evidence


def cell(similarity: float, support: Support) -> tuple[int, int]:
    """Where a candidate is counted."""
    return SUPPORTS.index(support), _bin(similarity)


class Calibration:
    """What one body of evidence allows."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        # Whoever was checked also came, even where nobody counted it.
        self._traffic = np.maximum(evidence.seen, evidence.checked)
        self._bounds = _bounds(self._traffic, evidence.checked, evidence.wrong)

    def bound(self, similarity: float, support: Support | None = None) -> float:
        """Upper bound on the wrong share of all hits that are served when this one is; 1: unknown.

        Without a support: that of the best one.
        """
        if similarity < FLOOR:
            return 1.0
        if support is None:
            return float(self._bounds[:, _bin(similarity)].min())
        return float(self._bounds[cell(similarity, support)])

    def threshold(self, max_wrong_hit_rate: float) -> float | None:
        """The lowest similarity that may be served under this budget; None while nothing may."""
        allowed = np.flatnonzero(self._bounds.min(axis=0) <= max_wrong_hit_rate)
        return None if allowed.size == 0 else round(float(allowed[0]) * STEP, 6)

    def expected(self, max_wrong_hit_rate: float) -> tuple[float, float]:
        """Share of the candidates seen that this budget serves, and the observed wrong share among those."""
        served = self._bounds <= max_wrong_hit_rate
        total, hits = float(self._traffic.sum()), float(self._traffic[served].sum())
        if not hits:
            return 0.0, 0.0
        rates = np.divide(
            self.evidence.wrong, self.evidence.checked, where=self.evidence.checked > 0, out=self._zeros()
        )
        return hits / total, float((self._traffic * rates)[served].sum()) / hits

    def counted(self, similarity: float) -> tuple[float, float]:
        """How many candidates at least this near were checked, and how many of them were wrong."""
        place = _bin(similarity)
        return float(self.evidence.checked[:, place:].sum()), float(self.evidence.wrong[:, place:].sum())

    def missing(self, max_wrong_hit_rate: float, similarity: float) -> int | None:
        """How many more right observations at this similarity would open it; None when even very many would not."""
        if similarity < FLOOR:
            return None
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
        support = SUPPORTS[int(self._bounds[:, _bin(similarity)].argmin())]
        added = no_evidence()
        added.checked[cell(similarity, support)] = added.seen[cell(similarity, support)] = more
        return Calibration(self.evidence + added).bound(similarity, support) <= max_wrong_hit_rate

    def _zeros(self) -> Bins:
        return np.zeros_like(self._traffic)


def wilson_upper(wrong: float, total: float) -> float:
    """The upper end of the one-sided 95 % interval of a share; 1 where nothing was counted."""
    return wilson(wrong, total, z=Z_ONE_SIDED)[1]


def encode(evidence: Evidence) -> bytes:
    """Evidence as bytes that a store can keep."""
    head = struct.pack(_FORMAT, _MAGIC, len(SUPPORTS), BINS)
    return head + np.stack([evidence.seen, evidence.checked, evidence.wrong]).astype(">f8").tobytes()


def decode(data: bytes) -> Evidence:
    """What `encode` wrote; ValueError for anything else."""
    head = struct.calcsize(_FORMAT)
    shape = (3, len(SUPPORTS), BINS)
    if len(data) != head + 8 * math.prod(shape) or struct.unpack_from(_FORMAT, data) != (_MAGIC, *shape[1:]):
        raise ValueError("not evidence of this version")
    rows = np.frombuffer(data, dtype=">f8", offset=head).reshape(shape).astype(np.float64)
    if not np.isfinite(rows).all() or (rows < 0).any() or (rows[2] > rows[1] * (1 + 1e-9)).any():
        raise ValueError("evidence out of range")
    return Evidence(rows[0], rows[1], rows[2])


@dataclass
class _Block:
    """Neighbouring cells of one support that share a rate."""

    support: int
    first: int
    checked: float
    wrong: float
    last: int = BINS - 1
    upper: float = 1.0

    @property
    def rate(self) -> float:
        return self.wrong / self.checked


def _bounds(traffic: Bins, checked: Bins, wrong: Bins) -> Bins:
    """For each cell the least bound of all sets of hits, taken safest first, that hold it."""
    bounds = np.ones_like(traffic)
    blocks = [block for support in range(len(SUPPORTS)) for block in _blocks(support, checked[support], wrong[support])]
    blocks.sort(key=lambda block: (block.upper, -block.first))
    hits = misses = spread = 0.0
    reached: list[tuple[_Block, float]] = []
    for block in blocks:
        came = max(float(traffic[block.support, block.first : block.last + 1].sum()), block.checked)
        hits, misses, spread = hits + came, misses + came * block.rate, spread + came**2 / block.checked
        worth = hits**2 / spread
        reached.append((block, wilson_upper(misses / hits * worth, worth) if worth >= MIN_OBSERVATIONS else 1.0))
    least = 1.0
    for block, bound in reversed(reached):
        least = min(least, bound)
        bounds[block.support, block.first : block.last + 1] = least
    return bounds


def _blocks(support: int, checked: Bins, wrong: Bins) -> list[_Block]:
    """The cells of one support, farthest first, pooled until the rate only falls; cells never checked join the farther."""
    blocks: list[_Block] = []
    for place in np.flatnonzero(checked[_bin(FLOOR) :]) + _bin(FLOOR):
        blocks.append(_Block(support, int(place), float(checked[place]), float(wrong[place])))
        while len(blocks) > 1 and blocks[-2].rate <= blocks[-1].rate:
            nearer = blocks.pop()
            blocks[-1].checked += nearer.checked
            blocks[-1].wrong += nearer.wrong
    upper = 1.0
    ends = [block.first - 1 for block in blocks[1:]] + [BINS - 1]
    for block, last in zip(blocks, ends, strict=False):
        block.last = last
        # What is nearer is never less sure, however little of it was checked.
        block.upper = upper = min(upper, wilson_upper(block.wrong, block.checked))
    return blocks


def _bin(similarity: float) -> int:
    """The bin of a similarity; rounding down, so that no bound speaks for what is farther away than its evidence."""
    return min(max(math.floor(similarity / STEP + 1e-9), 0), BINS - 1)
