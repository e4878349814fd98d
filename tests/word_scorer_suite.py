"""What every word scorer owes, whatever it is made of; the tests give it a scorer and texts of their own."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from compressor_service.engines import Passage, WordScorer


def check_scores(scorer: WordScorer, passages: Sequence[Passage]) -> None:
    """One float32 between 0 and 1 a word, whatever the script; no passage, no score."""
    for scores, one in zip(scorer.score(passages), passages, strict=True):
        assert scores.shape == (len(one.words),)
        assert scores.dtype == np.float32
        assert ((scores >= 0) & (scores <= 1)).all()
    assert scorer.score([]) == []
    assert scorer.name
    assert scorer.fingerprint


def check_independence(scorer: WordScorer, passages: Sequence[Passage]) -> None:
    """Alone, together, in another order, and from eight threads at once: the same to the last bit."""
    alone = [scorer.score([one])[0] for one in passages]
    assert all(map(np.array_equal, alone, scorer.score(passages)))
    assert all(map(np.array_equal, alone, scorer.score(passages[::-1])[::-1]))
    with ThreadPoolExecutor(8) as pool:
        for scores in pool.map(scorer.score, [passages] * 4):
            assert all(map(np.array_equal, alone, scores))
        for one, (scores,) in zip(alone, pool.map(lambda passage: scorer.score([passage]), passages), strict=True):
            assert np.array_equal(one, scores)
