"""How the words of a query meet the words of each unit: BM25, and the share of the query that is met."""

from dataclasses import dataclass

import numpy as np

from compressor_service.occurrences import Floats, Integers
from compressor_service.passages import Passages

_K1 = 1.2
_B = 0.75
_HEADING_WEIGHT = 0.5


@dataclass(frozen=True)
class Matches:
    """How often each term of a query stands in each unit, whether in its heading, and how rare the term is."""

    counts: Floats
    in_heading: Floats
    idf: Floats
    lengths: Floats

    def bm25(self, *, heading: bool) -> Floats:
        """Return BM25 of every unit; a word of the heading counts as half a word."""
        found = self.counts + _HEADING_WEIGHT * self.in_heading if heading else self.counts
        norms = _K1 * (1 - _B + _B * self.lengths / max(float(self.lengths.mean()), 1.0)) if self.lengths.size else 0.0
        return np.asarray((self.idf[:, None] * found * (_K1 + 1) / (found + norms)).sum(axis=0), dtype=np.float64)

    def coverage(self, *, heading: bool) -> Floats:
        """Return which share of the query's rarity each unit has a word for."""
        met = (self.counts + self.in_heading if heading else self.counts) > 0
        share = (self.idf[:, None] * met).sum(axis=0) / max(float(self.idf.sum()), 1e-9)
        return np.asarray(share, dtype=np.float64)

    def over_blocks(self, starts: Integers) -> "Matches":
        """Return the same for whole blocks of units."""
        return matches_of(
            np.add.reduceat(self.counts, starts, axis=1),
            np.maximum.reduceat(self.in_heading, starts, axis=1),
            np.add.reduceat(self.lengths, starts),
        )


def matches_of(counts: Floats, in_heading: Floats, lengths: Floats) -> Matches:
    """Add how rare each term is among these units."""
    holders = (counts > 0).sum(axis=1)
    return Matches(counts, in_heading, np.log(1 + (len(lengths) - holders + 0.5) / (holders + 0.5)), lengths)


def find_matches(passages: Passages, terms: Integers) -> Matches:
    """Count some terms in every unit and its heading."""
    counts = passages.occurrences.count(terms)
    over = np.where(passages.headings >= 0, counts[:, passages.headings], 0.0)
    return matches_of(counts[:, : passages.size], (over > 0).astype(np.float64), passages.lengths)


def to_unit_range(scores: Floats) -> Floats:
    """Scale scores so that the best is 1."""
    best = float(scores.max(initial=0.0))
    return scores / best if best > 0 else scores
