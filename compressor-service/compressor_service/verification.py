"""Invariants over the kept units: nothing indivisible is cut, nothing new appears at a seam; with repair."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
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


# The class of an atom, and the first and the last unit that it lies in.
_Placed = tuple[AtomClass, int, int]


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
    """Put back what an atom, a unit's parents or a seam needs, then count every class."""
    placed = _place(units, _atoms(text, units))
    complete = set(kept)
    repaired: Counter[AtomClass] = Counter()
    for kind, first, last in placed:
        touched = range(first, last + 1)
        if first < last and not complete.issuperset(touched) and not complete.isdisjoint(touched):
            complete.update(touched)
            repaired[kind] += 1
    while _add_parents(units, complete) or _close_seams(text, units, complete):
        pass
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


def _place(units: Sequence[Unit], atoms: Iterable[Atom]) -> list[_Placed]:
    """Return the class of every atom, and the first and the last unit that it lies in; mostly they are the same."""
    starts = [unit.start for unit in units]
    starts.append(units[-1].end + 1 if units else 1)
    placed: list[_Placed] = []
    index = 0
    for kind, start, end in atoms:
        while starts[index + 1] <= start and index + 2 < len(starts):
            index += 1
        last = index
        while last + 2 < len(starts) and starts[last + 1] < end:
            last += 1
        placed.append((kind, index, last))
    return placed


def _add_parents(units: Sequence[Unit], kept: set[int]) -> bool:
    """Put back the parents of the kept units; say whether any was missing."""
    missing = {parent for parents in {units[index].parents for index in kept} for parent in parents} - kept
    for index in missing:
        kept |= with_parents(units, index, kept)
    return bool(missing)


def _close_seams(text: str, units: Sequence[Unit], kept: set[int]) -> bool:
    """Where dropping units would fuse two words or numbers into a new one, put units back; say whether any was."""
    fused: list[int] = []
    for before, after in pairwise(sorted(kept)):
        while after > before + 1 and _fuses(text, units, before, after):
            before += 1  # noqa: PLW2901  -- the seam moves to the right
            fused.append(before)
    kept.update(fused)
    return bool(fused)


def _fuses(text: str, units: Sequence[Unit], before: int, after: int) -> bool:
    end = units[before].end
    return (
        end == units[before + 1].start
        and _is_latin_or_digit(text[end - 1])
        and _is_latin_or_digit(text[units[after].start])
    )


def _is_latin_or_digit(character: str) -> bool:
    return character.isdigit() or (character.isalnum() and character < "\u2e80")


def _count(
    units: Sequence[Unit], placed: Sequence[_Placed], kept: set[int], repaired: Counter[AtomClass]
) -> tuple[Finding, ...]:
    totals: Counter[AtomClass] = Counter([kind for kind, _, _ in placed])
    survived: Counter[AtomClass] = Counter(
        [
            kind
            for kind, first, last in placed
            if first in kept and (first == last or kept.issuperset(range(first, last + 1)))
        ]
    )
    for index, unit in enumerate(units):
        if unit.kind in PROTECTED:
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
