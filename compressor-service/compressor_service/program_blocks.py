"""Blocks that come from programs: fenced and indented code, diffs, stack traces, configuration."""

from compressor_service import line_patterns as look
from compressor_service.rows import Rows

# A paragraph is judged by its first lines; a longer one would make a long list quadratic.
_JUDGED_LINES = 100
_FRONT_MATTER_LINES = 60


def take_fence(rows: Rows, row: int) -> int:
    """Take a fenced block; one that is never closed runs to the end of the text, or of the quotation it stands in."""
    opening = look.FENCE.match(rows.lines[row])
    if not opening:
        return 0
    mark, quoted = opening["mark"], bool(opening["quote"])
    for other in range(row + 1, len(rows)):
        closing = rows.bare[other]
        if quoted:
            if not closing.startswith(">"):
                return other - row
            closing = closing.lstrip("> \t")
        if len(closing) >= len(mark) and not closing.strip(mark[0]):
            return other - row + 1
    return len(rows) - row


def take_front_matter(rows: Rows, row: int) -> int:
    """Take a YAML header between two rules at the very top."""
    if row != 0 or rows.bare[0] != "---":
        return 0
    for other in range(1, min(len(rows), _FRONT_MATTER_LINES)):
        if rows.bare[other] == "---":
            return other + 1 if other > 1 and all(look.KEY_VALUE.match(line) for line in rows.lines[1:other]) else 0
    return 0


def take_diff(rows: Rows, row: int) -> int:
    """Take a diff: its heads, and as many lines of each hunk as its own head says."""
    if not look.DIFF_START.match(rows.lines[row]):
        return 0
    after = row
    while after < len(rows) and (after == row or look.DIFF_HEAD.match(rows.lines[after])):
        hunk = look.HUNK.match(rows.lines[after])
        after += 1
        if hunk:
            after = _hunk_end(rows, after, old=int(hunk["old"] or 1), new=int(hunk["new"] or 1))
    return after - row


def _hunk_end(rows: Rows, row: int, *, old: int, new: int) -> int:
    """Return the row after a hunk; editors take the space off empty lines, so those count as unchanged ones."""
    while row < len(rows) and (old > 0 or new > 0):
        mark = rows.lines[row][:1] or " "
        if mark not in "-+ \\":
            break
        old -= mark in "- "
        new -= mark in "+ "
        row += 1
    return row


def take_trace(rows: Rows, row: int) -> int:
    """Take a stack trace: its first line, the indented frames, and the line that names the error."""
    if not look.TRACE_START.match(rows.lines[row]):
        return 0
    after = row + 1
    while after < len(rows) and look.TRACE_LINE.match(rows.lines[after]):
        after += 1
    if after == row + 1 and "Traceback" not in rows.lines[row]:
        return 0
    if after < len(rows) and look.TRACE_END.match(rows.lines[after]):
        after += 1
    return after - row


def take_indented(rows: Rows, row: int) -> int:
    """Take indented code: it follows a blank line or a colon, and blank lines inside it belong to it."""
    line = rows.lines[row]
    if line[0] not in " \t" or not look.INDENTED.match(line) or look.ITEM.match(line):
        return 0
    if not rows.blank(row - 1) and not _ends_in_colon(rows, row - 1):
        return 0
    after = row
    for other in range(row, len(rows)):
        if look.INDENTED.match(rows.lines[other]):
            after = other + 1
        elif rows.bare[other]:
            break
    return after - row


def _ends_in_colon(rows: Rows, row: int) -> bool:
    """Say whether a line of plain text, no list item, announces what stands below it."""
    return rows.bare[row][-1] == ":" and rows.lines[row][0] not in " \t" and not look.ITEM.match(rows.lines[row])


def take_code_lines(rows: Rows, row: int) -> int:
    """Take a paragraph most of whose lines look like code, with at least one that cannot be prose."""
    after = min(rows.paragraph_ends[row], row + _JUDGED_LINES)
    return after - row if rows.program(row, after) >= max(0.6 * (after - row), 1) else 0


def take_configuration(rows: Rows, row: int) -> int:
    """Take a paragraph of keys and values, as in YAML or INI, when some of them stand under another."""
    after = min(rows.paragraph_ends[row], row + _JUDGED_LINES)
    lines = after - row
    if lines < 3 or not look.ENTRY.match(rows.lines[row]):
        return 0
    entries, keys, over = rows.configuration(row, after)
    return lines if over and keys >= 2 and entries >= 0.8 * lines else 0
