"""How near the meaning of each sentence is to that of the query, by static embeddings."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compressor_service.occurrences import Floats, Integers
from compressor_service.passages import Passages
from compressor_service.static_embeddings import StaticEmbeddings, Vectors, WordVectors, to_grid
from compressor_service.words import Trait

# The table knows English: it stays silent on texts with a smaller share of words that only English has.
_ENGLISH_SHARE = 0.1
_QUERY_WORDS = 48
_WORDS_AT_ONCE = 16_384


@dataclass(frozen=True)
class Similarity:
    """Cosines between -1 and 1 of every unit and block with the query.

    `soft` is the share of the query that has a like-minded word in the unit: 1 where every word is there.
    `best` is the cosine of every unit with the unit nearest to the query. `nearness` is the cosine, 0 at least, of
    every spelling with each of the query's words, which `asked` names.
    """

    units: Floats
    blocks: Floats
    soft: Floats
    soft_blocks: Floats
    best: Floats
    asked: Integers
    nearness: Floats


def silent(passages: Passages) -> Similarity:
    """Return what is measured where the table knows nothing."""
    nothing, blocks = np.zeros(passages.size), np.zeros(len(passages.block_starts))
    none = np.zeros(0, dtype=np.int64)
    empty = np.zeros((len(passages.occurrences.spellings), 0))
    return Similarity(nothing, blocks, nothing, blocks, nothing, none, empty)


def is_english(passages: Passages) -> bool:
    """Say whether the table can be trusted with this text."""
    found = passages.occurrences
    of_units = found.words[: int(passages.lengths.sum())]
    english = (found.traits[of_units] & Trait.ENGLISH) > 0
    return bool(english.sum() > _ENGLISH_SHARE * max(len(of_units), 1))


def measure_similarity(passages: Passages, table: StaticEmbeddings) -> Similarity:
    """Compare every unit and block with the query."""
    found = passages.occurrences
    vectors = table.look_up(found.spellings)
    asked = found.words[len(found.words) - int(found.lengths[-1]) :]
    asked = asked[vectors.weights[asked] > 0][:_QUERY_WORDS]
    if not len(asked) or not is_english(passages):
        return silent(passages)
    sums = _over_units(np.add, vectors.sums, passages)
    question, _ = to_grid(vectors.sums[asked].sum(axis=0, keepdims=True))
    of_blocks = np.add.reduceat(sums, passages.block_starts)
    exact, norms = to_grid(sums)
    cosines = _cosines(exact, norms, question)
    nearest = exact[[int(np.argmax(cosines))]]
    nearness = _nearness(vectors, asked)
    # How near the nearest word of every unit is to each word of the query.
    soft = _over_units(np.maximum, nearness, passages)
    return Similarity(
        units=cosines,
        blocks=_cosines(*to_grid(of_blocks), question),
        soft=_weighted(soft, vectors.weights[asked]),
        soft_blocks=_weighted(np.maximum.reduceat(soft, passages.block_starts), vectors.weights[asked]),
        best=_cosines(exact, norms, nearest),
        asked=asked,
        nearness=nearness,
    )


def _over_units(reduce: np.ufunc, values: NDArray[Any], passages: Passages) -> NDArray[Any]:
    """Reduce one row of values a spelling over the words of each unit; a unit without words gets zeros."""
    lengths = passages.occurrences.lengths[: passages.size]
    starts = np.cumsum(lengths) - lengths
    reduced = np.zeros((passages.size, values.shape[1]), dtype=values.dtype)
    # A hostile text has hundreds of thousands of words: their values are never held all at once.
    parts = np.unique(np.searchsorted(starts, np.arange(0, int(lengths.sum()), _WORDS_AT_ONCE)))
    for first, after in pairwise([*parts.tolist(), passages.size]):
        filled = first + np.flatnonzero(lengths[first:after])
        if len(filled):
            words = passages.occurrences.words[starts[first] : starts[after - 1] + lengths[after - 1]]
            reduced[filled] = reduce.reduceat(values[words], starts[filled] - starts[first])
    return reduced


def _cosines(exact: Vectors, norms: Vectors, other: Vectors) -> Floats:
    """Return the cosines with one vector of the grid; the products of whole numbers are exact in any order."""
    length = np.sqrt(max(float((other[0] * other[0]).sum()), 1.0))
    return np.asarray((exact @ other[0]) / (norms * length), dtype=np.float64)


def _nearness(vectors: WordVectors, asked: Integers) -> Floats:
    near = (vectors.exact @ vectors.exact[asked].T) / (vectors.norms[:, None] * vectors.norms[asked])
    return np.asarray(np.maximum(near, 0.0), dtype=np.float64)


def _weighted(nearest: Floats, weights: Vectors) -> Floats:
    """Weigh the words of the query by how much they say."""
    return np.asarray((nearest * weights).sum(axis=1) / float(weights.sum()), dtype=np.float64)
