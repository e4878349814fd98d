"""Sentence scores by fixed rules: BM25 with headings, a second hop, neighbours; nothing learnt."""

from compressor_service.features import bell, hop, shift
from compressor_service.lexical import find_matches, to_unit_range
from compressor_service.occurrences import Floats
from compressor_service.passages import Passages

_NEIGHBOUR_WEIGHT = 0.25
_SECOND_HOP_WEIGHT = 0.5
# A dialogue is weighed over a bell as wide as this share of its sentences, but no wider than the limit.
_BELL_SHARE = 1 / 20
_BELL_LIMIT = 60.0
_LOCAL_WEIGHT = 0.3


def rule_scores(passages: Passages, *, dialogue: bool) -> Floats:
    """Score every unit against the query; all zero when no word of it occurs."""
    first = to_unit_range(find_matches(passages, passages.query_terms).bm25(heading=True))
    both = to_unit_range(first + _SECOND_HOP_WEIGHT * hop(passages, first))
    spread = both + _NEIGHBOUR_WEIGHT * (shift(both, 1) + shift(both, -1))
    if not dialogue:
        return spread
    width = min(max(passages.size * _BELL_SHARE, 1.0), _BELL_LIMIT)
    return _LOCAL_WEIGHT * spread + to_unit_range(bell(both, width))
