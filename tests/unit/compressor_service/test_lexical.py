"""BM25 and coverage."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from compressor_service.lexical import find_matches, to_unit_range
from fakes_compressor import wild_texts
from fakes_relevance import TOWN, passages_of


def test_bm25_is_the_textbook_figure() -> None:
    """One term that stands once in one of five units."""
    passages = passages_of(TOWN, "Who was Brandt?")
    scores = find_matches(passages, passages.query_terms).bm25(heading=False)
    lengths = passages.lengths
    norm = 1.2 * (0.25 + 0.75 * lengths[1] / lengths.mean())
    assert np.flatnonzero(scores).tolist() == [1]
    assert np.isclose(scores[1], np.log(1 + 4.5 / 1.5) * 2.2 / (1 + norm))


def test_coverage_is_the_met_share_of_the_query() -> None:
    """A unit with all words of the query covers it; one with none covers nothing."""
    passages = passages_of(TOWN, "ferries bay")
    covered = find_matches(passages, passages.query_terms).coverage(heading=False)
    assert covered.tolist() == [0.0, 0.0, 0.0, 0.0, 1.0]


def test_a_word_of_the_heading_counts_half() -> None:
    """The section about it scores where the sentence alone does not."""
    passages = passages_of("# Refunds\n\nThey take days.\n\n# Parking\n\nThey take marks.", "refund")
    matches = find_matches(passages, passages.query_terms)
    assert not matches.bm25(heading=False).any()
    assert matches.bm25(heading=True)[0] > 0 == matches.bm25(heading=True)[1]


@given(wild_texts(), st.text(max_size=40))
def test_scores_are_finite_and_coverage_is_a_share(text: str, query: str) -> None:
    """Any text and query give numbers in their ranges."""
    passages = passages_of(text, query)
    matches = find_matches(passages, passages.query_terms)
    assert np.isfinite(matches.bm25(heading=True)).all()
    assert ((matches.coverage(heading=True) >= 0) & (matches.coverage(heading=True) <= 1 + 1e-9)).all()
    assert to_unit_range(matches.bm25(heading=True)).max(initial=0.0) <= 1
