"""Blocks -> units that are kept or dropped as a whole, and what each of them must not be kept without."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from compressor_service import sentences
from compressor_service.spans import Reason
from compressor_service.structure import PROTECTED, Block, Kind, Layout


@dataclass(frozen=True, slots=True)
class Unit:
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
            unit = Unit(block.start, block.end, 0, number, block.kind, parents, selectable=False, heading=heading)
            self._headings.append((block.level, len(self.units)))
            self.units.append(unit)
        elif block.kind in PROTECTED:
            self.units.append(Unit(block.start, block.end, 0, number, block.kind, parents, lock=Reason.STRUCTURE))
        else:
            self._add_text(number, block, parents)
        self._measure(first, number)
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

    def _add_text(self, number: int, block: Block, parents: tuple[int, ...]) -> None:
        heading = self._headings[-1][1] if self._headings else -1
        pieces = (
            [(block.start, block.end)]
            if block.kind is Kind.LOG
            else sentences.split(self._text, block.body, block.end, wrapped=block.wrapped)
        )
        if block.body > block.start:
            mark_end = block.start + len(self._text[block.start : block.body].rstrip())
            if block.kind is Kind.TURN:
                self._speaker = len(self.units)
            mark = Unit(block.start, mark_end, 0, number, block.kind, parents, selectable=not pieces, heading=heading)
            parents = (*parents, len(self.units))
            self.units.append(mark)
        self.units += [Unit(start, end, 0, number, block.kind, parents, heading=heading) for start, end in pieces]

    def _remember(self, block: Block) -> None:
        """A block whose last sentence ends in a colon opens the list, or the protected block, that follows."""
        if block.kind is Kind.HEADING or not self.units:
            self._lead = None
        elif self._text[self.units[-1].end - 1] in ":：":  # noqa: RUF001
            self._lead = len(self.units) - 1
        elif block.kind is not Kind.ITEM:
            self._lead = None

    def _measure(self, first: int, number: int) -> None:
        """Count the tokens of the block's units, each with the white space that its tokenizer joins to it."""
        following = self._blocks[number + 1].start if number + 1 < len(self._blocks) else len(self._text)
        for index in range(first, len(self.units)):
            unit = self.units[index]
            last = index + 1 == len(self.units)
            start = self.units[index - 1].end if index > first else unit.start
            end = following if last else unit.end
            self.units[index] = replace(unit, tokens=self._count(self._text[start:end]))


def _lock(units: list[Unit], forced: Ranges) -> list[Unit]:
    locked = list(units)
    starts = [unit.start for unit in units]
    for start, end in forced:
        index = max(bisect_right(starts, start) - 1, 0)
        while index < len(units) and units[index].start < end:
            if units[index].end > start and locked[index].lock is None:
                locked[index] = replace(locked[index], lock=Reason.FORCED)
            index += 1
    for index in range(len(locked) - 1, -1, -1):  # parents come before their children
        if locked[index].lock is not None:
            for parent in locked[index].parents:
                if locked[parent].lock is None:
                    locked[parent] = replace(locked[parent], lock=Reason.STRUCTURE)
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
