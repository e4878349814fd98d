"""Rules without weights."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from compressor_service.rules import rule_scores
from fakes_compressor import wild_texts
from fakes_relevance import TOWN, passages_of


def test_neighbours_share() -> None:
    """The sentence with the word leads, those beside it follow, the others have nothing."""
    scores = rule_scores(passages_of(TOWN, "harbour"), dialogue=False)
    assert int(np.argmax(scores)) == 3
    assert scores[2] == scores[4] == 0.25
    assert not scores[0]


@given(wild_texts(), st.text(max_size=40))
def test_nothing_asked_scores_nothing(text: str, query: str) -> None:
    """All zero exactly when no word of the query occurs."""
    passages = passages_of(text, query)
    assert rule_scores(passages, dialogue=False).any() == (passages.asked and passages.size > 0)
