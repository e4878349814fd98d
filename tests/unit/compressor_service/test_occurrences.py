"""Words in rows, as arrays."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from compressor_service.occurrences import find_occurrences
from compressor_service.words import WORD, terms


@given(st.lists(st.text(max_size=40), max_size=6))
def test_counts_are_those_of_a_plain_count(rows: list[str]) -> None:
    """Every term is counted in every row as a dictionary would count it."""
    found = find_occurrences([WORD.findall(row) for row in rows])
    counts = found.count(np.arange(len(found.term_numbers)))
    plain = [Counter(terms(row)) for row in rows]
    for term, line in found.term_numbers.items():
        assert counts[line].tolist() == [bag[term] for bag in plain]


def test_sums_add_one_value_a_spelling() -> None:
    """Values are added over the words of a row, repetitions included."""
    found = find_occurrences([["red", "red", "blue"], [], ["blue"]])
    assert found.sums(np.array([1.0, 10.0]), 3).tolist() == [12.0, 0.0, 10.0]


def test_the_terms_of_a_row_come_once_each() -> None:
    """Repetitions and stop words are left out."""
    found = find_occurrences([["the", "gate", "and", "the", "gates", "mill"]])
    names = {number: term for term, number in found.term_numbers.items()}
    assert [names[number] for number in found.row_terms(0).tolist()] == ["gate", "mill"]
