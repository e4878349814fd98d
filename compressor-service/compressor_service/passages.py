"""A text as rows of words: its sentences, the headings over them, their speakers, the question."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from compressor_service.occurrences import Floats, Integers, Occurrences, find_occurrences
from compressor_service.structure import Kind
from compressor_service.units import Unit
from compressor_service.words import WORD

QUERY_CHARACTERS = 8_000


@dataclass(frozen=True)
class Passages:
    """The selectable units of a text as the first rows; what belongs to them as later rows; the query as the last.

    `headings` and `speakers` name the row that belongs to each unit, -1 for none. `blocks` numbers the blocks of the
    units from 0 on; `block_starts` names the first unit of each.
    """

    text: str
    units: list[Unit]
    query: str
    occurrences: Occurrences
    headings: Integers
    speakers: Integers
    blocks: Integers
    block_starts: Integers

    @property
    def size(self) -> int:
        """How many units there are."""
        return len(self.units)

    @cached_property
    def query_terms(self) -> Integers:
        """The terms of the query, each once."""
        return self.occurrences.row_terms(len(self.occurrences.lengths) - 1)

    @cached_property
    def asked(self) -> bool:
        """Whether any word of the query occurs in a unit or over it."""
        found = self.occurrences
        return bool(np.isin(found.terms[found.term_rows < len(found.lengths) - 1], self.query_terms).any())

    @cached_property
    def lengths(self) -> Floats:
        """The words of each unit."""
        return self.occurrences.lengths[: self.size].astype(np.float64)


def read_passages(text: str, units: Sequence[Unit], query: str, *, dialogue: bool = False) -> Passages:
    """Look up the words of a text and of a query."""
    chosen = [unit for unit in units if unit.selectable]
    over = [unit.heading for unit in chosen]
    said = [_speaker(units, unit) for unit in chosen] if dialogue else [-1] * len(chosen)
    rows = [WORD.findall(text, unit.start, unit.end) for unit in chosen]
    row_of = {-1: -1}
    for index in sorted({*over, *said} - {-1}):
        row_of[index] = len(rows)
        rows.append(WORD.findall(text, units[index].start, units[index].end))
    rows.append(WORD.findall(query[:QUERY_CHARACTERS]))
    numbers = np.array([unit.block for unit in chosen], dtype=np.int64)
    opens = np.diff(numbers, prepend=-1) != 0
    return Passages(
        text=text,
        units=chosen,
        query=query,
        occurrences=find_occurrences(rows),
        headings=np.array([row_of[index] for index in over], dtype=np.int64),
        speakers=np.array([row_of[index] for index in said], dtype=np.int64),
        blocks=np.cumsum(opens) - 1,
        block_starts=np.flatnonzero(opens),
    )


def _speaker(units: Sequence[Unit], unit: Unit) -> int:
    """Return the unit that names who says this one."""
    if unit.parents and unit.kind is Kind.TURN and units[unit.parents[-1]].kind is Kind.TURN:
        return unit.parents[-1]
    return -1
