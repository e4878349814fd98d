"""What kind of answer a question asks for, and which sentences hold one of that kind."""

import re
from enum import IntEnum

import numpy as np

from compressor_service.occurrences import Floats
from compressor_service.passages import Passages
from compressor_service.words import Trait


class Asks(IntEnum):
    """What a question asks for."""

    OTHER = 0
    WHO = 1
    WHEN = 2
    WHERE = 3
    QUANTITY = 4
    REASON = 5


_QUANTITY = (
    r"how (?:many|much|long|far|old|often|large|big|tall|high|fast|deep|soon|late|wide)|what (?:percent\w*|number|amount|size|age"
    r"|share|rate|price|cost|population|distance)|wie ?(?:viele?|lange?|hoch|weit|alt|oft|teuer)|combien|cuánt[oa]s?|quant[oiea]"
)
_WHEN = (
    r"when|(?:in |on |by |since |until |during )?(?:what|which) (?:year|date|day|month|century|decade|time|season|period)"
    r"|wann|seit wann|quand|cuándo|quando"
)
_WHERE = (
    r"where|(?:in |at |on |to |from )?(?:what|which) (?:city|country|place|state|location|town|region|continent|street|building)"
    r"|wo|woher|wohin|où|dónde|dove"
)
_PATTERNS = (
    (Asks.QUANTITY, re.compile(rf"\b(?:{_QUANTITY})\b", re.IGNORECASE)),
    (Asks.WHEN, re.compile(rf"\b(?:{_WHEN})\b", re.IGNORECASE)),
    (Asks.WHERE, re.compile(rf"\b(?:{_WHERE})\b", re.IGNORECASE)),
    (Asks.WHO, re.compile(r"\b(?:who|whom|whose|wer|wen|wem|wessen|qui|quién|quem|chi)\b", re.IGNORECASE)),
    (
        Asks.REASON,
        re.compile(
            r"\b(?:why|for what reason|what caused?|warum|wieso|weshalb|pourquoi|por qué|perché)\b", re.IGNORECASE
        ),
    ),
)


def what_is_asked(query: str) -> Asks:
    """Tell the kind of answer by the question word that stands first."""
    found = [(match.start(), asks) for asks, pattern in _PATTERNS if (match := pattern.search(query))]
    return min(found)[1] if found else Asks.OTHER


def traits_of_units(passages: Passages, query_words: np.ndarray) -> dict[str, Floats]:
    """Count, in every unit, what answers are made of: names and numbers that the question does not hold, times, reasons."""
    found = passages.occurrences
    new = np.ones(len(found.spellings), dtype=bool)
    new[query_words] = False
    traits = found.traits
    inside = _capitals_inside(passages) & new[found.words]
    names = np.bincount(found.rows, weights=inside, minlength=len(found.lengths))[: passages.size].astype(np.float64)
    return {
        "names": names,
        "numbers": found.sums(new & ((traits & (Trait.DIGIT | Trait.NUMBER)) > 0), passages.size),
        "years": found.sums(new & ((traits & Trait.YEAR) > 0), passages.size),
        "times": found.sums(new & ((traits & Trait.TIME) > 0), passages.size),
        "reasons": found.sums((traits & Trait.REASON) > 0, passages.size),
    }


def _capitals_inside(passages: Passages) -> np.ndarray:
    """Mark the capitalised words that do not open their row."""
    found = passages.occurrences
    capitals = (found.traits[found.words] & Trait.CAPITAL) > 0
    if len(capitals):
        capitals[1:] &= found.rows[1:] == found.rows[:-1]
        capitals[0] = False
    return capitals


def fit(asks: Asks, traits: dict[str, Floats]) -> Floats:
    """Say whether each unit holds something of the kind that was asked for."""
    numbers = traits["numbers"] > 0
    suits = {
        Asks.WHO: traits["names"] > 0,
        Asks.WHEN: (traits["years"] + traits["times"] > 0) | numbers,
        Asks.WHERE: traits["names"] > 0,
        Asks.QUANTITY: numbers,
        Asks.REASON: traits["reasons"] > 0,
        Asks.OTHER: np.ones(len(numbers), dtype=bool),
    }
    return suits[asks].astype(np.float64)
