"""What is seen of the words of some sentences beside a question: one column a feature."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

import numpy as np
from numpy.typing import NDArray

from compressor_service.answer_types import Asks, what_is_asked
from compressor_service.words import WORD, Trait, look_up

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Columns = dict[str, Floats]

# Sentences stand this far apart on the line, so that no word has a neighbour in another sentence.
_APART = 12
# A word of the question is felt around it; this many words away, by a third.
_REACH = 3.0
_FARTHEST = 20
# How fast a sentence's share falls with its distance from the best.
_TEMPERATURE = 0.3
_QUERY_CHARACTERS = 8_000
# Longer tokens are read anew each time: they hardly come again.
_REMEMBERED_CHARACTERS = 32

_COMMA, _FULL_STOP, _OPENING = 1, 2, 4
_OPENS = "([{\"'“„«‘"  # noqa: RUF001
_SUITS = {
    Asks.WHO: Trait.CAPITAL,
    Asks.WHERE: Trait.CAPITAL,
    Asks.WHEN: Trait.YEAR | Trait.TIME | Trait.DIGIT,
    Asks.QUANTITY: Trait.DIGIT | Trait.NUMBER,
    Asks.REASON: Trait.REASON,
}


@dataclass(frozen=True, slots=True)
class _Token:
    """A stretch between white space: the search terms in it, the traits of its words, the marks around them."""

    terms: tuple[str, ...]
    traits: int
    marks: int


class _Line:
    """Sentences laid out on one line of numbers, far enough apart to keep to themselves."""

    def __init__(self, sizes: Integers) -> None:
        self.sentences = np.repeat(np.arange(len(sizes)), sizes)
        self.starts = np.cumsum(sizes) - sizes
        self.places = np.arange(len(self.sentences)) - self.starts[self.sentences]
        self._at = np.arange(len(self.sentences)) + _APART * (self.sentences + 1)
        self._size = len(self.sentences) + _APART * (len(sizes) + 1)

    def lay(self, values: NDArray[np.generic]) -> Floats:
        """Put one value a word on the line, zeros between the sentences."""
        line = np.zeros(self._size)
        line[self._at] = values
        return line

    def shift(self, values: NDArray[np.generic], by: int) -> Floats:
        """Return the value that stands so many words before (or, negative, behind) each word."""
        shifted: Floats = self.lay(values)[self._at - by]
        return shifted

    def spread(self, values: NDArray[np.generic]) -> tuple[Floats, Floats]:
        """Return how much of the values before, and of those behind, each word feels."""
        bell = np.concatenate([[0.0], np.exp(-np.arange(1, _APART) / _REACH)])
        line = self.lay(values)
        before = np.convolve(line, bell)[: self._size]
        behind = np.convolve(line[::-1], bell)[: self._size][::-1]
        return before[self._at], behind[self._at]

    def distances(self, marked: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Return how far the nearest marked word is, to the left and to the right; a word that is marked is at 0."""
        numbers = np.arange(self._size)
        line = self.lay(marked) > 0
        left = np.maximum.accumulate(np.where(line, numbers, -_FARTHEST))[self._at]
        right = np.minimum.accumulate(np.where(line, numbers, self._size + _FARTHEST)[::-1])[::-1][self._at]
        return np.minimum(self._at - left, _FARTHEST) * 1.0, np.minimum(right - self._at, _FARTHEST) * 1.0


def word_features(sentences: Sequence[Sequence[str]], scores: Sequence[float], query: str) -> Columns:
    """Return the features of every token of the sentences, in order; the scores are those of the sentences."""
    tokens = [_read(token) for sentence in sentences for token in sentence]
    line = _Line(np.array([len(sentence) for sentence in sentences], dtype=np.int64))
    asked = dict.fromkeys(term for word in WORD.findall(query[:_QUERY_CHARACTERS]) for term in look_up(word).terms)
    holders = Counter(term for token in tokens for term in set(token.terms))
    weights = {term: log(1 + len(tokens) / (1 + holders[term])) / 5 for term in asked}
    met = np.array([max([weights[term] for term in token.terms if term in weights], default=0.0) for token in tokens])
    asks = what_is_asked(query)
    columns = _of_sentences(line, np.array(scores, dtype=np.float64), _coverage(line, tokens, weights))
    columns["asks"] = np.full(len(tokens), float(asks))
    columns["recurs"] = np.array([log(1 + max([holders[term] for term in token.terms], default=0)) for token in tokens])
    columns["size"] = np.array([len(token) for sentence in sentences for token in sentence], dtype=np.float64)
    columns |= _of_question(line, met, max(sum(weights.values()), 1e-9))
    return columns | _of_looks(line, tokens, met, _SUITS.get(asks, 0))


def _of_sentences(line: _Line, scores: Floats, coverage: Floats) -> Columns:
    gaps = scores.max(initial=-np.inf) - scores
    shares = np.exp(-gaps / _TEMPERATURE)
    ranks = np.empty(len(scores))
    ranks[np.argsort(-scores, kind="stable")] = np.arange(len(scores))
    sizes = np.bincount(line.sentences, minlength=len(scores))
    of_sentence = {
        "gap": gaps,
        "rank": ranks,
        "share": shares / max(float(shares.sum()), 1e-9),
        "cover": coverage,
        "cover_gap": coverage.max(initial=0.0) - coverage,
        "length": sizes,
        "sentences": np.full(len(scores), len(scores)),
    }
    columns = {name: values[line.sentences].astype(np.float64) for name, values in of_sentence.items()}
    return columns | {"place": line.places * 1.0, "rest": columns["length"] - line.places}


def _coverage(line: _Line, tokens: Sequence[_Token], weights: dict[str, float]) -> Floats:
    """Return the share of the question's terms, by weight, that each sentence holds."""
    held: list[set[str]] = [set() for _ in line.starts]
    for sentence, token in zip(line.sentences.tolist(), tokens, strict=True):
        held[sentence].update(term for term in token.terms if term in weights)
    total = max(sum(weights.values()), 1e-9)
    return np.array([sum(sorted(weights[term] for term in terms)) / total for terms in held])


def _of_question(line: _Line, met: Floats, total: float) -> Columns:
    """Where the words of the question stand around each word."""
    sums = np.concatenate([[0.0], np.cumsum(met)])
    ends = np.append(line.starts[1:], len(met))
    number = np.arange(len(met))
    left, right = line.spread(met)
    to_left, to_right = line.distances(met > 0)
    return {
        "asked": met,
        "before": (sums[number] - sums[line.starts[line.sentences]]) / total,
        "behind": (sums[ends[line.sentences]] - sums[number + 1]) / total,
        "to_left": to_left,
        "to_right": to_right,
        "left": left,
        "right": right,
        "around": left + right,
        "nearer": np.maximum(left, right),
    }


def _of_looks(line: _Line, tokens: Sequence[_Token], met: Floats, suits: int) -> Columns:
    """What each word and its neighbours look like."""
    traits = np.array([token.traits for token in tokens], dtype=np.int64)
    marks = np.array([token.marks for token in tokens], dtype=np.int64)
    stop, capital, digit = ((traits & trait) > 0 for trait in (Trait.STOP, Trait.CAPITAL, Trait.DIGIT))
    columns = {
        "stop": stop,
        "capital": capital,
        "digit": digit,
        "year": (traits & Trait.YEAR) > 0,
        "time": (traits & Trait.TIME) > 0,
        "comma": (marks & _COMMA) > 0,
        "full_stop": (marks & _FULL_STOP) > 0,
        "opening": (marks & _OPENING) > 0,
        "suits": ((traits & suits) > 0) & (met == 0),
        **_runs(line, capital.astype(np.float64), met),
    }
    for by, side in ((1, "before"), (-1, "behind")):
        columns[f"stop_{side}"] = line.shift(stop, by)
        columns[f"capital_{side}"] = line.shift(capital, by)
        columns[f"capital_2_{side}"] = line.shift(capital, 2 * by)
        columns[f"digit_{side}"] = line.shift(digit, by)
        columns[f"asked_{side}"] = line.shift(met, by)
    columns["pause_before"] = line.shift((marks & (_COMMA | _FULL_STOP)) > 0, 1)
    return {name: np.asarray(values, dtype=np.float64) for name, values in columns.items()}


def _runs(line: _Line, capital: Floats, met: Floats) -> Columns:
    """How many capitalised words stand together, two to each side at most, and how many of them the question has."""
    one, two = line.shift(capital, 1), line.shift(capital, 2)
    other, further = line.shift(capital, -1), line.shift(capital, -2)
    near = one * line.shift(met, 1) + other * line.shift(met, -1) + met
    return {"run": capital * (1 + one * (1 + two) + other * (1 + further)), "run_asked": capital * near}


def _read(token: str) -> _Token:
    return _remembered(token) if len(token) <= _REMEMBERED_CHARACTERS else _parse(token)


def _parse(token: str) -> _Token:
    terms: list[str] = []
    traits = 0
    for part in WORD.findall(token):
        word = look_up(part)
        terms += word.terms
        traits |= word.traits
    if terms:
        traits &= ~Trait.STOP
    marks = _COMMA * (token[-1] in ",;:") + _FULL_STOP * (token[-1] in ".!?") + _OPENING * (token[0] in _OPENS)
    return _Token(tuple(terms), int(traits), marks)


_remembered = lru_cache(maxsize=65_536)(_parse)
