"""Engines that score words, for text that no question helps to weigh."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from compressor_service.engines.errors import EngineUnavailableError
from compressor_service.engines.options import EngineOptions

__all__ = ["NAMES", "EngineOptions", "EngineUnavailableError", "Passage", "WordScorer", "load_word_scorer"]

NAMES = ("tiny_onnx", "llmlingua2", "llmlingua_library")
_DEFAULT_OPTIONS = EngineOptions()


@dataclass(frozen=True, slots=True)
class Passage:
    """A text and the words of it to be scored: sorted, disjoint (start, end) offsets in characters.

    The text between and around the words is context: an engine may read it, and scores only the words.
    """

    text: str
    words: Sequence[tuple[int, int]]


class WordScorer(Protocol):
    """Tells how much each word of a text is needed; deterministic, safe to share between threads."""

    name: str
    # Changes whenever the scores can change.
    fingerprint: str

    def score(self, passages: Sequence[Passage]) -> list[NDArray[np.float32]]:
        """Return for every passage one score a word, between 0 (drop) and 1 (keep).

        A passage's scores do not depend on the passages that it is scored together with.
        """
        ...


def load_word_scorer(name: str, options: EngineOptions = _DEFAULT_OPTIONS) -> WordScorer:
    """Load the engine of this name; EngineUnavailableError says what is missing, KeyError that there is none."""
    if name not in NAMES:
        raise KeyError(name)
    scorer: WordScorer = importlib.import_module(f"compressor_service.engines.{name}").load(options)
    return scorer
