"""How near the meaning of each sentence is to that of the query, by static embeddings."""

from dataclasses import dataclass

import numpy as np

from compressor_service.occurrences import Floats
from compressor_service.passages import Passages
from compressor_service.static_embeddings import StaticEmbeddings, Vectors, WordVectors, to_grid
from compressor_service.words import Trait

# The table knows English: it stays silent on texts with a smaller share of words that only English has.
_ENGLISH_SHARE = 0.1
_QUERY_WORDS = 48


@dataclass(frozen=True)
class Similarity:
    """Cosines between -1 and 1 of every unit and block with the query.

    `soft` is the share of the query that has a like-minded word in the unit: 1 where every word is there.
    `best` is the cosine of every unit with the unit nearest to the query.
    """

    units: Floats
    blocks: Floats
    soft: Floats
    soft_blocks: Floats
    best: Floats


def silent(passages: Passages) -> Similarity:
    """Return what is measured where the table knows nothing."""
    nothing, blocks = np.zeros(passages.size), np.zeros(len(passages.block_starts))
    return Similarity(nothing, blocks, nothing, blocks, nothing)


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
    sums = _sums(passages, vectors)
    question, _ = to_grid(vectors.sums[asked].sum(axis=0, keepdims=True))
    of_blocks = np.add.reduceat(sums, passages.block_starts)
    exact, norms = to_grid(sums)
    cosines = _cosines(exact, norms, question)
    nearest = exact[[int(np.argmax(cosines))]]
    soft = _soft(passages, vectors, asked)
    return Similarity(
        units=cosines,
        blocks=_cosines(*to_grid(of_blocks), question),
        soft=_weighted(soft, vectors.weights[asked]),
        soft_blocks=_weighted(np.maximum.reduceat(soft, passages.block_starts), vectors.weights[asked]),
        best=_cosines(exact, norms, nearest),
    )


def _sums(passages: Passages, vectors: WordVectors) -> Vectors:
    """Add up the vectors of the words of every unit."""
    lengths = passages.occurrences.lengths[: passages.size]
    filled = lengths > 0
    starts = (np.cumsum(lengths) - lengths)[filled]
    sums = np.zeros((passages.size, vectors.sums.shape[1]), dtype=np.float32)
    if len(starts):
        words = passages.occurrences.words[: int(lengths.sum())]
        sums[filled] = np.add.reduceat(vectors.sums[words], starts)
    return sums


def _cosines(exact: Vectors, norms: Vectors, other: Vectors) -> Floats:
    """Return the cosines with one vector of the grid; the products of whole numbers are exact in any order."""
    length = np.sqrt(max(float((other[0] * other[0]).sum()), 1.0))
    return (exact @ other[0]).astype(np.float64) / (norms * length)


def _soft(passages: Passages, vectors: WordVectors, asked: np.ndarray) -> Floats:
    """Return for every unit how near its nearest word is to each word of the query."""
    near = (vectors.exact @ vectors.exact[asked].T) / (vectors.norms[:, None] * vectors.norms[asked])
    lengths = passages.occurrences.lengths[: passages.size]
    filled = lengths > 0
    starts = (np.cumsum(lengths) - lengths)[filled]
    nearest = np.zeros((passages.size, len(asked)))
    if len(starts):
        words = passages.occurrences.words[: int(lengths.sum())]
        nearest[filled] = np.maximum.reduceat(np.maximum(near, 0.0)[words], starts)
    return nearest


def _weighted(nearest: Floats, weights: Vectors) -> Floats:
    """Weigh the words of the query by how much they say."""
    return (nearest * weights).sum(axis=1) / float(weights.sum())
