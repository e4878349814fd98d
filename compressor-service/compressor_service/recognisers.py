"""Which kind of block begins at a line, and how many lines it takes: text, lists, tables, JSON."""

from collections.abc import Callable

from compressor_service import line_patterns as look
from compressor_service.braces import find_json_end
from compressor_service.program_blocks import (
    take_code_lines,
    take_configuration,
    take_diff,
    take_fence,
    take_front_matter,
    take_indented,
    take_trace,
)
from compressor_service.rows import Kind, Rows


def _json(rows: Rows, row: int) -> int:
    """Take whole lines that hold one JSON value, or braces that balance over whole lines."""
    if rows.json_budget <= 0:
        return rows.paragraph_ends[row] - row
    begin = rows.starts[row] + len(rows.lines[row]) - len(rows.lines[row].lstrip())
    end, scanned = find_json_end(rows.text, begin)
    rows.json_budget -= scanned
    if end is None:
        return 0
    last = row + rows.text.count("\n", begin, end)
    return last - row + 1 if not rows.text[end : rows.starts[last] + len(rows.lines[last])].strip(" \t\r,;") else 0


def _table(rows: Rows, row: int) -> int:
    """Take a Markdown or grid table, or three lines with the same number of tabs or of tight commas."""
    line = rows.lines[row]
    if begins_table(rows, row):
        after = row
        while after < len(rows) and ("|" in rows.lines[after] or look.TABLE_ROW.match(rows.lines[after])):
            after += 1
        return after - row if after - row > 1 else 0
    for mark in ("\t", ",", ";"):
        cells = rows.bare[row].count(mark)
        if cells >= (2 if mark != "\t" else 1) and not (mark != "\t" and f"{mark} " in line):
            after = row
            while after < len(rows) and rows.bare[after].count(mark) == cells:
                after += 1
            if after - row >= 3:
                return after - row
    return 0


def begins_table(rows: Rows, row: int) -> bool:
    """Say whether a row is one of a table drawn with bars, or its head."""
    line = rows.lines[row]
    if "|" not in line:
        return line.lstrip()[:1] == "+" and bool(look.TABLE_ROW.match(line))
    below = row + 1 < len(rows) and "-" in rows.lines[row + 1] and look.TABLE_RULE.match(rows.lines[row + 1])
    return bool(below or look.TABLE_ROW.match(line))


def _document(rows: Rows, row: int) -> int:
    """Take a document that is markup as a whole, or an element whose content is no prose, up to its closing tag."""
    name = ""
    if element := look.RAW_ELEMENT.match(rows.lines[row]):
        name = element["name"]
    elif look.MARKUP_DOCUMENT.match(rows.lines[row]):
        roots = (
            look.MARKUP_ROOT.search(rows.lines[other]) for other in range(row, min(len(rows), row + _LONGEST_HEAD))
        )
        name = next((root["name"] for root in roots if root), "")
    return _up_to(rows, row, f"</{name}>") if name else 0


def _up_to(rows: Rows, row: int, closing: str) -> int:
    """Count the rows up to the one that holds a closing tag; none, where it is not closed."""
    closing = closing.lower()
    if closing in rows.unclosed or len(rows.unclosed) >= _MOST_UNCLOSED:
        return 0
    for other in range(row, len(rows)):
        if closing in rows.lines[other].lower():
            return other - row + 1
    rows.unclosed.add(closing)
    return 0


def _tag(rows: Rows, row: int) -> int:
    """Take a line of tags, or a tag that goes on over several lines."""
    if look.TAG.match(rows.lines[row]):
        return 1
    if look.OPEN_TAG.match(rows.lines[row]):
        for other in range(row + 1, min(len(rows), row + _LONGEST_TAG)):
            if ">" in rows.lines[other]:
                return other - row + 1 if rows.bare[other].endswith(">") else 0
            if "<" in rows.lines[other] or not rows.bare[other]:
                break
    return 0


_LONGEST_HEAD = 30
_MOST_UNCLOSED = 20
_LONGEST_TAG = 30


def _heading(rows: Rows, row: int) -> int:
    """Take a marked heading, an underlined one, or a short line that stands alone and ends like a title."""
    line, bare = rows.lines[row], rows.bare[row]
    if bare[0] in "#*_" and (look.HEADING.match(line) or look.BOLD_TITLE.match(line)):
        return 1
    if len(bare) > _LONGEST_UNDERLINED or not rows.blank(row - 1):
        return 0
    below = rows.bare[row + 1] if row + 1 < len(rows) else ""
    if below[:1] in ("=", "-") and look.UNDERLINE.match(rows.lines[row + 1]) and not look.ITEM.match(line):
        return 2
    if not below and not rows.blank(row + 2) and _is_title(rows, row) and not look.ITEM.match(line):
        return 1
    return 0


_LONGEST_UNDERLINED = 120


def _is_title(rows: Rows, row: int) -> bool:
    bare = rows.bare[row]
    return (
        len(bare) <= 70
        and len(bare.split()) <= 9
        and bare[-1] not in ".!?:;,…。\uff01\uff1f؟۔।"  # noqa: RUF001
        and (bare[0].isupper() or bare[0].isdigit() or not bare[0].isascii())
        and not rows.turns[row]
    )


def _turn(rows: Rows, row: int) -> int:
    return _paragraph_end(rows, row) - row if rows.dialogue and rows.turns[row] else 0


def _log(rows: Rows, row: int) -> int:
    return 1 if look.LOG.match(rows.lines[row]) else 0


def _item(rows: Rows, row: int) -> int:
    return _paragraph_end(rows, row) - row if look.ITEM.match(rows.lines[row]) else 0


def _paragraph(rows: Rows, row: int) -> int:
    return _paragraph_end(rows, row) - row


def _paragraph_end(rows: Rows, row: int) -> int:
    row += 1
    while row < len(rows) and rows.bare[row] and not _begins_block(rows, row):
        row += 1
    return row


# What opens a block in the middle of a paragraph, each with the characters it can begin with.
_OPENINGS = (
    ("`~>-*+0123456789", look.FENCE),
    ("#", look.HEADING),
    ("*-_=", look.RULE),
    ("<", look.TAG),
    ("d@-I", look.DIFF_START),
    ("", look.ITEM),
    ("", look.LOG),
)


def _begins_block(rows: Rows, row: int) -> bool:
    line, first = rows.lines[row], rows.bare[row][0]
    if row in rows.stops or (rows.dialogue and rows.turns[row]):
        return True
    if any((not starts or first in starts) and opening.match(line) for starts, opening in _OPENINGS):
        return True
    if begins_table(rows, row) or take_indented(rows, row):
        return True
    return bool(take_trace(rows, row) or (first in "{[" and _json(rows, row)))


Take = Callable[[Rows, int], int]

# In the order of trying, each with the characters that its first visible one is among; empty: any.
RECOGNISERS: tuple[tuple[str, Kind, Take], ...] = (
    ("`~>-*+0123456789", Kind.CODE, take_fence),
    ("-", Kind.CODE, take_front_matter),
    ("[", Kind.CODE, take_configuration),
    ("{[", Kind.JSON, _json),
    ("d@-I", Kind.CODE, take_diff),
    ("", Kind.CODE, take_trace),
    ("", Kind.TABLE, _table),
    ("<", Kind.CODE, _document),
    ("<", Kind.TAG, _tag),
    ("", Kind.HEADING, _heading),
    ("", Kind.TURN, _turn),
    ("", Kind.CODE, take_indented),
    ("", Kind.LOG, _log),
    ("", Kind.CODE, take_code_lines),
    ("", Kind.CODE, take_configuration),
    ("", Kind.ITEM, _item),
    ("", Kind.PROSE, _paragraph),
)


def recognise(rows: Rows, row: int) -> tuple[Kind, int]:
    """Return the kind of the block that begins at a row, which must not be blank, and how many rows it takes."""
    first = rows.bare[row][0]
    for starts, kind, take in RECOGNISERS:
        if (not starts or first in starts) and (taken := take(rows, row)):
            return kind, taken
    raise AssertionError("a paragraph takes at least one row")  # pragma: no cover
