"""Invariants over the kept units: nothing indivisible is cut, nothing new appears at a seam; with repair."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from compressor_service.protection import Atom, AtomClass, find_atoms
from compressor_service.selection import with_parents
from compressor_service.structure import PROTECTED, Kind
from compressor_service.units import Unit

_BLOCK_CLASSES = {
    Kind.CODE: AtomClass.CODE,
    Kind.TAG: AtomClass.CODE,
    Kind.JSON: AtomClass.JSON,
    Kind.TABLE: AtomClass.TABLE,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one class of atoms came to: occurrences before, after, and put back."""

    kind: AtomClass
    total: int
    kept: int
    repaired: int = 0


@dataclass(frozen=True, slots=True)
class Verified:
    """The kept units after repair, those that were put back, and the counts."""

    kept: frozenset[int]
    repaired: frozenset[int]
    findings: tuple[Finding, ...]


def verify(text: str, units: Sequence[Unit], kept: set[int]) -> Verified:
    """Put back what an atom or a seam needs, then count every class."""
    placed = [(atom.kind, _touched(units, atom)) for atom in _atoms(text, units)]
    complete = set(kept)
    repaired: Counter[AtomClass] = Counter()
    for kind, touched in placed:
        if not complete.issuperset(touched) and not complete.isdisjoint(touched):
            for index in touched:
                complete |= with_parents(units, index, complete)
            repaired[kind] += 1
    _close_seams(text, units, complete)
    return Verified(frozenset(complete), frozenset(complete - kept), _count(units, placed, complete, repaired))


def _atoms(text: str, units: Sequence[Unit]) -> Iterator[Atom]:
    """Yield the atoms outside protected blocks, which are counted as wholes."""
    start: int | None = None
    for unit in units:
        if unit.kind in PROTECTED:
            if start is not None:
                yield from find_atoms(text, start, unit.start)
            start = None
        elif start is None:
            start = unit.start
    if start is not None:
        yield from find_atoms(text, start)


def _touched(units: Sequence[Unit], atom: Atom) -> range:
    """Return the units that an atom lies in; mostly one."""
    first = max(bisect_right(units, atom.start, key=lambda unit: unit.start) - 1, 0)
    last = first
    while last + 1 < len(units) and units[last + 1].start < atom.end:
        last += 1
    return range(first, last + 1)


def _close_seams(text: str, units: Sequence[Unit], kept: set[int]) -> None:
    """Where dropping a unit would fuse two words or numbers into a new one, put the unit back."""
    while True:
        fused = [
            before + 1
            for before, after in pairwise(sorted(kept))
            if after > before + 1
            and units[before].end == units[before + 1].start
            and _is_latin_or_digit(text[units[before].end - 1])
            and _is_latin_or_digit(text[units[after].start])
        ]
        if not fused:
            return
        kept.update(fused)


def _is_latin_or_digit(character: str) -> bool:
    return character.isdigit() or (character.isalnum() and character < "\u2e80")


def _count(
    units: Sequence[Unit], placed: Sequence[tuple[AtomClass, range]], kept: set[int], repaired: Counter[AtomClass]
) -> tuple[Finding, ...]:
    totals: Counter[AtomClass] = Counter(kind for kind, _ in placed)
    survived: Counter[AtomClass] = Counter(kind for kind, touched in placed if kept.issuperset(touched))
    for index, unit in enumerate(units):
        if unit.kind in _BLOCK_CLASSES:
            totals[_BLOCK_CLASSES[unit.kind]] += 1
            survived[_BLOCK_CLASSES[unit.kind]] += index in kept
    return tuple(Finding(kind, totals[kind], survived[kind], repaired[kind]) for kind in AtomClass if totals[kind])


def add_findings(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Sum the findings of several segments by class."""
    total: Counter[AtomClass] = Counter()
    kept: Counter[AtomClass] = Counter()
    repaired: Counter[AtomClass] = Counter()
    for finding in findings:
        total[finding.kind] += finding.total
        kept[finding.kind] += finding.kept
        repaired[finding.kind] += finding.repaired
    return tuple(Finding(kind, total[kind], kept[kind], repaired[kind]) for kind in AtomClass if total[kind])
