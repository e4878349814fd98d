"""Text -> blocks of prose, headings, list items, turns, log lines, code, JSON and tables, with offsets."""

from dataclasses import dataclass
from enum import Enum

from compressor_service import line_patterns as look
from compressor_service.examples import find_examples
from compressor_service.program_blocks import take_front_matter
from compressor_service.recognisers import recognise
from compressor_service.rows import Kind, Rows

__all__ = ["PROTECTED", "Block", "ContentType", "Kind", "Layout", "parse"]


class ContentType(Enum):
    """What the caller says a text holds."""

    AUTO = 1
    PROSE = 2
    MARKDOWN = 3
    CODE = 4
    JSON = 5
    TABLE = 6
    LOG = 7


PROTECTED = frozenset({Kind.CODE, Kind.JSON, Kind.TABLE, Kind.TAG})


@dataclass(frozen=True, slots=True)
class Block:
    """One block; `body` is where its text begins after a list marker or a speaker's name; a locked one is never dropped.

    Blocks are sorted and disjoint; between them there are only line ends, blank lines and horizontal rules.
    """

    kind: Kind
    start: int
    body: int
    end: int
    level: int = 0
    wrapped: bool = False
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """The blocks of one text, and whether it is a dialogue."""

    blocks: tuple[Block, ...]
    dialogue: bool = False


@dataclass(frozen=True, slots=True)
class _Taken:
    """The rows of one block."""

    kind: Kind
    first: int
    after: int
    locked: bool = False


def parse(text: str, content_type: ContentType = ContentType.AUTO) -> Layout:
    """Tell the blocks of a text apart."""
    whole = _WHOLE.get(content_type)
    if whole is not None:
        return Layout(_whole_block(text, whole))
    rows = Rows(text)
    if content_type is ContentType.LOG:
        return Layout(tuple(_log_lines(rows)))
    scanned = _scan(rows)
    if content_type is ContentType.AUTO and _is_source_code(rows, scanned):
        return Layout(_whole_block(text, Kind.CODE))
    return Layout(tuple(_block(rows, taken) for taken in scanned), rows.dialogue)


_WHOLE = {ContentType.CODE: Kind.CODE, ContentType.JSON: Kind.JSON, ContentType.TABLE: Kind.TABLE}


def _whole_block(text: str, kind: Kind) -> tuple[Block, ...]:
    return (Block(kind, 0, 0, len(text)),) if text else ()


def _log_lines(rows: Rows) -> list[Block]:
    return [
        Block(Kind.LOG, rows.starts[row], rows.starts[row], rows.end(row)) for row in range(len(rows)) if rows.bare[row]
    ]


def _is_source_code(rows: Rows, scanned: list[_Taken]) -> bool:
    """A text is source code when most of its lines look like a program's, fences, JSON and tables aside."""
    ranges = [
        (taken.first, taken.after)
        for taken in scanned
        if taken.kind not in {Kind.JSON, Kind.TABLE, Kind.EXAMPLE} and not look.FENCE.match(rows.lines[taken.first])
    ]
    lines = sum(rows.visible(first, after) for first, after in ranges)
    strange = sum(rows.strange(first, after) for first, after in ranges)
    if lines < 3 or strange < max(0.1 * lines, 1):
        return False
    return sum(rows.program(first, after) for first, after in ranges) >= 0.5 * lines


def _scan(rows: Rows) -> list[_Taken]:
    """Walk over the rows; the first recogniser that takes some of them makes the next block."""
    examples = find_examples(rows)
    rows.stops = frozenset(examples)
    scanned: list[_Taken] = []
    row = 0
    while row < len(rows):
        if rows.blank(row) or (
            rows.bare[row][0] in "*-_=" and look.RULE.match(rows.lines[row]) and not take_front_matter(rows, row)
        ):
            row += 1
            continue
        if row in examples:
            scanned.append(_example(rows, row, examples[row]))
        else:
            kind, lines = recognise(rows, row)
            scanned.append(_Taken(kind, row, row + lines))
        row = scanned[-1].after
    return scanned


def _example(rows: Rows, first: int, after: int) -> _Taken:
    """Take an example; a protected block inside locks it, and is never parted."""
    row, locked = first, False
    while row < after:
        if rows.blank(row) or look.RULE.match(rows.lines[row]):
            row += 1
            continue
        kind, lines = recognise(rows, row)
        row += lines
        if kind in PROTECTED:
            locked = True
            after = max(after, row)
    return _Taken(Kind.EXAMPLE, first, after, locked)


def _block(rows: Rows, taken: _Taken) -> Block:
    kind, first = taken.kind, taken.first
    start = rows.starts[first]
    last = taken.after - 1
    while last > first and not rows.bare[last]:
        last -= 1
    end = rows.end(last)
    body, level = start, 0
    if kind is Kind.ITEM and (mark := look.ITEM.match(rows.lines[first])):
        body = start + mark.end()
    elif kind is Kind.TURN and (name := rows.turns[first]):
        body = start + name.end()
    elif kind is Kind.HEADING:
        level = _level(rows, first)
    return Block(kind, start, min(body, end), end, level, _is_wrapped(rows, first, last), taken.locked)


def _level(rows: Rows, row: int) -> int:
    if found := look.HEADING.match(rows.lines[row]):
        return len(found[1])
    if row + 1 < len(rows) and look.UNDERLINE.match(rows.lines[row + 1]):
        return 1 if rows.bare[row + 1].startswith("=") else 2
    return 7


def _is_wrapped(rows: Rows, first: int, last: int) -> bool:
    """Lines of about equal, full length are one paragraph broken by an editor, not lines of their own."""
    if last == first:
        return False
    lengths = [len(rows.lines[row].rstrip()) for row in range(first, last)]
    return min(lengths) >= 40 and min(lengths) >= 0.6 * max(lengths)
