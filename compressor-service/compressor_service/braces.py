"""Where a JSON value, or any text in balanced brackets, ends."""

import json
import re

_BRACKET = re.compile(r'"(?:[^"\\\n]|\\.)*"|[{}\[\]]')
_DECODER = json.JSONDecoder()


def find_json_end(text: str, begin: int) -> tuple[int | None, int]:
    """Return the end of the value that begins here (None: no end) and how many characters were looked at."""
    scanned = 0
    try:
        _, end = _DECODER.raw_decode(text, begin)
    except json.JSONDecodeError as error:
        scanned = error.pos - begin
    except (RecursionError, ValueError):  # nested too deep, or a number with thousands of digits
        scanned = 0
    else:
        return end, end - begin
    balanced = _find_balance(text, begin)
    return balanced, scanned + (balanced or len(text)) - begin


def _find_balance(text: str, begin: int) -> int | None:
    """Return where the bracket that opens here is closed; brackets inside strings do not count."""
    depth = 0
    for found in _BRACKET.finditer(text, begin):
        mark = found[0]
        if mark in "{[":
            depth += 1
        elif mark in "}]":
            depth -= 1
            if depth <= 0:
                return found.end()
    return None
