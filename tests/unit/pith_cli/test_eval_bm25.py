"""Tests of the BM25 that others are compared with."""

from hypothesis import given
from hypothesis import strategies as st

from pith_cli.eval.bm25 import score, terms


def test_a_rare_word_of_the_query_counts_more_than_a_common_one() -> None:
    """And a piece without any gets nothing."""
    scores = score(["the mill turns", "the mill is red", "a barn"], "What colour is the red mill?")
    assert scores[1] > scores[0] > scores[2] == 0


def test_a_short_piece_beats_a_long_one_with_the_same_word() -> None:
    """Length is held against it."""
    scores = score(["red", "red and many other things that stand here"], "red")
    assert scores[0] > scores[1]


def test_words_that_say_nothing_are_no_terms() -> None:
    """Nor does case matter."""
    assert terms("What is THE Mill?") == ["mill"]


@given(st.lists(st.text(max_size=30), max_size=8), st.text(max_size=30))
def test_no_score_is_negative(pieces: list[str], query: str) -> None:
    """One score a piece, whatever the text."""
    scores = score(pieces, query)
    assert len(scores) == len(pieces)
    assert all(value >= 0 for value in scores)
