"""Vetoes a pair in which one text denies what the other does not; pure."""

import re
from functools import lru_cache
from itertools import islice, pairwise

from cache_service.guards.reading import STOP_WORDS

WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+")
NEGATORS = frozenset(
    """not nt no never none nothing nobody nowhere neither nor cannot without lacks lacking lack lacked hardly barely scarcely seldom
    rarely non unable fail fails failed failing failure refuse refuses refused refusing unwilling incapable impossible stop stops
    stopped avoid avoids avoiding avoided prevent prevents preventing prevented
    nicht kein keine keinen keinem keiner keines nie niemals nichts niemand nirgends ohne weder""".split()
)
# Stands for n't, which in a question comes before the subject: doesn't the build start.
SHORT_NOT = "nt"
SHORT_REACH = 3
_FARTHEST = 12  # words after a negator among which the denied one is looked for
EXCEPTIONS = frozenset(
    "unless except excepting excluding exclude excludes besides außer ausgenommen ausgeschlossen".split()
)
PHRASES = (("rather", "than"), ("instead", "of"), ("other", "than"), ("apart", "from"), ("aside", "from"))
# Said without denying anything: politeness, doubt, a speaker who starts again.
_IDLE = re.compile(
    r"\bif (?:you|u) (?:don'?t|do not) mind\b|\bno (?:problem|worries|longer sure|doubt|matter|idea)\b|\bor not\b|\bwhy not\b|\b(?:not sure|don'?t understand|do not understand|don'?t know|do not know|not certain)\b"
    r"|\bno,? (?=wait|sorry|make that|rather|actually|i mean|what|which|who|how|um|uh)|\bno[,.] |\bnon stop\b|\bbus stops?\b|\bfailure to\b"
)
PREFIXES = ("un", "in", "im", "ir", "il", "dis", "non", "de", "mis")
# Words between a negator and what it negates.
FILLERS = frozenset(
    "a an the any to be been being have has had do does did it that of for when if in on at to my your ein eine einen der die das".split()
)
MIN_STEM = 4


def difference(one: str, other: str) -> str | None:
    """What one text denies and the other does not, None when they deny alike."""
    mine, theirs = _words(one), _words(other)
    for kind, count in (("negations", _negations), ("exceptions", _exceptions)):
        if count(mine) != count(theirs):
            return f"{kind}: {count(mine)} / {count(theirs)}"
    return _prefixed(mine, theirs) or _prefixed(theirs, mine) or _swapped(mine, theirs)


@lru_cache(maxsize=4_096)
def _words(text: str) -> tuple[str, ...]:
    """The words in lower case, with n't written as a word of its own and the sign No. before a number left out."""
    plain = re.sub(r"\bno\.?\s*(?=\d)", "", text.lower().replace("\u2019", "'"))
    plain = _IDLE.sub(" ", plain)
    plain = re.sub(r"\b(?:can't|cant|cannot|can not)\b", "can not", plain)
    plain = re.sub(r"\bwon'?t\b", "will not", re.sub(r"\bshan'?t\b", "shall not", plain))
    plain = re.sub(
        r"\b(do|does|did|is|are|was|were|has|have|had|would|should|could|must|might|need|ought|ai)nt\b", r"\1n't", plain
    )
    return tuple(WORD.findall(re.sub(r"n't\b", f" {SHORT_NOT}", plain)))


def _negations(words: tuple[str, ...]) -> int:
    return sum(word in NEGATORS for word in words)


def _exceptions(words: tuple[str, ...]) -> int:
    return sum(word in EXCEPTIONS for word in words) + sum(pair in PHRASES for pair in pairwise(words))


def _prefixed(mine: tuple[str, ...], theirs: tuple[str, ...]) -> str | None:
    """A word that is only here and whose form without a negating prefix is only there: unsafe / safe."""
    here, there = set(mine) - set(theirs), set(theirs) - set(mine)
    for word in sorted(here):
        for prefix in PREFIXES:
            stem = word.removeprefix(prefix)
            if stem != word and len(stem) >= MIN_STEM and stem in there:
                return f"{word} / {stem}"
    return None


def _swapped(mine: tuple[str, ...], theirs: tuple[str, ...]) -> str | None:
    """The same number of negations on other words: A but not B, B but not A."""
    denied, denied_there = _denied(mine), _denied(theirs)
    crossed, crossed_back = (denied & set(theirs)) - STOP_WORDS, (denied_there & set(mine)) - STOP_WORDS
    if (crossed or crossed_back) and not denied & denied_there:
        return f"not {min(crossed or crossed_back)}, on one side only"
    return None


def _denied(words: tuple[str, ...]) -> frozenset[str]:
    """For each negator, the next word that is no filler; after a short one, the next few."""
    found: set[str] = set()
    for index, word in enumerate(words):
        if word in NEGATORS | EXCEPTIONS:
            reach = SHORT_REACH if word == SHORT_NOT else 1
            following = islice(words, index + 1, index + 1 + _FARTHEST)
            found.update(islice((after for after in following if after not in FILLERS), reach))
    return frozenset(found)
