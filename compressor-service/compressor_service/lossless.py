"""Which units only repeat what was said before."""

from collections.abc import Sequence

from compressor_service.structure import Block, Kind
from compressor_service.units import Unit

# Shorter paragraphs may be repeated on purpose ("Yes.", a refrain, a label).
_LONG_ENOUGH = 60
_REPEATABLE = frozenset({Kind.PROSE, Kind.ITEM})


def find_repeated(text: str, units: Sequence[Unit], blocks: Sequence[Block]) -> set[int]:
    """Return the units of log lines equal to the line before, and of long paragraphs that stand above word for word."""
    seen: set[tuple[Kind, str]] = set()
    repeated_blocks: set[int] = set()
    for number, block in enumerate(blocks):
        content = text[block.start : block.end]
        if block.kind is Kind.LOG:
            before = blocks[number - 1] if number else None
            if before and before.kind is Kind.LOG and text[before.start : before.end] == content:
                repeated_blocks.add(number)
        elif block.kind in _REPEATABLE and len(content) >= _LONG_ENOUGH:
            if (block.kind, content) in seen:
                repeated_blocks.add(number)
            seen.add((block.kind, content))
    return {index for index, unit in enumerate(units) if unit.block in repeated_blocks and unit.lock is None}
