"""Scores without a question: words that recur in the text, an early place, numbers, alarms in logs."""

import re

import numpy as np

from compressor_service.occurrences import Floats
from compressor_service.passages import Passages
from compressor_service.structure import Kind
from compressor_service.words import Trait

_ALARM = re.compile(r"\b(?:ERROR|FATAL|CRITICAL|Exception|failed|panic|WARN(?:ING)?)\b")


def prior(passages: Passages) -> Floats:
    """Return how much each unit matters when nothing is asked; the best has 1."""
    size = passages.size
    places = np.arange(size)
    opens = np.zeros(size)
    opens[passages.block_starts] = 0.5
    numbers = passages.occurrences.sums((passages.occurrences.traits & Trait.DIGIT) > 0, size) > 0
    scores = _centrality(passages) + 1.0 / (1 + places) + opens + 0.3 * numbers + 2.0 * _alarms(passages)
    best = float(scores.max(initial=0.0))
    return scores / best if best > 0 else scores


def _centrality(passages: Passages) -> Floats:
    """Return how often the words of each unit come again elsewhere, on a logarithmic scale."""
    found, size = passages.occurrences, passages.size
    own = found.term_rows < size
    width = max(len(found.term_numbers), 1)
    pairs = np.unique(found.term_rows[own] * width + found.terms[own])
    rows, terms = pairs // width, pairs % width
    everywhere = np.log1p(np.bincount(terms, minlength=width))
    sums = np.bincount(rows, weights=everywhere[terms], minlength=size)
    return sums / (np.bincount(rows, minlength=size) + 3)


def _alarms(passages: Passages) -> Floats:
    text = passages.text
    return np.array(
        [unit.kind is Kind.LOG and bool(_ALARM.search(text, unit.start, unit.end)) for unit in passages.units],
        dtype=float,
    )
