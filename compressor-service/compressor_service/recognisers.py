"""Which kind of block begins at a line, and how many lines it takes."""

from collections.abc import Callable
from enum import Enum

from compressor_service import line_patterns as look
from compressor_service.braces import find_json_end

# A paragraph is judged by its first lines; a longer one would make a long list quadratic.
_JUDGED_LINES = 100


class Kind(Enum):
    """What a block is."""

    PROSE = "prose"
    HEADING = "heading"
    ITEM = "item"
    TURN = "turn"
    LOG = "log"
    TAG = "tag"
    CODE = "code"
    JSON = "json"
    TABLE = "table"


class Rows:
    """The lines of a text with their offsets."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.split("\n")
        self.starts: list[int] = []
        position = 0
        for line in self.lines:
            self.starts.append(position)
            position += len(line) + 1
        self.bare = [line.strip() for line in self.lines]
        self.dialogue = is_dialogue(self.lines)
        self.json_budget = 4 * len(text) + 1_000

    def __len__(self) -> int:
        return len(self.lines)

    def end(self, row: int) -> int:
        """Return the offset after the last visible character of a row."""
        return self.starts[row] + len(self.lines[row].rstrip())

    def blank(self, row: int) -> bool:
        """Say whether a row holds nothing visible; rows outside the text are blank."""
        return not 0 <= row < len(self.lines) or not self.bare[row]


def is_dialogue(lines: list[str]) -> bool:
    """Say whether this is a dialogue: it has at least four turns that make up most of its lines, and speakers who speak again."""
    speakers = [found["speaker"] for line in lines if (found := look.TURN.match(line))]
    spoken = sum(1 for line in lines if line.strip())
    return len(speakers) >= 4 and len(set(speakers)) < len(speakers) * 0.75 and len(speakers) >= 0.4 * spoken


def _fence(rows: Rows, row: int) -> int:
    """Take a fenced block; one that is never closed runs to the end of the text."""
    opening = look.FENCE.match(rows.lines[row])
    if not opening:
        return 0
    mark = opening[1]
    for other in range(row + 1, len(rows)):
        closing = rows.bare[other]
        if len(closing) >= len(mark) and not closing.strip(mark[0]):
            return other - row + 1
    return len(rows) - row


def takes_front_matter(rows: Rows, row: int) -> int:
    """Take a YAML header between two rules at the very top."""
    if row != 0 or rows.bare[0] != "---":
        return 0
    for other in range(1, min(len(rows), 60)):
        if rows.bare[other] == "---":
            return other + 1 if other > 1 and all(look.KEY_VALUE.match(line) for line in rows.lines[1:other]) else 0
    return 0


def _json(rows: Rows, row: int) -> int:
    """Take whole lines that hold one JSON value, or braces that balance over whole lines."""
    if rows.bare[row][0] not in "{[":
        return 0
    if rows.json_budget <= 0:
        return _while(rows, row, str.strip) - row
    begin = rows.starts[row] + len(rows.lines[row]) - len(rows.lines[row].lstrip())
    end, scanned = find_json_end(rows.text, begin)
    rows.json_budget -= scanned
    if end is None:
        return 0
    last = row + rows.text.count("\n", begin, end)
    return last - row + 1 if not rows.text[end : rows.starts[last] + len(rows.lines[last])].strip() else 0


def _diff(rows: Rows, row: int) -> int:
    return _while(rows, row + 1, look.DIFF.match) - row if look.DIFF_START.match(rows.lines[row]) else 0


def _trace(rows: Rows, row: int) -> int:
    """Take a stack trace: its first line, the indented frames, and the line that names the error."""
    if not look.TRACE_START.match(rows.lines[row]):
        return 0
    after = _while(rows, row + 1, look.TRACE_LINE.match)
    if after == row + 1 and "Traceback" not in rows.lines[row]:
        return 0
    if after < len(rows) and look.TRACE_END.match(rows.lines[after]):
        after += 1
    return after - row


def _table(rows: Rows, row: int) -> int:
    """Take a Markdown or grid table, or three lines with the same number of tabs or of tight commas."""
    if look.TABLE_ROW.match(rows.lines[row]) or _has_rule_below(rows, row):
        after = _while(rows, row, lambda line: "|" in line or look.TABLE_ROW.match(line))
        return after - row if after - row > 1 else 0
    for mark in ("\t", ",", ";"):
        cells = rows.bare[row].count(mark)
        if cells >= (2 if mark != "\t" else 1) and not (mark != "\t" and f"{mark} " in rows.bare[row]):
            after = _while(rows, row, lambda line, m=mark, n=cells: line.strip().count(m) == n)  # type: ignore[misc]
            if after - row >= 3:
                return after - row
    return 0


def _has_rule_below(rows: Rows, row: int) -> bool:
    return "|" in rows.lines[row] and row + 1 < len(rows) and bool(look.TABLE_RULE.match(rows.lines[row + 1]))


def _while(rows: Rows, row: int, test: Callable[[str], object]) -> int:
    while row < len(rows) and test(rows.lines[row]):
        row += 1
    return row


def _tag(rows: Rows, row: int) -> int:
    return 1 if look.TAG.match(rows.lines[row]) else 0


def _heading(rows: Rows, row: int) -> int:
    """Take a marked heading, an underlined one, or a short line that stands alone and ends like a title."""
    line = rows.lines[row]
    if look.HEADING.match(line) or look.BOLD_TITLE.match(line):
        return 1
    if rows.blank(row - 1) and not look.ITEM.match(line):
        if row + 1 < len(rows) and look.UNDERLINE.match(rows.lines[row + 1]) and len(line) <= 120:
            return 2
        if rows.blank(row + 1) and not rows.blank(row + 2) and _is_title(rows.bare[row]):
            return 1
    return 0


def _is_title(bare: str) -> bool:
    return (
        len(bare) <= 70
        and len(bare.split()) <= 9
        and bare[-1] not in ".!?:;,…。\uff01\uff1f"
        and (bare[0].isupper() or bare[0].isdigit() or not bare[0].isascii())
        and not look.TURN.match(bare)
    )


def _indented(rows: Rows, row: int) -> int:
    """Take indented code: it follows a blank line, and blank lines inside it belong to it."""
    if not rows.blank(row - 1) or not look.INDENTED.match(rows.lines[row]) or look.ITEM.match(rows.lines[row]):
        return 0
    after = row
    for other in range(row, len(rows)):
        if look.INDENTED.match(rows.lines[other]):
            after = other + 1
        elif rows.bare[other]:
            break
    return after - row


def _turn(rows: Rows, row: int) -> int:
    if not rows.dialogue or not look.TURN.match(rows.lines[row]):
        return 0
    return _paragraph_end(rows, row) - row


def _log(rows: Rows, row: int) -> int:
    return 1 if look.LOG.match(rows.lines[row]) else 0


def _item(rows: Rows, row: int) -> int:
    return _paragraph_end(rows, row) - row if look.ITEM.match(rows.lines[row]) else 0


def _code_lines(rows: Rows, row: int) -> int:
    """Take a paragraph most of whose lines look like code, with at least one that cannot be prose."""
    after = row + 1
    while not rows.blank(after) and after < row + _JUDGED_LINES:
        after += 1
    lines = rows.lines[row:after]
    if not any(map(look.cannot_be_prose, lines)):
        return 0
    return after - row if sum(map(look.looks_like_code, lines)) >= 0.6 * len(lines) else 0


def _paragraph(rows: Rows, row: int) -> int:
    return _paragraph_end(rows, row) - row


def _paragraph_end(rows: Rows, row: int) -> int:
    row += 1
    while row < len(rows) and rows.bare[row] and not _begins_block(rows, row):
        row += 1
    return row


def _begins_block(rows: Rows, row: int) -> bool:
    line = rows.lines[row]
    marks = (look.FENCE, look.HEADING, look.ITEM, look.RULE, look.TAG, look.LOG, look.DIFF_START, look.TABLE_ROW)
    if any(mark.match(line) for mark in marks) or _has_rule_below(rows, row):
        return True
    if rows.dialogue and look.TURN.match(line):
        return True
    return bool(_trace(rows, row) or (rows.bare[row][0] in "{[" and _json(rows, row)))


RECOGNISERS: tuple[tuple[Kind, Callable[[Rows, int], int]], ...] = (
    (Kind.CODE, _fence),
    (Kind.CODE, takes_front_matter),
    (Kind.JSON, _json),
    (Kind.CODE, _diff),
    (Kind.CODE, _trace),
    (Kind.TABLE, _table),
    (Kind.TAG, _tag),
    (Kind.HEADING, _heading),
    (Kind.TURN, _turn),
    (Kind.CODE, _indented),
    (Kind.LOG, _log),
    (Kind.CODE, _code_lines),
    (Kind.ITEM, _item),
    (Kind.PROSE, _paragraph),
)
