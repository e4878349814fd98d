"""Units -> what each of them is worth by its words."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compressor_service.answer_words import score_words
from compressor_service.engines import Passage, WordScorer
from compressor_service.structure import PROTECTED
from compressor_service.units import Unit
from compressor_service.words import terms

Values = NDArray[np.float64]
Range = tuple[int, int]

_SMOOTHING = np.array([1.0, 4.0, 1.0]) / 6.0
_TOKEN = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of some text in its parts, words or itself, and its own score."""

    text: str
    parts: Sequence[Unit]
    score: float


def value_answers(sentences: Sequence[Sentence], query: str) -> list[list[float]] | None:
    """Value the parts of sentences by how likely they answer the question; None when the two share no word."""
    asked = set(terms(query))
    texts = [one.text[one.parts[0].start : one.parts[-1].end] for one in sentences]
    if asked.isdisjoint([term for text in texts for term in terms(text)]):
        return None
    found = [find_tokens(one.text, one.parts) for one in sentences]
    tokens = [[one.text[start:end] for start, end in own] for one, (own, _) in zip(sentences, found, strict=True)]
    likely = score_words(tokens, [one.score for one in sentences], query)
    values: list[list[float]] = []
    for own, firsts in found:
        values.append(average(smooth(likely[: len(own)]), firsts))
        likely = likely[len(own) :]
    return values


def value_words(text: str, units: Sequence[Unit], wanted: Collection[int], words: WordScorer) -> dict[int, float]:
    """Value the wanted units by a word scorer, which reads them in stretches; its scores are taken as they come."""
    runs = list(_runs(units, wanted))
    passages: list[Passage] = []
    firsts: list[list[int]] = []
    for run in runs:
        start = units[run[0]].start
        ranges, places = find_tokens(text, [units[index] for index in run])
        firsts.append(places)
        moved = [(first - start, after - start) for first, after in ranges]
        passages.append(Passage(text[start : units[run[-1]].end], moved))
    values: dict[int, float] = {}
    for run, places, scores in zip(runs, firsts, words.score(passages), strict=True):
        values.update(zip(run, average(scores.astype(np.float64), places), strict=True))
    return values


def find_tokens(text: str, units: Sequence[Unit]) -> tuple[list[Range], list[int]]:
    """Return the stretches between white space in some units, and which of them is each unit's first."""
    ranges: list[Range] = []
    firsts: list[int] = []
    for unit in units:
        firsts.append(len(ranges))
        if len(text[unit.start : unit.end].split(None, 1)) > 1:
            ranges += [token.span() for token in _TOKEN.finditer(text, unit.start, unit.end)]
        else:
            ranges.append((unit.start, unit.end))
    return ranges, firsts


def average(values: Values, firsts: Sequence[int]) -> list[float]:
    """Return the mean of each unit's token values, given the number of its first token."""
    sizes = np.diff([*firsts, len(values)])
    return list(map(float, np.round(np.add.reduceat(values, firsts) / sizes, 4)))


def smooth(values: Values) -> Values:
    """Let every value share with its two neighbours; at the ends it stands in for the one that is missing."""
    if not len(values):
        return values
    return np.convolve(np.pad(values, 1, mode="edge"), _SMOOTHING, mode="valid")


def _runs(units: Sequence[Unit], wanted: Collection[int]) -> Iterator[list[int]]:
    """Yield the wanted units in stretches that nothing protected and no other sentence parts."""
    run: list[int] = []
    for index, unit in enumerate(units):
        if index in wanted:
            run.append(index)
        elif run and (unit.kind in PROTECTED or unit.selectable):
            yield run
            run = []
    if run:
        yield run
