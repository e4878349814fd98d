"""The lines of a text, with what every recogniser asks about them worked out once."""

import re
from enum import StrEnum
from functools import cached_property
from itertools import accumulate, pairwise

from compressor_service import line_patterns as look

# A speaker's name, with a time before it and a role behind it, ends within so many characters.
_LONGEST_NAME = 120


class Kind(StrEnum):
    """What a block is."""

    PROSE = "prose"
    HEADING = "heading"
    ITEM = "item"
    TURN = "turn"
    LOG = "log"
    EXAMPLE = "example"
    TAG = "tag"
    CODE = "code"
    JSON = "json"
    TABLE = "table"


class Rows:
    """The lines of a text with their offsets."""

    def __init__(self, text: str) -> None:
        self.text = text
        whole = text.split("\n")
        self.starts = [0, *accumulate(len(line) + 1 for line in whole)]
        self.lines = [line.rstrip("\r") for line in whole] if "\r" in text else whole
        self.bare = [line.strip() for line in whole]
        self.turns = [_turn(line) for line in self.lines]
        self.dialogue = _is_dialogue(self)
        # Where a paragraph ends although nothing in the line itself says so.
        self.stops: frozenset[int] = frozenset()
        # Closing tags that stand nowhere below.
        self.unclosed: set[str] = set()
        self.json_budget = 4 * len(text) + 1_000

    def __len__(self) -> int:
        return len(self.lines)

    def end(self, row: int) -> int:
        """Return the offset after the last visible character of a row."""
        return self.starts[row] + len(self.lines[row].rstrip())

    def blank(self, row: int) -> bool:
        """Say whether a row holds nothing visible; rows outside the text are blank."""
        return not 0 <= row < len(self.lines) or not self.bare[row]

    @cached_property
    def paragraph_ends(self) -> list[int]:
        """For every row, the first blank one from it on, or the end."""
        ends = [len(self.lines)] * (len(self.lines) + 1)
        for row in range(len(self.lines) - 1, -1, -1):
            ends[row] = ends[row + 1] if self.bare[row] else row
        return ends

    def visible(self, first: int, after: int) -> int:
        """Count the rows that are not blank."""
        return self._visible[after] - self._visible[first]

    def strange(self, first: int, after: int) -> int:
        """Count the rows that cannot be prose."""
        return self._strange[after] - self._strange[first]

    def program(self, first: int, after: int) -> int:
        """Count the rows that would rather be found in a program than in prose."""
        return self._program[after] - self._program[first] if self.strange(first, after) else 0

    def configuration(self, first: int, after: int) -> tuple[int, int, int]:
        """Count the rows that could stand in a configuration, those with a key, and keys that others stand under."""
        entries, keys, over = self._configuration
        return entries[after] - entries[first], keys[after] - keys[first], over[after] - over[first]

    @cached_property
    def _visible(self) -> list[int]:
        return [0, *accumulate(map(bool, self.bare))]

    @cached_property
    def _strange(self) -> list[int]:
        return [0, *accumulate(map(look.cannot_be_prose, self.lines))]

    @cached_property
    def _program(self) -> list[int]:
        return [0, *accumulate(map(look.looks_like_code, self.lines))]

    @cached_property
    def _configuration(self) -> tuple[list[int], list[int], list[int]]:
        entries = [0, *accumulate(look.ENTRY.match(line) is not None for line in self.lines)]
        keys = [0, *accumulate(look.KEY.match(line) is not None for line in self.lines)]
        over = [0, *accumulate(_stands_over(line, below) for line, below in pairwise([*self.lines, ""]))]
        return entries, keys, over


def _stands_over(line: str, below: str) -> bool:
    """Say whether a line is a key that the next one stands under: further in, or in its section."""
    if not look.KEY_ALONE.match(line):
        return False
    if line.startswith("["):
        return "=" in below
    return len(below) - len(below.lstrip()) > len(line) - len(line.lstrip())


def _turn(line: str) -> re.Match[str] | None:
    return look.TURN.match(line) if line.find(":", 0, _LONGEST_NAME) > 0 else None


def _is_dialogue(rows: Rows) -> bool:
    """Say whether at least four turns make up most of the lines, and speakers speak again."""
    speakers = [found["speaker"] for found in rows.turns if found]
    return (
        len(speakers) >= 4
        and len(set(speakers)) < len(speakers) * 0.75
        and len(speakers) >= 0.4 * sum(map(bool, rows.bare))
    )
