"""Vetoes a pair in which each text names something that the other does not: Paris / London, Anna's / Ben's; pure.

Both sides must name something: that only one does is common between two wordings of one question.
"""

import re

from cache_service.guards.places import PLACES
from cache_service.guards.reading import STOP_WORDS, Token, read

_QUOTED = re.compile(r"[\"“„«‘`]([^\"“”„«»’`]{2,60})[\"”“»’`]")  # noqa: RUF001
_SENTENCE_START = re.compile(r"[.!?:;\n]\s*[\"'(“„]*$")
_SAME_LETTERS = 5
_OWNER = "'s"


def difference(one: str, other: str) -> str | None:
    """What either text names and the other does not, None when they name the same."""
    return _known(one, other) or _names(one, other)


def _known(one: str, other: str) -> str | None:
    """Names of one kind that stand on either side only, also in lower case."""
    mine, theirs = _places(one), _places(other)
    for kind, names in mine.items():
        here, there = names - theirs.get(kind, set()), theirs.get(kind, set()) - names
        if here and there:
            return f"{min(here)} / {min(there)}"
    return None


def _places(text: str) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    taken = -1
    tokens = [token for token in read(text) if token.folded != "of"]
    for index, token in enumerate(tokens):
        if index <= taken:
            continue
        pair = (
            PLACES.get(f"{token.folded} {tokens[index + 1].folded.removesuffix(_OWNER)}")
            if index + 1 < len(tokens)
            else None
        )
        taken = index + 1 if pair else taken
        known = pair or _place(token.folded.removesuffix(_OWNER))
        if known is not None:
            found.setdefault(known[0], set()).add(known[1])
    return found


def _place(word: str) -> tuple[int, str] | None:
    return PLACES.get(word) or (PLACES.get(word[:-1]) if word.endswith("s") else None)


def _names(one: str, other: str) -> str | None:
    """Capitalised, mixed-case and quoted names, compared without regard to case: a lazy typist names the same."""
    here = {name for name in _named(one) if not _occurs(name, other)}
    there = {name for name in _named(other) if not _occurs(name, one)}
    if not here or not there:
        return None
    if any(_initials(name) == shorter for name in here for shorter in there) or any(
        _initials(name) == shorter for name in there for shorter in here
    ):
        return None
    return f"{min(here)} / {min(there)}"


def _named(text: str) -> set[str]:
    tokens = read(text)
    if text.isupper() or sum(token.text[0].isupper() for token in tokens) > 0.8 * len(tokens):
        return set()  # a shout or a headline: capitals say nothing
    names = {found[1].casefold() for found in _QUOTED.finditer(text)}
    run: list[Token] = []
    for token in tokens:
        if _is_name(text, token):
            run.append(token)
        elif run:
            names.add(_written(text, run))
            run = []
    return names | ({_written(text, run)} if run else set())


def _written(text: str, run: list[Token]) -> str:
    name = text[run[0].start : run[-1].end].replace("\u2019", "'").casefold()
    return name.removesuffix("'s")


def _is_name(text: str, token: Token) -> bool:
    if token.folded in STOP_WORDS or token.text.isdigit() or len(token.text) < 2:
        return False
    if not token.text[0].isupper():
        return any(letter.isupper() for letter in token.text[1:])  # iPhone
    starts = token.start == 0 or _SENTENCE_START.search(text[max(0, token.start - 6) : token.start]) is not None
    return not starts or any(letter.isupper() for letter in token.text[1:])


def _occurs(name: str, text: str) -> bool:
    """Whether a name stands in a text: as it is, joined, or by a word of it that is long enough to be no accident."""
    folded = text.replace("\u2019", "'").casefold()
    if name in folded or name.replace(" ", "") in folded.replace(" ", "").replace("-", ""):
        return True
    words = {token.stem for token in read(text)}
    parts = read(name)
    return any(part.stem in words and len(part.stem) >= _SAME_LETTERS for part in parts) and len(parts) > 1


def _initials(name: str) -> str:
    return "".join(part[0] for part in name.split())
