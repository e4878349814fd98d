"""Vetoes two short texts of the same words but one or two, when those are no synonyms, forms of one word or typing errors; pure.

It catches what no list foresees: another name, another opposite, another thing asked about. Where wordings differ more, or
in long texts, an exchanged word says little, and the embedder judges.
"""

from cache_service.guards.numbers import FRACTIONS, ORDINAL_VALUES, ROMAN_VALUES, SCALES, UNITS, VALUES
from cache_service.guards.reading import Token
from cache_service.guards.synonyms import mistyped, same_meaning
from cache_service.guards.wording import LINKS, TURNING, Wording, rebuilt, worded

_NUMBERS = VALUES.keys() | ORDINAL_VALUES.keys() | SCALES.keys() | ROMAN_VALUES.keys() | FRACTIONS.keys()
_MOST_EXCHANGED = 2  # words on either side that the other lacks
# Words such as "of" or "how" that only one text has: with more of them the whole question is worded otherwise.
_MOST_REBUILT = 1
_MOST_SHARED = 8  # content words that both have


def difference(one: str, other: str) -> str | None:
    """The word that took another's place, None when none did or when the texts differ in more than that."""
    mine, theirs = worded(one), worded(other)
    shared = mine.content.keys() & theirs.content.keys()
    if len(shared) > _MOST_SHARED:
        return None
    words, their_words = only_in(mine, theirs), only_in(theirs, mine)
    if not words and not their_words and shared:
        return _turned((mine.small - theirs.small) & LINKS, (theirs.small - mine.small) & LINKS)
    if max(len(words), len(their_words)) > _MOST_EXCHANGED or rebuilt(mine, theirs) > _MOST_REBUILT:
        return None
    if not shared and (mine.small != theirs.small or max(len(words), len(their_words)) > 1):
        return None
    return _exchanged(words, their_words)


def only_in(mine: Wording, theirs: Wording) -> list[Token]:
    """The content words of one text whose stem the other lacks, numbers aside."""
    return [token for stem, token in mine.content.items() if stem not in theirs.content and not _counts(token)]


def _counts(token: Token) -> bool:
    """Numbers have a guard of their own, which knows that five is 5."""
    return token.folded[0].isdigit() or token.folded in _NUMBERS


def _turned(links: frozenset[str], their_links: frozenset[str]) -> str | None:
    """A small word for its counterpart in texts that differ in no other."""
    for pair in TURNING:
        here, there = links & pair, their_links & pair
        if here and there:
            return f"{min(here)} / {min(there)}"
    return None


def _exchanged(words: list[Token], their_words: list[Token]) -> str | None:
    mine = [word for word in words if not any(_alike(word, other) for other in their_words)]
    theirs = [other for other in their_words if not any(_alike(word, other) for word in words)]
    if not mine or not theirs:
        return None
    joined, other_joined = ("".join(word.folded for word in side) for side in (words, their_words))
    if joined == other_joined or mistyped(joined, other_joined):
        return None  # face book / facebook
    return f"{mine[0].folded} / {theirs[0].folded}"


def _alike(one: Token, other: Token) -> bool:
    unit = UNITS.get(one.folded)
    if unit is not None and unit == UNITS.get(other.folded):
        return True
    return same_meaning(one.stem, other.stem) or mistyped(one.folded, other.folded)
