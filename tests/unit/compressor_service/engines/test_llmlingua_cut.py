"""The library's arithmetic of what stays."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressor_service.engines.llmlingua_cut import Cut, keep, percentile
from compressor_service.engines.llmlingua_words import Words


def words(texts: Sequence[str], scores: Sequence[float]) -> Words:
    """Words with scores; those of 1 and 0 are Python floats, as forced ones are in the library."""
    found = np.array(scores, dtype=np.float32)
    return Words(list(texts), found.astype(np.float64), np.isin(found, [0.0, 1.0]), found)


def cut(reduce_rate: float, *, drop: bool = False, force: Sequence[str] = ()) -> Cut:
    """A cut that counts a token for every character."""
    return Cut(reduce_rate, drop, force, len)


def test_one_percent_more_goes_than_asked_for() -> None:
    """Asked to drop half of ten words, the word at the middle goes too."""
    found = keep(words("abcdefghij", [n / 10 + 0.05 for n in range(10)]), cut(0.5))
    assert found.tolist() == [False] * 5 + [True] * 5
    assert keep(words("abc", [0.1, 0.2, 0.3]), cut(0.49)).tolist() == [False, False, True]


def test_long_words_weigh_more() -> None:
    """A word counts as often as it has tokens."""
    assert keep(words(["long" * 9, "a", "b"], [0.5, 0.4, 0.6]), cut(0.5)).tolist() == [False, False, True]


def test_ties_go_together() -> None:
    """A chunk of equal scores comes out empty, unless all are certain."""
    assert not keep(words("abcd", [0.5] * 4), cut(0.3)).any()
    assert keep(words("abcd", [1.0] * 4), cut(0.3)).all()


def test_repeated_forced_tokens_go() -> None:
    """A forced token with nothing that stays since its like is dropped."""
    texts, scores = [".", "low", ".", "high", "."], [1.0, 0.1, 1.0, 0.9, 1.0]
    assert keep(words(texts, scores), cut(0.2)).tolist() == [True, False, True, True, True]
    assert keep(words(texts, scores), cut(0.2, drop=True, force=["."])).tolist() == [True, False, False, True, True]


@pytest.mark.parametrize("reduce_rate", [1.0, 1.5])
def test_too_small_a_rate_is_refused_by_name(reduce_rate: float) -> None:
    """The library asks NumPy for percentile 101."""
    with pytest.raises(ValueError, match=r"rate: .*percentile"):
        keep(words("ab", [0.1, 0.2]), cut(reduce_rate))


def test_a_chunk_without_words_is_refused() -> None:
    """Where every character is unknown there is nothing to take a percentile of."""
    with pytest.raises(ValueError, match="no word that the vocabulary knows"):
        keep(words("", []), cut(0.5))


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=50), st.integers(0, 99))
def test_the_threshold_is_numpys_on_a_list_of_single_floats(values: list[float], percent: int) -> None:
    """The list that the library would hand over gives the same number."""
    single = np.array(values, dtype=np.float32)
    assert percentile(single, percent) == float(np.percentile(list(single), percent))
