"""Vetoes a pair with the same words in other roles: from A to B / from B to A, X before Y, Anna owes Ben / Ben owes Anna; pure."""

import re

from cache_service.guards.reading import Token, read, stem
from cache_service.guards.synonyms import mistyped, same_meaning

# Between two words these say which is which; "and", "or", "vs" and "between" do not.
_DIRECTED = frozenset(
    """to into from for by of in before after over under than against onto through via until since behind above below
    within without replaces causes instead rather zu nach von vor in als gegen für über unter""".split()
)
_EVEN = frozenset("and or vs versus und oder et ou with".split())
# With these verbs "with" says what takes whose place.
_REPLACING = frozenset(
    stem(word) for word in "replace substitute swap exchange trade convert cover fill confuse ersetze ersetzen".split()
)
_FROM_TO = re.compile(r"\bfrom\s+(?P<from>.{1,60}?)\s+(?:in)?to\s+(?P<to>[^,.;?!]{1,60})", re.IGNORECASE)
_TO_FROM = re.compile(
    r"\b(?:in)?to\s+(?P<to>(?:\S{1,20}\s+){0,3}\S{1,20})\s+from\s+(?P<from>[^,.;?!]{1,60})", re.IGNORECASE
)
_TIME_ORDER = {"before": "after", "after": "before", "vor": "nach", "nach": "vor"}
_MAX_WORDS = 60
_LONGEST_BLOCK = 3  # content words of a name that changes places as a whole
_MOST_FOREIGN = 2  # content words that only one text has


def difference(one: str, other: str) -> str | None:
    """What changed places, None when nothing did."""
    mine, theirs = read(one)[:_MAX_WORDS], read(other)[:_MAX_WORDS]
    route, other_route = _route(one), _route(other)
    if route and other_route and route[0] != route[1]:
        # The two ends say all about the order, however the rest is worded.
        same = all(
            same_meaning(end, other_end) or mistyped(end, other_end)
            for end, other_end in zip(route, other_route, strict=True)
        )
        return None if same else f"{' -> '.join(route)} / {' -> '.join(other_route)}"
    return _turned_time(mine, theirs) or _swapped_roles(mine, theirs)


def _route(text: str) -> tuple[str, str] | None:
    """The first content words of where it goes from and to."""
    for pattern in (_FROM_TO, _TO_FROM):
        if found := pattern.search(text):
            start, end = (_first_word(found[side]) for side in ("from", "to"))
            if start and end:
                return start, end
    return None


def _first_word(text: str) -> str:
    """The first content word, else the first word of all: from me to you."""
    tokens = read(text)
    return next((token.stem for token in tokens if token.is_content), tokens[0].folded if tokens else "")


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
    here, there = _shared(here, there), _shared(there, here)
    if len(here) < 2 or sorted(token.stem for token in here) != sorted(token.stem for token in there):
        return None
    moved = [index for index, (a, b) in enumerate(zip(here, there, strict=True)) if a.stem != b.stem]
    if len(moved) < 2:
        return None
    blocks = _exchanged_blocks(here[moved[0] : moved[-1] + 1], there[moved[0] : moved[-1] + 1])
    if blocks is None:
        return None  # a part of the sentence moved as a whole
    one, other, between = blocks
    found = f"{one.folded} / {other.folded}"
    if between:
        # A middle that stayed is what the two do to each other.
        return None if _words_between(mine, one, other) & _EVEN else found
    link = _words_between(mine, here[moved[0]], here[moved[-1]])
    other_link = _words_between(theirs, there[moved[0]], there[moved[-1]])
    if not link or not other_link:
        return None  # the weather in Rome / Rome weather
    replacing = {"with"} if _REPLACING & {token.stem for token in mine} else set()
    links = link | other_link
    return found if links & (_DIRECTED | replacing) and not links & (_EVEN - replacing) else None


def _exchanged_blocks(here: list[Token], there: list[Token]) -> tuple[Token, Token, int] | None:
    """For A M B here and B M A there: the last word of A, the first of B, and how long M is; a lone pair needs no M."""
    mine, theirs = [token.stem for token in here], [token.stem for token in there]
    for first in range(1, _LONGEST_BLOCK + 1):
        for last in range(1, _LONGEST_BLOCK + 1):
            between = len(mine) - first - last
            if between < 0 or (between == 0 and max(first, last) > 1):
                continue
            if theirs == mine[first + between :] + mine[first : first + between] + mine[:first]:
                return here[first - 1], here[first + between], between
    return None


def _shared(mine: list[Token], theirs: list[Token]) -> list[Token]:
    """The words that the other text has too, where that is nearly all."""
    stems = {token.stem for token in theirs}
    foreign = [token for token in mine if token.stem not in stems]
    if len(foreign) > _MOST_FOREIGN or any(token.folded in _TIME_ORDER for token in foreign):
        return []
    return [token for token in mine if token.stem in stems]


def _words_between(tokens: tuple[Token, ...], one: Token, other: Token) -> set[str]:
    return {token.folded for token in tokens if one.end <= token.start and token.end <= other.start}
