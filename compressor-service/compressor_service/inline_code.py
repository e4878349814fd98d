"""Code between backticks inside a line."""

import re

_TICKS_OR_LINE = re.compile(r"`+|\n")

Range = tuple[int, int]


def find_inline_code(text: str, start: int, end: int) -> list[Range]:
    """Return the code spans of text[start:end], ticks included; as many ticks close one as opened it, on the same line."""
    if text.find("`", start, end) < 0:
        return []
    runs = list(_TICKS_OR_LINE.finditer(text, start, end))
    closing: list[int] = [-1] * len(runs)
    latest: dict[str, int] = {}
    for number in range(len(runs) - 1, -1, -1):
        mark = runs[number][0]
        if mark == "\n":
            latest.clear()
        else:
            closing[number] = latest.get(mark, -1)
            latest[mark] = number
    spans: list[Range] = []
    number = 0
    while number < len(runs):
        if closing[number] >= 0:
            spans.append((runs[number].start(), runs[closing[number]].end()))
            number = closing[number]
        number += 1
    return spans
