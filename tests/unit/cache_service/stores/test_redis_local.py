"""The matrix of a partition that a replica keeps, against plain sorting."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cache_service.stores.redis_local import _Matrix


@given(st.lists(st.integers(0, 20), max_size=300), st.integers(1, 20))
def test_the_nearest_are_those_of_a_dictionary(numbers: list[int], count: int) -> None:
    """However often vectors are replaced."""
    random = np.random.default_rng(7)
    matrix, plain = _Matrix(), dict[str, np.ndarray]()
    for number in numbers:
        vector = random.standard_normal(8).astype(np.float32)
        matrix.put(str(number), vector)
        plain[str(number)] = vector
    query = random.standard_normal(8).astype(np.float32)
    expected = sorted(plain, key=lambda name: -float(plain[name] @ query))[:count]
    assert matrix.nearest(query, count) == expected


def test_vectors_of_another_length_begin_anew() -> None:
    """And a search of another length finds nothing."""
    matrix = _Matrix()
    matrix.put("a", np.ones(4, np.float32))
    assert matrix.nearest(np.ones(8, np.float32), 3) == []
    matrix.put("b", np.ones(8, np.float32))
    assert matrix.nearest(np.ones(8, np.float32), 3) == ["b"]
    matrix.forget("other")
    assert (matrix.nearest(np.ones(8, np.float32), 3), matrix.epoch, matrix.last) == ([], "other", 0)
