"""Names: runs of capitalised words, identifiers such as camelCase, snake_case, dotted.paths and --flags."""

import re
from collections.abc import Iterator

from compressor_service.reach import reach_back
from compressor_service.words import STOP_WORDS

Range = tuple[int, int]

_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĚĘĞĢĪİĶŁĽĻŃŇŅŐŒŘŚŞŠŤŪŮŰŹŻŽΑ-ΩА-Я"
_CAPITALISED = rf"[{_UPPER}][\w'’-]{{0,40}}+"  # noqa: RUF001
_RUN = re.compile(
    rf"[{_UPPER}](?:(?<=[a-z].)\w*+|(?<![^\W_].)[\w'’&-]{{0,40}}+"  # noqa: RUF001
    rf"(?:[ \u00a0](?:(?:of|the|de|del|di|von|van|der|zu|al|bin)[ \u00a0])?{_CAPITALISED})*+)"
)
_OPENING = re.compile(r"(\w+)[ \u00a0](?:[a-z]+[ \u00a0])?")
_JOINED = re.compile(r"[._](?<=\w\w[._])[a-z_]\w++(?:\.\w++)*+(?:\(\))?")
_OPTION = re.compile(r"--[a-z](?<![\w-]--.)[\w-]*+(?:=[^\s,;)]*+)?")
# What may stand before a capital inside a sentence.
_INSIDE = ",;:)]}'’\"”"  # noqa: RUF001


def find_names(text: str, start: int, end: int) -> Iterator[Range]:
    """Yield capitalised words, ALLCAPS and camelCase; a plain word that begins a sentence is none by itself."""
    for found in _RUN.finditer(text, start, end):
        first, last = found.span()
        if first > start and text[first - 1].islower():
            yield reach_back(text, first, start), last
            continue
        while not text[last - 1].isalnum():
            last -= 1
        if not _is_inside(text, first, start):
            first = _after_opening(text, first, last)
        if last - first > 1:
            yield first, last


def _is_inside(text: str, first: int, start: int) -> bool:
    """Say whether a word stands inside a sentence."""
    return (
        first - start >= 2 and text[first - 1].isspace() and (text[first - 2].isalnum() or text[first - 2] in _INSIDE)
    )


def _after_opening(text: str, first: int, last: int) -> int:
    """Return where the name begins in a run that begins a sentence; its end, where there is no name in it."""
    opening = _OPENING.match(text, first, last)
    if opening is None:
        plain = text[first + 1 : last].islower() and text[first:last].isalpha()
        return last if plain else first
    return opening.end() if opening[1].lower() in STOP_WORDS else first


def find_identifiers(text: str, start: int, end: int) -> Iterator[Range]:
    """Yield names as programs have them: joined by dots or underscores, and options with two dashes."""
    floor = start
    for found in _JOINED.finditer(text, start, end):
        begin = reach_back(text, found.start(), floor, "._")
        floor = found.end()
        yield begin, floor
    if text.find("--", start, end) >= 0:
        yield from (found.span() for found in _OPTION.finditer(text, start, end))
