"""Vetoes a pair in which one text narrows its question and the other does not: only, at most, cheapest without; pure."""

import re

from cache_service.guards.reading import read

# Each kind must occur in both texts or in neither.
_KINDS: dict[str, frozenset[str]] = {
    "only": frozenset("only solely exclusively merely nur ausschließlich".split()),
    "at most": frozenset("maximum max atmost".split()),
    "free": frozenset("free gratis complimentary kostenlos kostenfrei".split()),
    "same day": frozenset("immediately instantly urgently asap sofort".split()),
    "abroad": frozenset("abroad overseas internationally ausland".split()),
}
_PHRASES = re.compile(
    r"\b(?:(?P<most>at most|no more than|up to|not more than|or less|or fewer|höchstens)"
    r"|(?P<least>at least|no less than|no fewer than|or more|minimum of|mindestens)"
    r"|(?P<more>more than|greater than|larger than|mehr als)|(?P<fewer>less than|fewer than|smaller than|weniger als))\b",
    re.IGNORECASE,
)
_PHRASE_KINDS = {"most": "at most", "least": "at least", "more": "more than", "fewer": "less than"}
# A clause that narrows, where everything before it is the other text: "... for business accounts", "... if I am under 18".
_NARROWING = frozenset(
    "for in on at during within under over if when while after before until since with as via using by near".split()
)
_CLAUSE_CONTENT = 1


def difference(one: str, other: str) -> str | None:
    """What narrows one text only, None when both are as narrow."""
    mine, theirs = _found(one), _found(other)
    if mine != theirs:
        return f"{min(mine ^ theirs)}, on one side only"
    return _added_clause(one, other) or _added_clause(other, one)


def _found(text: str) -> set[str]:
    words = {token.folded for token in read(text)}
    kinds = {kind for kind, cues in _KINDS.items() if words & cues}
    return kinds | {_PHRASE_KINDS[found.lastgroup or ""] for found in _PHRASES.finditer(text)}


def _added_clause(short: str, long: str) -> str | None:
    """The tail by which the long text goes on where the short one ends, if the tail narrows it."""
    mine, theirs = read(short), read(long)
    if not mine or len(theirs) <= len(mine):
        return None
    if any(one.folded != other.folded for one, other in zip(mine, theirs, strict=False)):
        return None
    tail = theirs[len(mine) :]
    narrows = tail[0].folded in _NARROWING and sum(token.is_content for token in tail) >= _CLAUSE_CONTENT
    return f"... {long[tail[0].start : tail[-1].end]}" if narrows else None
