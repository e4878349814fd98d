"""Features of sentences."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from compressor_service.features import SEMANTIC, bell, hop, prose_features, rank, shift
from compressor_service.similarity import measure_similarity, silent
from fakes_compressor import wild_texts
from fakes_relevance import passages_of, shipped


@given(wild_texts(), st.text(max_size=40))
def test_every_text_has_the_features_that_the_ranker_wants(text: str, query: str) -> None:
    """One finite number a unit and feature."""
    passages = passages_of(text, query)
    if passages.size:
        columns = prose_features(passages, measure_similarity(passages, shipped().table))
        assert set(shipped().prose.features) == set(columns)
        assert all(len(column) == passages.size and np.isfinite(column).all() for column in columns.values())


def test_without_embeddings_their_columns_are_empty() -> None:
    """What the ranker learnt to do without is 0."""
    passages = passages_of("A mill. A pond.", "mill")
    columns = prose_features(passages, silent(passages))
    assert not any(columns[name].any() for name in SEMANTIC)


def test_names_of_the_best_sentence_lead_on() -> None:
    """The second hop finds the sentence that shares only the name."""
    passages = passages_of("The bridge was designed by Ilse Brandt. It is red. Ms. Brandt studied in Graz.", "bridge")
    assert int(np.argmax(hop(passages, np.array([1.0, 0.0, 0.0]))[1:])) == 1


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_neighbours_and_ranks(values: list[int]) -> None:
    """Bells keep the range, shifts move by one, the best has rank 0."""
    scores = np.array(values, dtype=float)
    assert bell(scores, 2.0).max() <= scores.max() + 1e-9
    assert shift(scores, 1).tolist() == [0.0, *scores[:-1]]
    assert shift(scores, -1).tolist() == [*scores[1:], 0.0]
    assert rank(scores)[int(np.argmax(scores))] == 0


def test_no_scores_have_no_neighbours() -> None:
    """A text without a single unit to weigh is no error."""
    assert bell(np.zeros(0), 3.0).shape == (0,)
