"""Kinds of answers."""

import numpy as np
import pytest

from compressor_service.answer_types import Asks, fit, traits_of_units, what_is_asked
from fakes_relevance import TOWN, passages_of


@pytest.mark.parametrize(
    ("query", "asks"),
    [
        ("Who built the mill?", Asks.WHO),
        ("In what year was it built?", Asks.WHEN),
        ("How many ferries cross?", Asks.QUANTITY),
        ("Where is the mill?", Asks.WHERE),
        ("Why do ferries cross?", Asks.REASON),
        ("Wann wurde die Mühle gebaut?", Asks.WHEN),
        ("Combien coûte le billet ?", Asks.QUANTITY),
        ("Describe the wheel.", Asks.OTHER),
        ("", Asks.OTHER),
    ],
)
def test_the_question_word_tells_the_kind(query: str, asks: Asks) -> None:
    """Question words of several languages."""
    assert what_is_asked(query) is asks


def test_units_that_hold_such_an_answer_fit() -> None:
    """Years, names and reasons stand where they stand."""
    passages = passages_of(TOWN, "mill")
    traits = traits_of_units(passages, np.zeros(0, dtype=np.int64))
    assert fit(Asks.WHEN, traits).tolist() == [0, 1, 0, 1, 1]  # winter and day are times
    assert fit(Asks.WHO, traits).tolist() == [0, 1, 0, 0, 0]
    assert fit(Asks.REASON, traits).tolist() == [0, 0, 0, 0, 1]


def test_what_the_question_says_itself_is_no_answer() -> None:
    """A name of the question does not answer "who"."""
    passages = passages_of(TOWN, "Who knew Ilse Brandt?")
    found = passages.occurrences
    traits = traits_of_units(passages, found.words[found.rows == len(found.lengths) - 1])
    assert not fit(Asks.WHO, traits).any()
