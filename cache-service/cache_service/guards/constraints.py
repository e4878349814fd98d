"""Vetoes a pair in which one text narrows its question and the other does not: only, at most, if I am under 18; pure."""

import re
from functools import lru_cache

from cache_service.guards.places import NARROWING_NAMES, PLACES
from cache_service.guards.reading import Token, read
from cache_service.guards.synonyms import mistyped, same_meaning
from cache_service.guards.wording import Wording, bare, rebuilt, worded

# Each kind must occur in both texts or in neither.
_KINDS: dict[str, frozenset[str]] = {
    "only": frozenset("only solely exclusively merely alone nur ausschließlich allein".split()),
    "at most": frozenset("maximum max atmost".split()),
    "free": frozenset("free gratis complimentary kostenlos kostenfrei gratuit gratuito".split()),
    "same day": frozenset("immediately instantly urgently asap sofort overnight".split()),
    "abroad": frozenset("abroad overseas internationally ausland".split()),
    "temporary": frozenset("temporarily permanently temporary permanent".split()),
    "partial": frozenset("partially partly entirely completely fully half".split()),
    "anonymous": frozenset("anonymously secretly privately".split()),
    "automatic": frozenset("automatically manually".split()),
}
_PHRASES = re.compile(
    r"\b(?:(?P<most>at most|no more than|up to|not more than|or less|or fewer|höchstens)"
    r"|(?P<least>at least|no less than|no fewer than|or more|minimum of|mindestens)"
    r"|(?P<more>more than|greater than|larger than|mehr als|over \d)|(?P<fewer>less than|fewer than|smaller than|weniger als|under \d)"
    r"|(?P<free>free of charge|at no cost|without charge)|(?P<same>right away|same[- ]day|as soon as possible)"
    r"|(?P<once>all at once|at the same time))\b",
    re.IGNORECASE,
)
_PHRASE_KINDS = {
    "most": "at most", "least": "at least", "more": "more than", "fewer": "less than", "free": "free", "same": "same day", "once": "at once",
}  # fmt: skip
# With what follows them these narrow: for business accounts, if I am under 18.
_NARROWING = frozenset(
    """for in on at during within under over below above if when whenever while after before until till since with as via using by near through
    outside inside besides despite because once just unless from without except from into between per instead that which who whose where
    für im bei während unter über wenn falls nach vor bis seit mit als ohne außer aus per""".split()
)
# A word of these narrows by itself.
_QUALIFIERS = frozenset(
    """business joint personal private corporate student students child children kids kid teen minor minors senior seniors adult adults pregnant
    family shared prepaid debit credit virtual physical disposable international domestic foreign local overseas abroad online offline
    mobile web organic vegan vegetarian kosher halal gluten glutenfree dairy spicy cheap cheapest expensive luxury nonstop direct
    weekly monthly daily yearly annual hourly recurring weekend weekends weekday weekdays morning evening night tonight today tomorrow
    yesterday next last previous temporary permanent express standard premium basic gold platinum second-hand secondhand
    cash cheque check paypal bitcoin wireless portable waterproof electric hybrid manual automatic digital paper printed
    first largest smallest biggest longest shortest highest lowest best worst newest oldest latest earliest nearest closest
    expired stolen lost broken damaged deceased retired unemployed self-employed disabled married divorced single nonresident resident
    remotely safely legally quickly cheaply twice daily geschäftlich privat online heute morgen gemeinsam""".split()
)
# Days, months and places; "us" is more often a pronoun.
_BOUNDS = (NARROWING_NAMES - {"us", "america"}) | {"today", "tomorrow", "tonight", "yesterday"}
_MOST_WORDS = 16
_MOST_SHARED = 12
_MOST_ADDED = 4
_MOST_REBUILT = 2


def difference(one: str, other: str) -> str | None:
    """What narrows one text only, None when both are as narrow."""
    mine, theirs = _found(one), _found(other)
    if mine != theirs:
        return f"{min(mine ^ theirs)}, on one side only"
    return _dated(one, other) or _added(one, other) or _added(other, one)


def _dated(one: str, other: str) -> str | None:
    """A day, a month or a place that only one text names, be it worded as it may."""
    if len(read(one)) > _MOST_WORDS or len(read(other)) > _MOST_WORDS:
        return None
    mine, theirs = _bounds(one), _bounds(other)
    if bool(mine) == bool(theirs):
        return None
    name, text = min(mine or theirs), one if theirs else other
    if any(mistyped(name, token.folded) for token in read(text)):
        return None
    return f"{name}, on one side only"


@lru_cache(maxsize=4_096)
def _bounds(text: str) -> frozenset[str]:
    """Today's and todays are today."""
    folded = (token.folded.removesuffix("'s") for token in read(text))
    return frozenset(name for word in folded for name in (word, word.removesuffix("s")) if name in _BOUNDS)


@lru_cache(maxsize=4_096)
def _found(text: str) -> frozenset[str]:
    words = {part for token in read(text) for part in (token.folded, *token.folded.split("-"))}
    kinds = {kind for kind, cues in _KINDS.items() if words & cues}
    return frozenset(kinds) | {_PHRASE_KINDS[found.lastgroup or ""] for found in _PHRASES.finditer(text)}


def _added(short: str, long: str) -> str | None:
    """What narrows the long text, where it says all that the short one says."""
    mine, theirs = worded(short), worded(long)
    if not mine.content or len(mine.content) > _MOST_SHARED or not _says_all_of(theirs, mine):
        return None
    if rebuilt(mine, theirs) > _MOST_REBUILT or len(theirs.content) - len(mine.content) > _MOST_ADDED:
        return None
    tokens = read(long)
    for index, token in enumerate(tokens):
        if bare(token) in theirs.content and bare(token) not in mine.content and not _echoed(token, mine):
            narrowing = _narrowing_before(tokens, index, mine)
            if narrowing or token.folded in _QUALIFIERS or token.folded in PLACES:
                return f"... {narrowing}{token.text}"
    return None


def _says_all_of(wide: Wording, narrow: Wording) -> bool:
    return all(stem in wide.content or _echoed(token, wide) for stem, token in narrow.content.items())


def _echoed(token: Token, wording: Wording) -> bool:
    return any(
        same_meaning(token.stem, other.stem) or mistyped(token.folded, other.folded)
        for other in wording.content.values()
    )


def _narrowing_before(tokens: tuple[Token, ...], index: int, short: Wording) -> str:
    """The nearest narrowing word before an added one, with nothing of the short text in between."""
    for token in reversed(tokens[max(0, index - 5) : index]):
        if token.folded in _NARROWING and token.folded not in short.small:
            return f"{token.folded} "
        if token.stem in short.content:
            return ""
    return ""
