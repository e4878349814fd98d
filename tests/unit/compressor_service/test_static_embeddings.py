"""Static embeddings."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from compressor_service.static_embeddings import StaticEmbeddings, to_grid
from fakes_relevance import shipped


def cosine(left: str, right: str) -> float:
    """Compare two words by the shipped table."""
    found = shipped().table.look_up([left, right])
    return float(found.exact[0] @ found.exact[1] / (found.norms[0] * found.norms[1]))


def test_kindred_words_are_near() -> None:
    """A car is nearer to a vehicle than to a poem."""
    assert cosine("car", "vehicle") > cosine("car", "poem") + 0.2


def test_words_are_cut_into_the_longest_pieces() -> None:
    """Greedy, folded, continued pieces marked, underscores between words."""
    table = StaticEmbeddings(
        ["un", "##like", "##ly", "like"], np.eye(4, dtype=np.int8), np.ones(4, "f4"), np.ones(4, "f4")
    )
    assert table.pieces("Unlikely") == (0, 1, 2)
    assert table.pieces("like_un") == (3, 0)
    assert table.pieces("unknown") == ()


def test_a_word_that_cannot_be_spelled_weighs_nothing() -> None:
    """It has no vector either."""
    found = shipped().table.look_up(["桜", "x" * 500, "harbour"])
    assert found.weights[:2].tolist() == [0, 0]
    assert found.weights[2] > 0
    assert not found.sums[:2].any()


@given(st.lists(st.lists(st.floats(-1e3, 1e3, width=32), min_size=4, max_size=4), min_size=1, max_size=5))
def test_the_grid_holds_whole_numbers(rows: list[list[float]]) -> None:
    """Whole numbers up to 127 and lengths that are never 0: their products are exact."""
    exact, norms = to_grid(np.array(rows, dtype=np.float32))
    assert (exact == np.rint(exact)).all()
    assert np.abs(exact).max() <= 127
    assert (norms >= 1).all()
