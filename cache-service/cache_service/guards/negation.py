"""Vetoes a pair in which one text denies what the other does not; pure."""

import re
from itertools import pairwise

WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+")
NEGATORS = frozenset(
    """not nt no never none nothing nobody nowhere neither nor cannot without lacks lacking lack hardly
    nicht kein keine keinen keinem keiner keines nie niemals nichts niemand nirgends ohne weder""".split()
)
# Stands for n't, which in a question comes before the subject: doesn't the build start.
SHORT_NOT = "nt"
SHORT_REACH = 3
EXCEPTIONS = frozenset(
    "unless except excepting excluding exclude excludes besides außer ausgenommen ausgeschlossen".split()
)
PHRASES = (("rather", "than"), ("instead", "of"), ("other", "than"), ("apart", "from"), ("aside", "from"))
PREFIXES = ("un", "in", "im", "ir", "il", "dis", "non", "de", "mis")
# Words between a negator and what it negates.
FILLERS = frozenset(
    "a an the any to be been being have has had do does did it that of for ein eine einen der die das".split()
)
MIN_STEM = 4


def difference(one: str, other: str) -> str | None:
    """What one text denies and the other does not, None when they deny alike."""
    mine, theirs = _words(one), _words(other)
    for kind, count in (("negations", _negations), ("exceptions", _exceptions)):
        if count(mine) != count(theirs):
            return f"{kind}: {count(mine)} / {count(theirs)}"
    return _prefixed(mine, theirs) or _prefixed(theirs, mine) or _swapped(mine, theirs)


def _words(text: str) -> list[str]:
    """The words in lower case, with n't written as a word of its own and the sign No. before a number left out."""
    plain = re.sub(r"\bno\.?\s*(?=\d)", "", text.lower().replace("\u2019", "'"))
    plain = re.sub(r"\bcan't\b|\bcannot\b|\bcan not\b", "can not", plain)
    plain = re.sub(r"\bwon't\b", "will not", re.sub(r"\bshan't\b", "shall not", plain))
    plain = re.sub(r"\b(do|does|did|is|are|was|were|has|have|had|would|should|could)nt\b", r"\1n't", plain)
    return WORD.findall(re.sub(r"n't\b", f" {SHORT_NOT}", plain))


def _negations(words: list[str]) -> int:
    return sum(word in NEGATORS for word in words)


def _exceptions(words: list[str]) -> int:
    return sum(word in EXCEPTIONS for word in words) + sum(pair in PHRASES for pair in pairwise(words))


def _prefixed(mine: list[str], theirs: list[str]) -> str | None:
    """A word that is only here and whose form without a negating prefix is only there: unsafe / safe."""
    here, there = set(mine) - set(theirs), set(theirs) - set(mine)
    for word in sorted(here):
        for prefix in PREFIXES:
            stem = word.removeprefix(prefix)
            if stem != word and len(stem) >= MIN_STEM and stem in there:
                return f"{word} / {stem}"
    return None


def _swapped(mine: list[str], theirs: list[str]) -> str | None:
    """The same number of negations on other words: A but not B, B but not A."""
    denied, denied_there = _denied(mine), _denied(theirs)
    crossed, crossed_back = denied & set(theirs), denied_there & set(mine)
    if crossed and crossed_back and not denied & denied_there:
        return f"{min(crossed)} / {min(crossed_back)}"
    return None


def _denied(words: list[str]) -> frozenset[str]:
    """For each negator, the next word that is no filler; after a short one, the next few."""
    found: set[str] = set()
    for index, word in enumerate(words):
        if word in NEGATORS | EXCEPTIONS:
            reach = SHORT_REACH if word == SHORT_NOT else 1
            found.update([after for after in words[index + 1 :] if after not in FILLERS][:reach])
    return frozenset(found)
