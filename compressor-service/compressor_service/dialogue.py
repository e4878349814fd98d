"""What the ranker sees of every sentence of a dialogue: relevance lives in stretches there, so it looks at wide ones."""

import numpy as np

from compressor_service.features import Columns, bell
from compressor_service.lexical import Matches, find_matches, to_unit_range
from compressor_service.occurrences import Floats, Integers
from compressor_service.passages import Passages
from compressor_service.similarity import Similarity

# Words that questions about a conversation are made of; they say nothing about its subject.
_ASKING = frozenset(
    """discuss discuss discussed discussion meeting team group member opinion opinion think thought view mention said say
    talk summar summari conclus attitude toward towards agree disagre reason participa answer question""".split()
)
_WIDTHS = (3.0, 8.0, 20.0, 50.0)
# How many units a bell of width 1 is worth, and how many words in a stretch say half of what many say.
_BELL_AREA = 2.5
_WINDOW_K = 8.0
_FEEDBACK_UNITS = 30
_FEEDBACK_TERMS = 12


def dialogue_features(passages: Passages, similarity: Similarity) -> Columns:
    """Return the features of the sentences of a dialogue."""
    query = _subject(passages)
    matches = find_matches(passages, query)
    base = {
        "bm25": to_unit_range(matches.bm25(heading=False)),
        "cover": matches.coverage(heading=False),
        "cos": similarity.units,
        "soft": similarity.soft - float(similarity.soft.mean()) if passages.size else similarity.soft,
    }
    columns: Columns = {}
    for name, scores in base.items():
        columns[name] = scores
        for width in _WIDTHS:
            columns[f"{name}_{width:.0f}"] = _standardised(bell(scores, width))
    for width in _WIDTHS[1:]:
        columns[f"window_{width:.0f}"] = _standardised(_window(matches, width))
    wide = columns["bm25_20"] + columns["cos_20"]
    feedback = _feedback(passages, query, wide)
    for width in _WIDTHS[1:]:
        columns[f"feedback_{width:.0f}"] = _standardised(bell(feedback, width))
    return columns | _speakers(passages) | _places(passages)


def _window(matches: Matches, width: float) -> Floats:
    """Return BM25 of the stretch around each unit: many different words of the question there count most."""
    counts = np.stack([bell(line, width) for line in matches.counts]) * (width * _BELL_AREA)
    return (matches.idf[:, None] * counts / (counts + _WINDOW_K)).sum(axis=0)


def _subject(passages: Passages) -> Integers:
    found = passages.occurrences
    asked = passages.query_terms
    idle = {found.term_numbers[word] for word in _ASKING if word in found.term_numbers}
    said = np.array([term for term in asked.tolist() if term not in idle], dtype=np.int64)
    return said if len(said) else asked


def _feedback(passages: Passages, query: Integers, wide: Floats) -> Floats:
    """Score against the words that set the best stretches apart from the rest."""
    found = passages.occurrences
    best = np.zeros(len(found.lengths), dtype=bool)
    best[np.argsort(-wide, kind="stable")[:_FEEDBACK_UNITS]] = True
    size = len(found.term_numbers)
    inside = np.bincount(found.terms[best[found.term_rows]], minlength=size)
    everywhere = np.bincount(found.terms[found.term_rows < passages.size], minlength=size)
    weight = inside * np.log(1 + passages.size / np.maximum(everywhere, 1))
    weight[inside < 2] = 0
    weight[query] = 0
    terms = np.argsort(-weight, kind="stable")[:_FEEDBACK_TERMS]
    terms = terms[weight[terms] > 0]
    return find_matches(passages, terms).bm25(heading=False) if len(terms) else np.zeros(passages.size)


def _speakers(passages: Passages) -> Columns:
    """Say how much of the speaker's name stands in the question."""
    found = passages.occurrences
    asked = passages.query_terms
    counts = found.count(asked)
    over = np.where(passages.speakers >= 0, counts[:, passages.speakers], 0.0) > 0
    named = over.any(axis=0).astype(np.float64)
    return {
        "speaker": named,
        "speaker_8": bell(named, 8.0),
        "speaker_named": np.full(passages.size, float(named.any())),
    }


def _places(passages: Passages) -> Columns:
    size = passages.size
    lengths = passages.lengths
    return {
        "length": np.log1p(lengths),
        "length_8": bell(np.log1p(lengths), 8.0),
        "place": np.arange(size) / max(size - 1, 1),
    }


def _standardised(scores: Floats) -> Floats:
    spread = float(scores.std()) if len(scores) else 0.0
    return (scores - scores.mean()) / spread if spread > 1e-9 else np.zeros_like(scores)
