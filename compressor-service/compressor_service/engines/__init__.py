"""Engines that score words, for text that no question helps to weigh."""

import importlib
from collections.abc import Sequence
from typing import Protocol

from compressor_service.engines.errors import EngineUnavailableError

__all__ = ["NAMES", "EngineUnavailableError", "WordScorer", "load_word_scorer"]

NAMES = ("tiny_onnx", "llmlingua2", "llmlingua_library")


class WordScorer(Protocol):
    """Tells how much each word of a text is needed; deterministic, safe to share between threads."""

    name: str
    # Changes whenever the scores can change.
    fingerprint: str

    def score(self, texts: Sequence[Sequence[str]]) -> list[list[float]]:
        """Return for every word of every text a score between 0 (drop) and 1 (keep)."""
        ...


def load_word_scorer(name: str) -> WordScorer:
    """Load the engine of this name; EngineUnavailableError says what is missing, KeyError that there is none."""
    if name not in NAMES:
        raise KeyError(name)
    scorer: WordScorer = importlib.import_module(f"compressor_service.engines.{name}").load()
    return scorer
