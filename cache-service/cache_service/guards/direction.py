"""Vetoes a pair with the same words in other roles: from A to B / from B to A, X before Y, Anna owes Ben / Ben owes Anna; pure."""

import re

from cache_service.guards.reading import Token, read

# Between two words these say which is which; "and", "or", "vs" and "between" do not.
_DIRECTED = frozenset(
    """to into from for by of in before after over under than against onto through via until since behind above below
    within without replaces causes zu nach von vor in als gegen für über unter""".split()
)
_EVEN = frozenset("and or vs versus und oder et ou with".split())
_FROM_TO = re.compile(r"\bfrom\s+(?P<from>.{1,60}?)\s+(?:in)?to\s+(?P<to>[^,.;?!]{1,60})", re.IGNORECASE)
_TO_FROM = re.compile(r"\b(?:in)?to\s+(?P<to>.{1,60}?)\s+from\s+(?P<from>[^,.;?!]{1,60})", re.IGNORECASE)
_TIME_ORDER = {"before": "after", "after": "before", "vor": "nach", "nach": "vor"}
_MAX_WORDS = 60


def difference(one: str, other: str) -> str | None:
    """What changed places, None when nothing did."""
    mine, theirs = read(one)[:_MAX_WORDS], read(other)[:_MAX_WORDS]
    route, other_route = _route(one), _route(other)
    if route and other_route and route[0] != route[1]:
        # The two ends say all about the order, however the rest is worded.
        return f"{' -> '.join(route)} / {' -> '.join(other_route)}" if route == other_route[::-1] else None
    return _turned_time(mine, theirs) or _swapped_roles(mine, theirs)


def _route(text: str) -> tuple[str, str] | None:
    """The first content words of where it goes from and to."""
    for pattern in (_FROM_TO, _TO_FROM):
        if found := pattern.search(text):
            start, end = (
                next((token.stem for token in read(found[side]) if token.is_content), "") for side in ("from", "to")
            )
            if start and end:
                return start, end
    return None


def _turned_time(mine: tuple[Token, ...], theirs: tuple[Token, ...]) -> str | None:
    """X before Y against X after Y; that Y after X says the same as X before Y is seen by the order of X and Y."""
    for word, opposite in _TIME_ORDER.items():
        here, there = _around(mine, word), _around(theirs, opposite)
        if here and there and here == there:
            return f"{word} / {opposite}"
        same = _around(theirs, word)
        if here and same and here == same[::-1]:
            return f"{here[0]} {word} {here[1]} / {same[0]} {word} {same[1]}"
    return None


def _around(tokens: tuple[Token, ...], word: str) -> tuple[str, str] | None:
    """The content words right before and right after a word."""
    for index, token in enumerate(tokens):
        if token.folded == word:
            before = next((t.stem for t in reversed(tokens[:index]) if t.is_content), "")
            after = next((t.stem for t in tokens[index + 1 :] if t.is_content), "")
            return (before, after) if before and after else None
    return None


def _swapped_roles(mine: tuple[Token, ...], theirs: tuple[Token, ...]) -> str | None:
    """Two words that changed places around what stands between them, in texts of the same words."""
    here, there = ([token for token in tokens if token.is_content] for tokens in (mine, theirs))
    if len(here) < 2 or sorted(token.stem for token in here) != sorted(token.stem for token in there):
        return None
    moved = [index for index, (a, b) in enumerate(zip(here, there, strict=True)) if a.stem != b.stem]
    if len(moved) < 2:
        return None
    first, last = moved[0], moved[-1]
    if here[first].stem != there[last].stem or here[last].stem != there[first].stem:
        return None  # a part of the sentence moved as a whole
    between = here[first + 1 : last]
    if between:
        # A middle that stayed is what the two do to each other; one that moved along is a sentence turned round.
        stayed = [token.stem for token in between] == [token.stem for token in there[first + 1 : last]]
        even = _joins_evenly(mine, here[first], here[last])
        return None if even or not stayed else f"{here[first].folded} / {here[last].folded}"
    links = _words_between(mine, here[first], here[last]) | _words_between(theirs, there[first], there[last])
    return f"{here[first].folded} / {here[last].folded}" if links & _DIRECTED and not links & _EVEN else None


def _words_between(tokens: tuple[Token, ...], one: Token, other: Token) -> set[str]:
    return {token.folded for token in tokens if one.end <= token.start and token.end <= other.start}


def _joins_evenly(tokens: tuple[Token, ...], one: Token, other: Token) -> bool:
    return bool(_words_between(tokens, one, other) & _EVEN)
