"""Sentence scores against a query, or without one: BM25, headings, neighbours."""

import re
from collections import Counter
from collections.abc import Sequence
from math import log
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from compressor_service.structure import Kind
from compressor_service.units import Unit
from compressor_service.words import terms

Scores = NDArray[np.float64]

_K1 = 1.2
_B = 0.75
_HEADING_WEIGHT = 0.5
_NEIGHBOUR_WEIGHT = 0.25
_PRIOR_WEIGHT = 0.02
_QUERY_CHARACTERS = 8_000
_BEST_OF_FIRST_HOP = 2
_SECOND_HOP_WEIGHT = 0.5
_NAME = re.compile(r"(?<=[\w,;] )[A-ZÀ-ÖØ-Þ]\w+|[A-ZÀ-ÖØ-Þ]\w+ [A-ZÀ-ÖØ-Þ]\w+")
# A dialogue is weighed over a bell as wide as this share of its sentences, but no wider than the limit.
_BELL_SHARE = 1 / 20
_BELL_LIMIT = 60.0
_LOCAL_WEIGHT = 0.3
# A sentence that limits the one before it follows it at this share of its score.
_LIMIT_WEIGHT = 0.6
_LIMIT = re.compile(
    r"(?:however|but|except|unless|otherwise|nevertheless|this (?:does|is|was|did) not|that (?:does|is) not|exceptions?\b"
    r"|jedoch|allerdings|ausnahme|ausgenommen|dies gilt nicht|das gilt nicht|sofern|es sei denn"
    r"|cependant|toutefois|sauf|sin embargo|excepto|salvo|tuttavia|però)\b",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_ALARM = re.compile(r"\b(?:ERROR|FATAL|CRITICAL|Exception|failed|panic|WARN(?:ING)?)\b")


class Scorer(Protocol):
    """Scores every unit of a text against a query; higher is kept first."""

    def __call__(self, text: str, units: Sequence[Unit], query: str, *, dialogue: bool = False) -> list[float]:
        """Return one score a unit."""


def score_units(text: str, units: Sequence[Unit], query: str, *, dialogue: bool = False) -> list[float]:
    """Score every selectable unit between 0 and about 1; the others get 0.

    Without a query, or when no word of it occurs, what counts is how central a unit is and where it stands.
    """
    chosen = [index for index, unit in enumerate(units) if unit.selectable]
    bags = [Counter(terms(text[units[index].start : units[index].end])) for index in chosen]
    titles = _titles(text, units, chosen)
    prior = _prior(text, [units[index] for index in chosen], bags)
    asked = _two_hops(text, [units[index] for index in chosen], bags, titles, set(terms(query[:_QUERY_CHARACTERS])))
    if asked.any():
        spread = _spread(asked, [units[index] for index in chosen], dialogue=dialogue)
        combined = _limits(text, [units[index] for index in chosen], spread) + _PRIOR_WEIGHT * prior
    else:
        combined = prior
    scores = [0.0] * len(units)
    for index, value in zip(chosen, combined, strict=True):
        scores[index] = round(float(value), 6)
    return scores


def _titles(text: str, units: Sequence[Unit], chosen: Sequence[int]) -> list[frozenset[str]]:
    """Return the words of the heading over each unit."""
    known: dict[int, frozenset[str]] = {-1: frozenset()}
    for heading in {units[index].heading for index in chosen} - {-1}:
        unit = units[heading]
        known[heading] = frozenset(terms(text[unit.start : unit.end]))
    return [known[units[index].heading] for index in chosen]


def _two_hops(
    text: str, units: Sequence[Unit], bags: Sequence[Counter[str]], titles: Sequence[frozenset[str]], query: set[str]
) -> Scores:
    """Score against the query, then against the names in the best sentences: they may lead to the answer."""
    first = _bm25(bags, titles, query)
    names: set[str] = set()
    for index in sorted(range(len(units)), key=lambda i: (-first[i], i))[:_BEST_OF_FIRST_HOP]:
        if first[index] > 0:
            names.update(titles[index])
            for name in _NAME.finditer(text, units[index].start, units[index].end):
                names.update(terms(name[0]))
    if not names - query:
        return first
    both = first + _SECOND_HOP_WEIGHT * _bm25(bags, titles, names - query)
    return both / max(float(both.max(initial=0.0)), 1e-9)


def _bm25(bags: Sequence[Counter[str]], titles: Sequence[frozenset[str]], query: set[str]) -> Scores:
    """Return BM25 of every bag, scaled so that the best is 1; a word of the heading counts as half a word."""
    scores = np.zeros(len(bags))
    lengths = np.array([sum(bag.values()) for bag in bags], dtype=np.float64)
    norms = _K1 * (1 - _B + _B * lengths / max(lengths.mean(), 1.0)) if len(bags) else lengths
    for term in sorted(query):
        found = np.array(
            [bag[term] + _HEADING_WEIGHT * (term in title) for bag, title in zip(bags, titles, strict=True)]
        )
        holders = sum(1 for bag in bags if term in bag)
        idf = log(1 + (len(bags) - holders + 0.5) / (holders + 0.5))
        scores += idf * found * (_K1 + 1) / (found + norms)
    best = scores.max(initial=0.0)
    return scores / best if best > 0 else scores


def _spread(scores: Scores, units: Sequence[Unit], *, dialogue: bool) -> Scores:
    """Let neighbours share: a quarter in prose, a wide bell in a dialogue, where relevance lives in stretches."""
    spread = scores.copy()
    spread[1:] += _NEIGHBOUR_WEIGHT * scores[:-1]
    spread[:-1] += _NEIGHBOUR_WEIGHT * scores[1:]
    if not dialogue:
        return spread
    width = min(max(len(units) * _BELL_SHARE, 1.0), _BELL_LIMIT)
    reach = int(3 * width)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    wide = np.convolve(scores, bell, mode="full")[reach : reach + len(scores)]
    return _LOCAL_WEIGHT * spread + wide / max(float(wide.max(initial=0.0)), 1e-9)


def _limits(text: str, units: Sequence[Unit], scores: Scores) -> Scores:
    """Raise a sentence that limits its predecessor ("However, ...") towards the predecessor's score."""
    raised = scores.copy()
    for index in range(1, len(units)):
        before, unit = units[index - 1], units[index]
        near = unit.block - before.block <= 1 and unit.kind is before.kind
        if near and _LIMIT.match(text, unit.start, unit.end):
            raised[index] = max(raised[index], _LIMIT_WEIGHT * scores[index - 1])
    return raised


def _prior(text: str, units: Sequence[Unit], bags: Sequence[Counter[str]]) -> Scores:
    """Score units without a question: words that recur in the text, an early place, numbers, alarms in logs."""
    everywhere: Counter[str] = Counter()
    for bag in bags:
        everywhere.update(bag.keys())
    prior = np.zeros(len(units))
    for index, (unit, bag) in enumerate(zip(units, bags, strict=True)):
        central = sum(log(1 + everywhere[term]) for term in bag) / (len(bag) + 3)
        early = 1.0 / (1 + index) + (0.5 if index == 0 or units[index - 1].block != unit.block else 0.0)
        piece = text[unit.start : unit.end]
        numbers = 0.3 * bool(_DIGIT.search(piece))
        alarm = 2.0 if unit.kind is Kind.LOG and _ALARM.search(piece) else 0.0
        prior[index] = central + early + numbers + alarm
    best = prior.max(initial=0.0)
    return prior / best if best > 0 else prior
