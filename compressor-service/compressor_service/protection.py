"""Things that must survive whole inside kept text: numbers, addresses, names, negations, placeholders, code."""

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

from compressor_service.addresses import find_addresses
from compressor_service.braces import find_inline_json
from compressor_service.inline_code import find_inline_code
from compressor_service.markup import find_placeholders, find_tags
from compressor_service.names import find_identifiers, find_names
from compressor_service.polarity import find_polarity
from compressor_service.quantities import find_month_dates, find_quantities


class AtomClass(IntEnum):
    """The classes that verification counts; citations count as placeholders, modals as negations, ids as code."""

    NUMBER = 1
    URL = 2
    NAME = 3
    NEGATION = 4
    PLACEHOLDER = 5
    CODE = 6
    JSON = 7
    TABLE = 8


class Atom(NamedTuple):
    """One indivisible stretch; offsets in characters."""

    kind: AtomClass
    start: int
    end: int


# Where atoms overlap they are one, of the class that stands first here.
_RANKED = (
    AtomClass.JSON,
    AtomClass.PLACEHOLDER,
    AtomClass.CODE,
    AtomClass.URL,
    AtomClass.NUMBER,
    AtomClass.NEGATION,
    AtomClass.NAME,
)
_JSON, _PLACEHOLDER, _CODE, _URL, _NUMBER, _NEGATION, _NAME = range(len(_RANKED))
_MUSTS = frozenset(_RANKED) - {AtomClass.NAME}


def find_atoms(text: str, start: int = 0, end: int | None = None) -> Iterator[Atom]:
    """Yield the atoms of text[start:end] in order; they do not overlap."""
    found = _found(text, start, len(text) if end is None else end)
    found.sort()
    first = last = -1
    rank = 0
    for begin, after, own_rank in found:
        if begin < last:
            last = max(last, after)
            rank = min(rank, own_rank)
            continue
        if first >= 0:
            yield Atom(_RANKED[rank], first, last)
        first, last, rank = begin, after, own_rank
    if first >= 0:
        yield Atom(_RANKED[rank], first, last)


def _found(text: str, start: int, end: int) -> list[tuple[int, int, int]]:
    """Return the ranges of all classes with their rank, as yet unsorted and overlapping."""
    found = [(first, last, _JSON) for first, last in find_inline_json(text, start, end)]
    found += [(first, last, _CODE) for first, last in find_inline_code(text, start, end)]
    found += [(first, last, _CODE) for first, last in find_tags(text, start, end)]
    found += [(first, last, _URL) for first, last in find_addresses(text, start, end)]
    found += [(first, last, _PLACEHOLDER) for first, last in find_placeholders(text, start, end)]
    found += [
        (first, last, _CODE if identifier else _NUMBER) for first, last, identifier in find_quantities(text, start, end)
    ]
    found += [(first, last, _NUMBER) for first, last in find_month_dates(text, start, end)]
    found += [(first, last, _NEGATION) for first, last in find_polarity(text, start, end)]
    found += [(first, last, _NAME) for first, last in find_identifiers(text, start, end)]
    found += [(first, last, _NAME) for first, last in find_names(text, start, end)]
    return found


def find_musts(text: str, start: int, end: int, atoms: Iterable[Atom] | None = None) -> list[tuple[int, int]]:
    """Return the stretches of a sentence that stay whenever a word of it does: all its atoms but the names.

    Where the atoms of the sentence are known already, they are not searched again.
    """
    found = find_atoms(text, start, end) if atoms is None else atoms
    return [(atom.start, atom.end) for atom in found if atom.kind in _MUSTS]
