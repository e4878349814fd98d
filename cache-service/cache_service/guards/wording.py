"""A text parted into the words that say what it is about and the small ones around them; pure."""

from dataclasses import dataclass
from functools import lru_cache

from cache_service.guards.reading import STOP_WORDS, Token, read
from cache_service.guards.synonyms import FILLERS

_MARKS = str.maketrans("", "", "-&'./")
# Small words that turn a question when one takes the other's place.
TURNING: tuple[frozenset[str], ...] = tuple(
    frozenset(words.split())
    for words in (
        "to from", "into from", "before after", "with without", "over under", "above below", "for against", "until since", "in out",
        "when where who why", "my his her their", "i he she they", "all some none", "more less", "most least", "up down", "on off",
        "this next last", "today tomorrow yesterday tonight",
    )
)  # fmt: skip
LINKS = frozenset().union(*TURNING)
SMALL = STOP_WORDS | FILLERS | LINKS


@dataclass(frozen=True)
class Wording:
    """The words of a text: those that say what it is about, by their stems, and the small ones."""

    content: dict[str, Token]
    small: frozenset[str]


@lru_cache(maxsize=4_096)
def worded(text: str) -> Wording:
    """Part the words of a text."""
    tokens = read(text)
    return Wording(
        {bare(token): token for token in tokens if not _is_small(token.folded)},
        frozenset(token.folded for token in tokens if _is_small(token.folded)),
    )


# Of the small words these say how a question is built; the others come and go with politeness and tense.
_BUILDING = frozenset(
    "what which where when who whom whose why how much many to from of in on at for with by into about over under after before and or if than".split()
)


def rebuilt(mine: Wording, theirs: Wording) -> int:
    """How many of the small words that build a question stand on one side only."""
    here, there = (
        frozenset(word.removesuffix("'s") for word in wording.small) & _BUILDING for wording in (mine, theirs)
    )
    return len(here ^ there)


def bare(token: Token) -> str:
    """The stem without the marks that some leave out."""
    return token.stem.translate(_MARKS)  # w-2 / w2, at&t / att


def _is_small(word: str) -> bool:
    return word in SMALL or word.endswith("n't")
