"""What a text says that no rewording may change: numbers, negations, names, opposites and their order; pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pith_cli.eval.stream_words import CONTRACTIONS, NAMES, NUMBER_WORDS, OPPOSITES, SYNONYMS

_VALUES = {word: str(value) for word, value in zip(NUMBER_WORDS, [*range(2, 13), 15, *range(20, 100, 10)], strict=True)}
_NUMBER = re.compile(rf"\d+(?:[.,]\d+)*|\b(?:{'|'.join(NUMBER_WORDS)})\b")
_NEGATION = re.compile(r"\b(?:not|no|never|cannot|without|except|only|unless|none|nothing)\b|\w+n't\b|\bun(?=able\b)")
_REMEMBERED = 50_000
_PLAIN = str.maketrans({"’": "'", "‘": "'"})  # noqa: RUF001  -- what people type
STOP_WORDS = frozenset(
    "a an the i you we me my your our us it its is are was were be been am do does did done have has had can could "
    "would will shall should may might must to of in on at for from by with about as and or if that this these those "
    "there here what which who whom how when where why please tell show give let know want need like get got go going "
    "just so some any into out up hi hey hello thanks thank ok okay help me find see whats im id ive hows wheres "
    "possible way able lets don't".split()
)  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """The facts of a text, each in the order in which they stand."""

    numbers: tuple[str, ...]
    negations: int
    names: tuple[str, ...]
    opposites: tuple[str, ...]


@lru_cache(maxsize=_REMEMBERED)
def facts(text: str) -> Facts:
    """Read the facts of a text."""
    plain = plain_form(text)
    numbers = tuple(_VALUES.get(found, found.replace(",", "")) for found in _NUMBER.findall(plain))
    names = tuple(found.lower() for found in name_pattern().findall(plain))
    opposites = tuple(opposite_pattern().findall(plain))
    return Facts(numbers, len(_NEGATION.findall(plain)), names, opposites)


def plain_form(text: str) -> str:
    """Return a text in lower case with its contractions written out, except what negates."""
    plain = text.lower().translate(_PLAIN)
    return _SHORT.sub(lambda found: _LONG[found[0]], plain)


@lru_cache(maxsize=_REMEMBERED)
def content(text: str) -> frozenset[str]:
    """Return the words that carry what a text is about, words of one meaning as one."""
    words = re.findall(r"[\w$€£']+", plain_form(text))
    return frozenset(_stem(_ONE_OF.get(word, word)) for word in words if word not in STOP_WORDS)


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of common words (Jaccard's index)."""
    union = one | other
    return len(one & other) / len(union) if union else 1.0


@lru_cache(maxsize=1)
def name_pattern() -> re.Pattern[str]:
    """Return the pattern of all names, longer ones first."""
    return _any_of([name for names in NAMES.values() for name in names])


@lru_cache(maxsize=1)
def opposite_pattern() -> re.Pattern[str]:
    """Return the pattern of all words that have an opposite."""
    return _any_of([word for pair in OPPOSITES for word in pair])


def class_of(name: str) -> str:
    """Return the class of a name; empty for none."""
    return _CLASSES.get(name.lower(), "")


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    ordered = sorted(set(words), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, ordered))})\b", re.IGNORECASE)


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            return word.removesuffix(ending)
    return word


_LONG = dict(CONTRACTIONS)
_SHORT = re.compile(rf"\b(?:{'|'.join(_LONG)})\b")
_CLASSES = {name: group for group, names in reversed(NAMES.items()) for name in names}
_ONE_OF = {other: one for one, other in SYNONYMS}
