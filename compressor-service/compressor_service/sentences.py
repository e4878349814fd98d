"""Prose -> sentences with offsets; the white space between them belongs to none."""

import re
from collections.abc import Iterable, Iterator, Sequence

from compressor_service.inline_code import find_inline_code

# The longest sentences are cut again, first where a clause surely ends, then at any white space.
_CLAUSES_FROM = 700
_PIECES_FROM = 1_400
_PIECE = 280

# Marks that end a sentence only before white space, and those that always do.
_POINTS = ".!?…"
_STOPS = "。！？\uff0e।॥۔؟։።။།"  # noqa: RUF001
_CLOSING = "\"'”’“»›)]*_"  # noqa: RUF001
_MAY_CLOSE = re.escape(_CLOSING)
# One class first, so that the search can skip to it; possessive, and from the first mark of a run only, so that a
# million dots are looked at once.
_CANDIDATE = re.compile(
    rf"[{_POINTS}{_STOPS}\n](?:(?<=\n)|(?<=[{_STOPS}])[{_STOPS}{_POINTS}]*+[{_MAY_CLOSE}」』）》]*+"  # noqa: RUF001
    rf"|(?<![{_POINTS}].)[{_POINTS}]*+(?:[{_MAY_CLOSE}]++|[\u00a0\u202f ]»)?+(?=\s))"
)
_CLAUSE = re.compile(r"[;；؛\n](?:(?<!;)|(?=\s))")  # noqa: RUF001
_LAST_WORD = re.compile(r"(\S+)$")
_MONTHS = """januar februar märz april mai juni juli august september oktober november dezember january february march may
june july october december janvier février mars avril juin juillet août septembre octobre novembre décembre""".split()
_ORDINAL_AFTER = frozenset("am vom zum den der dem bis im ab seit art nr abs kap § punkt ziffer absatz artikel".split())
_ABBREVIATIONS = frozenset(
    """mr mrs ms dr prof st sr jr rev hon gen col capt lt sgt messrs vs etc e.g i.e eg ie cf al fig figs no nos vol pp p
approx dept est inc ltd co corp bros jan feb mar apr jun jul aug sep sept oct nov dec mt ft sec secs art arts para u.s u.k
z.b d.h u.a o.ä s.o s.u i.d.r i.a ph.d m.d b.a m.a d.c a.k.a eds gov sen univ assoc ave blvd e.v p.ej ee.uu s.a m.in itd itp tzn np v.a u.u bzw ca usw evtl ggf inkl exkl zzgl abs nr str tel abb kap bspw sog vgl hrsg
jh mio mrd min max m.e n.chr v.chr dipl ing mme mlle av env ex p.ex cf éd sra srta ud uds pág núm dott sig ecc""".split()
) | frozenset("т.е т.д т.п ул см рис стр".split())  # noqa: RUF001


def split(text: str, start: int, end: int, *, wrapped: bool = False) -> list[tuple[int, int]]:
    """Return the sentences of text[start:end]; in wrapped prose a line end does not end a sentence."""
    ends = [
        found.end()
        for found in _CANDIDATE.finditer(text, start, end)
        if _ends_sentence(text, found, start, wrapped=wrapped)
    ]
    if ends and (code := find_inline_code(text, start, end)):
        ends = list(_outside(ends, code))
    return [piece for first, last in _trimmed(text, start, [*ends, end]) for piece in _shorten(text, first, last)]


def _outside(positions: Iterable[int], ranges: Sequence[tuple[int, int]]) -> Iterator[int]:
    """Yield the positions that lie in none of the ranges; both are sorted."""
    number = 0
    for position in positions:
        while number < len(ranges) and ranges[number][1] <= position:
            number += 1
        if number == len(ranges) or position <= ranges[number][0]:
            yield position


def _trimmed(text: str, start: int, ends: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the stretches between the cuts without the white space around them."""
    for end in ends:
        while start < end and text[start].isspace():
            start += 1
        last = end
        while last > start and text[last - 1].isspace():
            last -= 1
        if last > start:
            yield start, last
        start = max(start, end)


def _ends_sentence(text: str, found: re.Match[str], start: int, *, wrapped: bool) -> bool:
    mark = found[0]
    if mark == "\n":
        return not wrapped and _line_ends_thought(text, found.start(), found.end())
    if mark[0] in _STOPS:
        return mark != "\uff0e" or not text[found.end() : found.end() + 1].isdigit()
    following = text[found.end() : found.end() + 40].lstrip()
    if following[:1].islower() and (mark[0] != "!" or mark[-1] in _CLOSING):
        return False
    return (
        mark[0] != "." or len(mark.rstrip(_CLOSING)) > 1 or not _is_abbreviation(text, found.start(), start, following)
    )


def _line_ends_thought(text: str, position: int, after: int) -> bool:
    """A line end separates two sentences unless the second one plainly goes on."""
    following = text[after : after + 40].lstrip()
    return not following[:1].islower() or text[position - 1 : position] in ".!?:;|"


def _is_abbreviation(text: str, dot: int, start: int, following: str) -> bool:
    before = _LAST_WORD.search(text, max(start, dot - 24), dot)
    if not before:
        return False
    word = before[1].lstrip("(\"'„“‘[*_").lower()  # noqa: RUF001
    if word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha()):
        return True
    if word.isdigit() and len(word) <= 2:
        preceding = text[max(start, before.start() - 12) : before.start()].split()
        next_word = re.match(r"\w*", following)
        return bool(next_word and next_word[0].lower() in _MONTHS) or bool(
            preceding and preceding[-1].rstrip(".").lower() in _ORDINAL_AFTER
        )
    return False


def _shorten(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut an overlong sentence; text without any full stop must still be selectable in parts."""
    if end - start <= _CLAUSES_FROM:
        yield start, end
        return
    cuts = [found.end() for found in _CLAUSE.finditer(text, start, end)]
    for first, last in _trimmed(text, start, [*cuts, end]):
        if last - first <= _PIECES_FROM:
            yield first, last
        else:
            yield from _trimmed(text, first, [*_piece_cuts(text, first, last), last])


def _piece_cuts(text: str, start: int, end: int) -> Iterator[int]:
    """Yield cuts about every 280 characters: after white space, else between two characters that are not a word's."""
    position = start + _PIECE
    while position < end - _PIECE // 2:
        space = max(text.rfind(mark, position - _PIECE // 2, position) for mark in (" ", "\n", "\t"))
        cut = space + 1 if space > 0 else _between_words(text, position, end)
        yield cut
        position = cut + _PIECE


def _between_words(text: str, position: int, end: int) -> int:
    """Return the next place where a cut parts neither a number nor a Latin word nor a composed character."""
    while position < end and (_is_tight(text[position - 1]) or _is_tight(text[position])):
        position += 1
    return position


def _is_tight(character: str) -> bool:
    return not ("\u3040" <= character <= "\u30ff" or "\u3400" <= character <= "\u9fff")
