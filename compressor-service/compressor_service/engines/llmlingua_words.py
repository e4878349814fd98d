"""Token probabilities to word probabilities, token by token as the llmlingua library does it; pure."""

import re
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_DIGIT = re.compile(r"\d")
Float32 = NDArray[np.float32]
Flags = NDArray[np.bool_]
Ids = NDArray[np.int64]


class Vocabulary:
    """What is known of every token by its text alone."""

    def __init__(self, tokens: Sequence[str], *, sentencepiece: bool, special: Iterable[str]) -> None:
        self.tokens = tokens
        self.sentencepiece = sentencepiece
        self._mark = "▁" if sentencepiece else "#"
        # Without the mark of the token's place in a word. A token of marks alone becomes empty, as in the library.
        self.pure = [token.lstrip(self._mark) for token in tokens]
        self.begins = np.array([self._begins(token) for token in tokens], dtype=np.bool_)
        self.digits = np.array([bool(_DIGIT.search(token)) for token in tokens], dtype=np.bool_)
        hidden = set(special)
        self.special = np.array([token in hidden for token in tokens], dtype=np.bool_)
        self.id_of = {token: number for number, token in enumerate(tokens)}
        self._ids_of_pure: dict[str, list[int]] = {}
        for number, pure in enumerate(self.pure):
            self._ids_of_pure.setdefault(pure, []).append(number)

    def ids_of_pure(self, text: str) -> list[int]:
        """Return every token that is this text once its mark is off."""
        return self._ids_of_pure.get(text, [])

    def _begins(self, token: str) -> bool:
        if self.sentencepiece:
            return token in string.punctuation or token.startswith(self._mark)
        return not token.startswith("##")


@dataclass(frozen=True)
class Force:
    """What the caller wants kept; tokens of several pieces stand as `[NEW0]` and so on in the text."""

    tokens: Sequence[str]
    # From what the caller named to what stands for it.
    stand_ins: Mapping[str, str]
    digits: bool
    begins: Ids
    certain: Ids
    # Stand-ins by id, as the texts that they stand for.
    originals: Mapping[int, str]

    @classmethod
    def of(
        cls, vocabulary: Vocabulary, tokens: Sequence[str], stand_ins: Mapping[str, str], *, digits: bool
    ) -> "Force":
        """Look the tokens up in the vocabulary."""
        standing = [vocabulary.id_of[stand_in] for stand_in in stand_ins.values()]
        pure = [number for token in tokens for number in vocabulary.ids_of_pure(token)]
        named = [vocabulary.id_of[token] for token in tokens if token in vocabulary.id_of]
        begins = [*standing, *(named if vocabulary.sentencepiece else pure)]
        originals = {number: put_back(vocabulary.tokens[number], stand_ins) for number in standing}
        return cls(tokens, stand_ins, digits, _ids(begins), _ids([*standing, *pure]), originals)


def put_back(text: str, stand_ins: Mapping[str, str]) -> str:
    """Replace stand-ins by what they stand for."""
    for original, stand_in in stand_ins.items():
        text = text.replace(stand_in, original)
    return text


@dataclass
class Words:
    """The words of one chunk."""

    texts: list[str]
    scores: NDArray[np.float64]
    # Scores that the library holds as Python floats, which decides its rounding.
    plain: Flags
    # What the library ranks contexts by: nothing forced, and a word's first token in place of all the others.
    unforced: Float32


def merge(vocabulary: Vocabulary, ids: Ids, probabilities: Float32, *, force: Force, first: bool) -> Words:
    """Put tokens together to words; `first` takes a word's score from its first token instead of the mean."""
    usual = ~vocabulary.special[ids]
    ids, probabilities = ids[usual], probabilities[usual]
    begins = vocabulary.begins[ids] | np.isin(ids, force.begins)
    if len(ids) and not begins[0]:
        raise ValueError("context: a chunk starts in the middle of a word, which the library cannot take either")
    starts = np.flatnonzero(begins)
    certain = begins & np.isin(ids, force.certain)
    if force.digits:
        certain |= _with_digits(vocabulary, ids, force)
    forced = np.where(certain, np.float32(1.0), probabilities)
    combine: Callable[[Float32], Float32] = (lambda p: p[starts]) if first else (lambda p: _means(p, starts))
    plain = certain[starts] if first else _all_within(certain, starts)
    return Words(
        texts=_texts(vocabulary, ids, starts, force),
        scores=combine(forced).astype(np.float64),
        plain=plain,
        unforced=combine(np.repeat(probabilities[starts], np.diff(starts, append=len(ids)))),
    )


def _with_digits(vocabulary: Vocabulary, ids: Ids, force: Force) -> Flags:
    found = vocabulary.digits[ids]
    for number, original in force.originals.items():
        found[ids == number] = bool(_DIGIT.search(original))
    return found


def _means(values: Float32, starts: Ids) -> Float32:
    """Return the mean of every word in the library's order of additions: to the last bit the same."""
    lengths = np.diff(starts, append=len(values))
    sums: Float32 = values[starts]
    for place in range(1, int(lengths.max(initial=1))):
        longer = np.flatnonzero(lengths > place)
        sums[longer] += values[starts[longer] + place]
    return np.true_divide(sums, lengths, dtype=np.float32)


def _all_within(flags: Flags, starts: Ids) -> Flags:
    return np.logical_and.reduceat(flags, starts) if len(starts) else np.zeros(0, dtype=np.bool_)


def _texts(vocabulary: Vocabulary, ids: Ids, starts: Ids, force: Force) -> list[str]:
    bounds = [*starts.tolist(), len(ids)]
    numbers = ids.tolist()
    texts = []
    for start, end in pairwise(bounds):
        number = numbers[start]
        text = force.originals.get(number, vocabulary.tokens[number])
        if end - start > 1:
            text += "".join(vocabulary.pure[later] for later in numbers[start + 1 : end])
        texts.append(text)
    return texts


def _ids(numbers: Iterable[int]) -> Ids:
    return np.array(sorted(set(numbers)), dtype=np.int64)
