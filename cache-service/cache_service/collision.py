"""Tells a collision of vectors from a rewording: very near, and hardly a word or letter in common; pure.

Texts can be made to lie near any other (CacheAttack, arXiv 2601.23088), with letters that look like others or that are
not seen at all. A rewording that near shares words.
"""

import re
import unicodedata

from cache_service.guards.reading import read

# From this similarity on a pair without a common word is suspicious.
NEAR = 0.88
# Shorter texts say too little to judge them.
MIN_CONTENT_WORDS = 2
# Characters that are not seen, beside those that scripts and emoji need to join letters.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\U000e0000-\U000e007f]"
)
_LATIN_AND_OTHER = re.compile(r"(?=\w*[a-z])\w*[\u0370-\u03ff\u0400-\u052f]\w*", re.IGNORECASE)


def difference(one: str, other: str, similarity: float) -> str | None:
    """Why two texts this near are not what they seem, None when nothing is odd."""
    if one == other:
        return None
    trick = _trick(one) or _trick(other)
    if trick:
        return trick
    if similarity < NEAR or _in_common(one, other):
        return None
    return "no word in common"


def _trick(text: str) -> str | None:
    if text.isascii():
        return None
    if _INVISIBLE.search(text):
        return "invisible characters"
    return "letters of two scripts in one word" if _LATIN_AND_OTHER.search(text) else None


def _in_common(one: str, other: str) -> bool:
    mine, theirs = _content(one), _content(other)
    if min(len(mine), len(theirs)) < MIN_CONTENT_WORDS:
        return True
    return bool(mine & theirs) or any(_alike(word, theirs) for word in mine)


def _content(text: str) -> frozenset[str]:
    return frozenset(token.stem for token in read(unicodedata.normalize("NFKC", text)) if token.is_content)


def _alike(word: str, others: frozenset[str]) -> bool:
    """Whether a word begins as another does; in scripts without spaces, whether any two letters in a row recur."""
    if word.isascii():
        return any(word[:3] == other[:3] for other in others)
    pairs = {word[index : index + 2] for index in range(len(word) - 1)}
    return any(pair in other for pair in pairs for other in others)
