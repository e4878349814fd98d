"""A small word scorer behind the engines' Protocol: rare words, numbers and capitals are worth keeping."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from compressor_service.engines import Passage
from compressor_service.words import terms


class SurfaceScorer:
    """Scores words by what is seen on them, one by one; counts how many it was asked for."""

    name = "surface"
    fingerprint = "surface-1"

    def __init__(self) -> None:
        self.words_scored = 0

    def score(self, passages: Sequence[Passage]) -> list[NDArray[np.float32]]:
        """Return the scores of every passage's words."""
        self.words_scored += sum(len(passage.words) for passage in passages)
        return [
            np.array([_score(passage.text[start:end]) for start, end in passage.words], dtype=np.float32)
            for passage in passages
        ]


def _score(word: str) -> float:
    content = 0.3 + min(len(word), 10) / 50 if terms(word) else 0.05
    number = 0.3 * any(character.isdigit() for character in word)
    capital = 0.2 * any(character.isupper() for character in word)
    return content + number + capital
