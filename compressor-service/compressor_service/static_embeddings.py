"""Meaning of words without their context: one shipped vector a word piece, added up."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

# A longer word is a hash or an encoding; its pieces mean nothing.
_LONGEST_WORD = 40
# Vectors are rounded to whole numbers up to this one: their products add up exactly, in any order.
_GRID = 127.0


@dataclass(frozen=True)
class WordVectors:
    """One vector a word as it counts in a sentence; `exact` is its direction on a grid of whole numbers."""

    sums: Vectors
    exact: Vectors
    norms: Vectors
    weights: Vectors


class StaticEmbeddings:
    """The shipped table; safe to share between threads."""

    def __init__(self, pieces: list[str], rows: NDArray[np.int8], scales: Vectors, weights: Vectors) -> None:
        self._numbers = {piece: number for number, piece in enumerate(pieces)}
        self._rows = rows
        self._scales = scales
        self._weights = weights
        self.dimensions = rows.shape[1]
        self.pieces = lru_cache(maxsize=65_536)(self._split)

    def look_up(self, words: list[str]) -> WordVectors:
        """Return the vectors of some words; a word that the table cannot spell has none, and no weight."""
        split = [self.pieces(word) if len(word) <= _LONGEST_WORD else () for word in words]
        sizes = np.array(list(map(len, split)), dtype=np.int64)
        flat = np.array(list(chain.from_iterable(split)), dtype=np.int64)
        own = self._weights[flat]
        vectors = self._rows[flat] * (self._scales[flat] * own)[:, None]
        starts = np.cumsum(sizes) - sizes
        sums = np.zeros((len(words), self.dimensions), dtype=np.float32)
        weights = np.zeros(len(words), dtype=np.float32)
        single, several = sizes == 1, sizes > 1
        sums[single], weights[single] = vectors[starts[single]], own[starts[single]]
        if several.any():
            parts = np.repeat(several, sizes)
            firsts = (np.cumsum(sizes[several]) - sizes[several]).astype(np.int64)
            sums[several] = np.add.reduceat(vectors[parts], firsts)
            weights[several] = np.add.reduceat(own[parts], firsts) / sizes[several]
        return WordVectors(sums, *to_grid(sums), weights)

    def _split(self, word: str) -> tuple[int, ...]:
        """Cut one word into the longest pieces that the table has, as the model's own tokenizer does."""
        return tuple(number for part in _fold(word).split("_") for number in self._split_part(part))

    def _split_part(self, folded: str) -> tuple[int, ...]:
        numbers: list[int] = []
        start = 0
        while start < len(folded):
            mark = "##" if start else ""
            for end in range(len(folded), start, -1):
                number = self._numbers.get(mark + folded[start:end])
                if number is not None:
                    numbers.append(number)
                    start = end
                    break
            else:
                return ()
        return tuple(numbers)


def to_grid(vectors: Vectors) -> tuple[Vectors, Vectors]:
    """Round every vector to whole numbers, the largest to 127; return them and their lengths (never 0)."""
    largest = np.maximum(np.abs(vectors).max(axis=1, initial=0.0), np.float32(1e-9))
    exact = np.rint(vectors * (np.float32(_GRID) / largest)[:, None])
    return exact, np.sqrt(np.maximum((exact * exact).sum(axis=1), 1.0))


def _fold(word: str) -> str:
    lowered = word.lower()
    if lowered.isascii():
        return lowered
    return "".join(mark for mark in unicodedata.normalize("NFD", lowered) if unicodedata.category(mark) != "Mn")


def load_static_embeddings(folder: Path) -> StaticEmbeddings:
    """Read the table and its pieces."""
    pieces = (folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
    with np.load(folder / "static_embeddings.npz", allow_pickle=False) as arrays:
        return StaticEmbeddings(pieces, arrays["rows"], arrays["scales"], arrays["weights"])
