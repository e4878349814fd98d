"""Which word and which term stands in which row of a text, as arrays."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from compressor_service.words import look_up

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Occurrences:
    """The words of some rows (sentences, headings, a query), numbered in their first order.

    `words` and `rows` have one entry a word of the text, `terms` and `term_rows` one entry a term of it; `traits` has
    one entry a spelling.
    """

    spellings: list[str]
    traits: Integers
    words: Integers
    rows: Integers
    lengths: Integers
    terms: Integers
    term_rows: Integers
    term_numbers: dict[str, int]

    def sums(self, values: NDArray[np.generic], rows: int) -> Floats:
        """Add up one value a spelling over the words of each of the first rows."""
        sums = np.bincount(self.rows, weights=values[self.words], minlength=len(self.lengths))
        return sums[:rows].astype(np.float64)

    def count(self, wanted: Integers) -> Floats:
        """Return how often each wanted term stands in each row, one line a term."""
        line_of = np.full(len(self.term_numbers), -1)
        line_of[wanted] = np.arange(len(wanted))
        lines = line_of[self.terms]
        found = lines >= 0
        size = len(self.lengths)
        flat = np.bincount(lines[found] * size + self.term_rows[found], minlength=len(wanted) * size)
        return flat.reshape(len(wanted), size).astype(np.float64)

    def row_terms(self, row: int) -> Integers:
        """Return the terms of one row in their first order, each once."""
        return np.array(list(dict.fromkeys(self.terms[self.term_rows == row].tolist())), dtype=np.int64)


def find_occurrences(rows: Sequence[Sequence[str]]) -> Occurrences:
    """Number the words of all rows and the terms they fold to."""
    numbers: defaultdict[str, int] = defaultdict()
    numbers.default_factory = numbers.__len__
    words = np.array(list(map(numbers.__getitem__, chain.from_iterable(rows))), dtype=np.int64)
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    word_rows = np.repeat(np.arange(len(rows)), lengths)
    known = [look_up(word) for word in numbers]
    term_numbers: dict[str, int] = {}
    terms = np.array(
        [term_numbers.setdefault(term, len(term_numbers)) for one in known for term in one.terms], np.int64
    )
    sizes = np.array([len(one.terms) for one in known], dtype=np.int64)
    repeats = sizes[words]
    firsts = (np.cumsum(sizes) - sizes)[words]
    within = np.arange(repeats.sum()) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    return Occurrences(
        spellings=list(numbers),
        traits=np.array([one.traits for one in known], dtype=np.int64),
        words=words,
        rows=word_rows,
        lengths=lengths,
        terms=terms[np.repeat(firsts, repeats) + within],
        term_rows=np.repeat(word_rows, repeats),
        term_numbers=term_numbers,
    )
