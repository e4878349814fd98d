"""Blocks -> units that are kept or dropped as a whole, and what each of them must not be kept without."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from compressor_service import sentences
from compressor_service.braces import find_inline_json
from compressor_service.spans import Reason
from compressor_service.structure import PROTECTED, Block, Kind, Layout


class Unit(NamedTuple):
    """A sentence, a heading, a list mark, a speaker's name, a log line or a protected block.

    `parents` are the units that come along when this one is kept. Units that are not `selectable` are kept for the
    sake of others only. A unit with a `lock` is kept whatever the budget.
    """

    start: int
    end: int
    tokens: int
    block: int
    kind: Kind
    parents: tuple[int, ...] = ()
    selectable: bool = True
    lock: Reason | None = None
    heading: int = -1


Ranges = Sequence[tuple[int, int]]


def build_units(text: str, layout: Layout, *, count: Callable[[str], int], forced: Ranges = ()) -> list[Unit]:
    """Cut the blocks of a text into units; those that touch a forced range are locked, their parents with them."""
    builder = _Builder(text, layout, count)
    for number, block in enumerate(layout.blocks):
        builder.add(number, block)
    return _lock(builder.units, forced)


class _Builder:
    """Walks over the blocks and remembers what the next ones hang on."""

    def __init__(self, text: str, layout: Layout, count: Callable[[str], int]) -> None:
        self._text = text
        self._blocks = layout.blocks
        self._count = count
        self._headings: list[tuple[int, int]] = []
        self._lead: int | None = None
        self._speaker: int | None = None
        self.units: list[Unit] = []

    def add(self, number: int, block: Block) -> None:
        """Append the units of the next block."""
        first = len(self.units)
        parents = self._parents(block)
        heading = self._headings[-1][1] if self._headings else -1
        if block.kind is Kind.HEADING:
            self._headings.append((block.level, first))
        if block.kind is Kind.HEADING or block.kind in PROTECTED:
            mark_end, pieces = block.start, [(block.start, block.end)]
        else:
            mark_end, pieces = self._mark_end(block), self._pieces(block)
        lock = Reason.STRUCTURE if block.kind in PROTECTED or block.locked else None
        selectable = block.kind is not Kind.HEADING
        if mark_end > block.start:
            tokens = self._count(self._text[block.start : mark_end if pieces else self._next_start(number)])
            self.units.append(
                Unit(block.start, mark_end, tokens, number, block.kind, parents, selectable=not pieces, heading=heading)
            )
            parents = (*parents, first)
            if block.kind is Kind.TURN:
                self._speaker = first
        offset = len(self.units)
        values = _touched(pieces, find_inline_json(self._text, block.body, block.end)) if lock is None else set()
        for (start, end), tokens in zip(pieces, self._measure(pieces, mark_end, number), strict=True):
            own = Reason.STRUCTURE if values and len(self.units) - offset in values else lock
            self.units.append(Unit(start, end, tokens, number, block.kind, parents, selectable, own, heading))
        self._remember(block)

    def _parents(self, block: Block) -> tuple[int, ...]:
        """Name the units that this block hangs on: its section's heading, the sentence that opens its list, its speaker."""
        if block.kind is Kind.HEADING:
            while self._headings and self._headings[-1][0] >= block.level:
                self._headings.pop()
            self._speaker = None
        parents = [self._headings[-1][1]] if self._headings else []
        if self._lead is not None and (block.kind is Kind.ITEM or block.kind in PROTECTED):
            parents.append(self._lead)
        if self._speaker is not None and block.kind is not Kind.TURN:
            parents.append(self._speaker)
        return tuple(parents)

    def _mark_end(self, block: Block) -> int:
        """Return where the list mark or the speaker's name of a block ends; its start, where it has none."""
        return block.start + len(self._text[block.start : block.body].rstrip())

    def _pieces(self, block: Block) -> list[tuple[int, int]]:
        if block.kind in (Kind.LOG, Kind.EXAMPLE):
            return [(block.start, block.end)]
        return sentences.split(self._text, block.body, block.end, wrapped=block.wrapped)

    def _remember(self, block: Block) -> None:
        """A block whose last sentence ends in a colon opens the list, or the protected block, that follows."""
        if block.kind is Kind.HEADING or not self.units:
            self._lead = None
        elif self._text[self.units[-1].end - 1] in ":：":  # noqa: RUF001
            self._lead = len(self.units) - 1
        elif block.kind is not Kind.ITEM:
            self._lead = None

    def _measure(self, pieces: Sequence[tuple[int, int]], mark_end: int, number: int) -> list[int]:
        """Count the tokens of a block's pieces, each with the white space that its tokenizer joins to it."""
        if not pieces:
            return []
        start = pieces[0][0] if mark_end == self._blocks[number].start else mark_end
        ends = [*[end for _, end in pieces[:-1]], self._next_start(number)]
        return [self._count(self._text[first:last]) for first, last in pairwise([start, *ends])]

    def _next_start(self, number: int) -> int:
        return self._blocks[number + 1].start if number + 1 < len(self._blocks) else len(self._text)


def _touched(pieces: Ranges, ranges: Ranges) -> set[int]:
    """Return the numbers of the pieces that a range lies in; both are sorted."""
    touched: set[int] = set()
    number = 0
    for start, end in ranges:
        while number < len(pieces) and pieces[number][1] <= start:
            number += 1
        while number < len(pieces) and pieces[number][0] < end:
            touched.add(number)
            number += 1
        number = max(number - 1, 0)
    return touched


def _lock(units: list[Unit], forced: Ranges) -> list[Unit]:
    locked = list(units)
    starts = [unit.start for unit in units]
    for start, end in forced:
        index = max(bisect_right(starts, start) - 1, 0)
        while index < len(units) and units[index].start < end:
            if units[index].end > start and locked[index].lock is None:
                locked[index] = locked[index]._replace(lock=Reason.FORCED)
            index += 1
    for index in range(len(locked) - 1, -1, -1):  # parents come before their children
        if locked[index].lock is not None:
            for parent in locked[index].parents:
                if locked[parent].lock is None:
                    locked[parent] = locked[parent]._replace(lock=Reason.STRUCTURE)
    return locked


def find_forced(text: str, words: Sequence[str], phrases: Sequence[str]) -> list[tuple[int, int]]:
    """Return where the forced words (whole, in any case) and the protected phrases (as written) stand."""
    ranges: list[tuple[int, int]] = []
    if words:
        pattern = "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in words if word)
        ranges += [found.span() for found in re.finditer(pattern, text, re.IGNORECASE) if found[0]]
    if phrases:
        pattern = "|".join(re.escape(phrase) for phrase in phrases if phrase)
        ranges += [found.span() for found in re.finditer(pattern, text) if found[0]]
    return sorted(ranges)
