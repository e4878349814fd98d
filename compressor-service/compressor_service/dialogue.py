"""What the ranker sees of every sentence of a dialogue: relevance lives in stretches there, so it looks at wide ones."""

import numpy as np

from compressor_service.features import Columns, bell
from compressor_service.lexical import find_matches
from compressor_service.occurrences import Floats, Integers
from compressor_service.passages import Passages
from compressor_service.similarity import Similarity
from compressor_service.words import Trait, look_up

# Words that questions about a conversation are made of; they say nothing about its subject.
_ASKING = frozenset(
    """discuss meeting team group member opinion think thought view mention said say talk summari conclus attitud toward
    agree disagre reason partici answer questio""".split()
)
# The width of a stretch in units, as the deviation of a bell: a share of the dialogue, within limits.
_WIDTH_SHARE = 1 / 16
_NARROWEST, _WIDEST = 2.0, 50.0
# A word this near to one of the question counts beside it, by the third power of its cosine.
_KINDRED = 0.35
# How many units a bell of width 1 is worth, and how many words in a stretch say half of what many say.
_BELL_AREA = 2.5
_WINDOW_K = 6.0
# How much a unit of few words for its tokens loses: whole stretches fit the budget when "Yeah." and "{cough}" make room.
_DENSITY = 0.5
_FEEDBACK_UNITS = 30
_FEEDBACK_TERMS = 12


def dialogue_features(passages: Passages, similarity: Similarity) -> Columns:
    """Return the features of the sentences of a dialogue."""
    matches = find_matches(passages, _subject(passages))
    counts, idf = _kindred(passages, similarity)
    width = min(max(passages.size * _WIDTH_SHARE, _NARROWEST), _WIDEST)
    window = _standardised(_window(matches.counts, matches.idf, width))
    kindred = _standardised(_window(counts, idf, width))
    return {
        "window": window,
        "kindred": kindred,
        "kindred_near": _standardised(_window(counts, idf, 0.4 * width)),
        "feedback": _standardised(bell(_feedback(passages, window + kindred), width)),
        "speaker": bell(_named(passages), 0.16 * width),
    }


def density(passages: Passages) -> Floats:
    """Return what to add to the odds of each unit for the words that it has for its tokens, its speaker's name included."""
    costs = np.array([unit.tokens for unit in passages.units], dtype=np.float64)
    names = passages.occurrences.lengths[passages.speakers] + 1.0
    opens = np.zeros(passages.size, dtype=bool)
    opens[passages.block_starts] = True
    costs += np.where(opens & (passages.speakers >= 0), names, 0.0)
    return np.asarray(_DENSITY * np.log((passages.lengths + 0.5) / (costs + 1.0)), dtype=np.float64)


def _subject(passages: Passages) -> Integers:
    """Return the terms of the question that say what it is about; all of them where none does."""
    numbers = passages.occurrences.term_numbers
    idle = [numbers[word] for word in _ASKING if word in numbers]
    said = passages.query_terms[~np.isin(passages.query_terms, idle)]
    return said if len(said) else passages.query_terms


def _kindred(passages: Passages, similarity: Similarity) -> tuple[Floats, Floats]:
    """Count, for each word that says what the question is about, the words near to it in every unit; and its rarity."""
    found = passages.occurrences
    lines = [
        line
        for line, word in enumerate(similarity.asked.tolist())
        if _is_subject(found.spellings[word], found.traits[word])
    ]
    nearness = similarity.nearness[:, lines]
    near = np.where(nearness >= _KINDRED, nearness, 0.0) ** 3
    own = int(passages.lengths.sum())
    rows, words = found.rows[:own], found.words[:own]
    counts = np.array([np.bincount(rows, weights=column[words], minlength=passages.size) for column in near.T])
    counts = counts.reshape(len(lines), passages.size)
    holders = np.minimum(counts, 1.0).sum(axis=1)
    return counts, np.log(1 + (passages.size - holders + 0.5) / (holders + 0.5))


def _is_subject(spelling: str, traits: int) -> bool:
    return not traits & Trait.STOP and not _ASKING.issuperset(look_up(spelling).terms)


def _window(counts: Floats, idf: Floats, width: float) -> Floats:
    """Return BM25 of the stretch around each unit: many different words of the question there count most."""
    stretches = np.array([bell(line, width) for line in counts]).reshape(counts.shape) * (width * _BELL_AREA)
    return np.asarray((idf[:, None] * stretches / (stretches + _WINDOW_K)).sum(axis=0))


def _feedback(passages: Passages, wide: Floats) -> Floats:
    """Score against the words that set the best stretches apart from the rest."""
    found = passages.occurrences
    best = np.zeros(len(found.lengths), dtype=bool)
    best[np.argsort(-wide, kind="stable")[:_FEEDBACK_UNITS]] = True
    size = len(found.term_numbers)
    inside = np.bincount(found.terms[best[found.term_rows]], minlength=size)
    everywhere = np.bincount(found.terms[found.term_rows < passages.size], minlength=size)
    weight = np.where(inside >= 2, inside * np.log(1 + passages.size / np.maximum(everywhere, 1)), 0.0)
    weight[passages.query_terms] = 0
    terms = np.argsort(-weight, kind="stable")[:_FEEDBACK_TERMS]
    return find_matches(passages, terms[weight[terms] > 0]).bm25(heading=False)


def _named(passages: Passages) -> Floats:
    """Say whether the question names the speaker of each unit."""
    counts = passages.occurrences.count(passages.query_terms)
    return np.asarray(((counts[:, passages.speakers] > 0) & (passages.speakers >= 0)).any(axis=0), dtype=np.float64)


def _standardised(scores: Floats) -> Floats:
    spread = float(scores.std()) if len(scores) else 0.0
    return (scores - scores.mean()) / spread if spread > 1e-9 else np.zeros_like(scores)
