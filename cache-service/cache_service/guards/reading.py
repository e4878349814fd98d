"""A text read once for all guards that compare words: its words, folded and bare of endings; pure."""

import re
from dataclasses import dataclass
from functools import lru_cache

WORD = re.compile(r"[^\W_]+(?:['\u2019.&+#/-][^\W_]+|[+#]+)*", re.UNICODE)
# Words that say nothing about whom or what a question is.
STOP_WORDS = frozenset(
    """a an the this that these those my your his her its our their i you he she it we they me him us them who whom whose what
    which when where why how is are am was were be been being do does did done has have had having can could will would shall
    should may might must of in on at to for with by from as into onto about over under between and or but if then than so
    there here please tell know need want like get got let just also too very really any some all each every no not nt yes
    ok hi hello hey thanks thank you're i'm it's what's how's that's i've i'd up out off down again more most much many
    possible way able help us explain describe give show say d s t m re ve ll""".split()
)
# Taken off from the end, the longest that fits first, as long as enough of the word is left.
_ENDINGS = ("ations", "ation", "ingly", "ings", "ing", "edly", "ied", "ies", "ers", "er", "ed", "es", "ly", "s", "e")
_MIN_STEM = 4


@dataclass(frozen=True, slots=True)
class Token:
    """One word: as written, folded, bare of endings, and where it stands."""

    text: str
    folded: str
    stem: str
    start: int
    end: int

    @property
    def is_content(self) -> bool:
        """Whether it says what the text is about."""
        return self.folded not in STOP_WORDS


@lru_cache(maxsize=8_192)
def read(text: str) -> tuple[Token, ...]:
    """Return the words of a text in order."""
    return tuple(
        Token(found[0], folded := found[0].replace("\u2019", "'").casefold(), stem(folded), found.start(), found.end())
        for found in WORD.finditer(text)
    )


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """Cut the ending of an English word, roughly: enabled, enabling and enables are one."""
    bare = word.removesuffix("'s")
    for ending in _ENDINGS:
        cut = bare.removesuffix(ending)
        if cut != bare and len(cut) >= _MIN_STEM:
            # stopp|ed, runn|ing
            return cut[:-1] if len(cut) > _MIN_STEM and cut[-1] == cut[-2] and cut[-1] not in "sl" else cut
    return bare
