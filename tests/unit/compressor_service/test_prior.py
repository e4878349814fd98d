"""Scores without a question."""

import numpy as np
from hypothesis import given

from compressor_service.prior import prior
from fakes_compressor import wild_texts
from fakes_relevance import passages_of


def test_alarms_lead_in_a_log() -> None:
    """The one line that failed comes first."""
    lines = [f"2026-01-0{day} 10:00:00 INFO all well" for day in range(1, 8)]
    lines[4] = "2026-01-05 10:00:00 ERROR disk failed"
    assert int(np.argmax(prior(passages_of("\n".join(lines), "")))) == 4


@given(wild_texts())
def test_the_best_has_one(text: str) -> None:
    """Every prior lies between 0 and 1."""
    scores = prior(passages_of(text, ""))
    assert not len(scores) or (scores.max() == 1 and scores.min() >= 0)
