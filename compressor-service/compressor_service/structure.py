"""Text -> blocks of prose, headings, list items, turns, log lines, code, JSON and tables, with offsets."""

from dataclasses import dataclass
from enum import Enum

from compressor_service import line_patterns as look
from compressor_service.recognisers import RECOGNISERS, Kind, Rows, takes_front_matter

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
    """One block; `body` is where its text begins after a list marker or a speaker's name.

    Blocks are sorted and disjoint; between them there are only line ends, blank lines and horizontal rules.
    """

    kind: Kind
    start: int
    body: int
    end: int
    level: int = 0
    wrapped: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """The blocks of one text, and whether it is a dialogue."""

    blocks: tuple[Block, ...]
    dialogue: bool = False


def parse(text: str, content_type: ContentType = ContentType.AUTO) -> Layout:
    """Tell the blocks of a text apart."""
    whole = _WHOLE.get(content_type)
    if whole is not None:
        return Layout(_whole_block(text, whole))
    rows = Rows(text)
    if content_type is ContentType.LOG:
        return Layout(tuple(_log_lines(rows)))
    blocks = _scan(rows)
    if content_type is ContentType.AUTO and _is_source_code(text, blocks):
        return Layout(_whole_block(text, Kind.CODE))
    return Layout(tuple(blocks), rows.dialogue)


_WHOLE = {ContentType.CODE: Kind.CODE, ContentType.JSON: Kind.JSON, ContentType.TABLE: Kind.TABLE}


def _whole_block(text: str, kind: Kind) -> tuple[Block, ...]:
    return (Block(kind, 0, 0, len(text)),) if text else ()


def _log_lines(rows: Rows) -> list[Block]:
    return [
        Block(Kind.LOG, rows.starts[row], rows.starts[row], rows.end(row)) for row in range(len(rows)) if rows.bare[row]
    ]


def _is_source_code(text: str, blocks: list[Block]) -> bool:
    """A text is source code when most of its lines look like a program's, fences, JSON and tables aside."""
    lines = [
        line
        for block in blocks
        if block.kind not in {Kind.JSON, Kind.TABLE} and not look.FENCE.match(text[block.start : block.start + 16])
        for line in text[block.start : block.end].split("\n")
        if line.strip()
    ]
    strong = sum(map(look.cannot_be_prose, lines))
    return (
        len(lines) >= 3
        and strong >= max(0.1 * len(lines), 1)
        and sum(map(look.looks_like_code, lines)) >= 0.5 * len(lines)
    )


def _scan(rows: Rows) -> list[Block]:
    """Walk over the rows; the first recogniser that takes some of them makes the next block."""
    blocks: list[Block] = []
    row = 0
    while row < len(rows):
        if rows.blank(row) or (look.RULE.match(rows.lines[row]) and not takes_front_matter(rows, row)):
            row += 1
            continue
        kind, taken = next((kind, taken) for kind, take in RECOGNISERS if (taken := take(rows, row)))
        blocks.append(_block(rows, kind, row, row + taken))
        row += taken
    return blocks


def _block(rows: Rows, kind: Kind, first: int, after: int) -> Block:
    start = rows.starts[first]
    last = after - 1
    while last > first and not rows.bare[last]:
        last -= 1
    end = rows.end(last)
    body, level = start, 0
    if kind is Kind.ITEM and (mark := look.ITEM.match(rows.lines[first])):
        body = start + mark.end()
    elif kind is Kind.TURN and (name := look.TURN.match(rows.lines[first])):
        body = start + name.end()
    elif kind is Kind.HEADING:
        level = _level(rows, first)
    return Block(kind, start, min(body, end), end, level, _is_wrapped(rows, first, last))


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
