"""Where a JSON value, or any text in balanced brackets, ends."""

import json
import re

# A string that is not closed on its line ends with it.
_BRACKET = re.compile(r'"(?:[^"\\\n]++|\\[^\n]?)*+(?:"|(?=\n)|\Z)|[{}\[\]]')
_DECODER = json.JSONDecoder()
# An error costs as much as the text before it is long, so values are first sought in a piece of the text.
_PIECE = 2_000
# A value that ends with its piece may only have been cut: errors are reported so far before the end at most.
_LONGEST_ATOM = 12


def find_json_end(text: str, begin: int) -> tuple[int | None, int]:
    """Return the end of the value that begins here (None: no end) and how many characters were looked at."""
    end, scanned = _decode(text, begin, len(text))
    if end is not None:
        return end, scanned
    balanced = _find_balance(text, begin)
    return balanced, scanned + (balanced or len(text)) - begin


def _decode(text: str, begin: int, end: int) -> tuple[int | None, int]:
    """Return the end of the JSON value that begins here, if one does, and how many characters were looked at."""
    length, scanned, cut = _decode_piece(text[begin : min(begin + _PIECE, end)])
    if cut and end - begin > _PIECE:
        length, more, _ = _decode_piece(text[begin:end])
        scanned += more
    return (None if length is None else begin + length), scanned


def _decode_piece(piece: str) -> tuple[int | None, int, bool]:
    """Return the length of the value (None: none), how many characters were looked at, and whether it may be cut off."""
    try:
        _, length = _DECODER.raw_decode(piece)
    except json.JSONDecodeError as error:
        cut = error.msg.startswith("Unterminated") or error.pos >= len(piece) - _LONGEST_ATOM
        return None, len(piece) if cut else error.pos + 1, cut
    except (RecursionError, ValueError):  # nested too deep, or a number with thousands of digits
        return None, len(piece), False
    return length, length, False


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


# What a JSON value in running text begins with; [1] and {name} are other things.
_INLINE = re.compile(r'[{\[](?=\s{0,20}(?:"|[{\[]\s{0,20}["{\[]))')


def find_inline_json(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return where JSON objects and arrays stand inside text[start:end]; looks at each character a few times at most."""
    found: list[tuple[int, int]] = []
    budget = 4 * (end - start) + 1_000
    position = start
    while budget > 0 and (opening := _INLINE.search(text, position, end)):
        after, scanned = _decode(text, opening.start(), end)
        budget -= scanned + 1
        if after is not None:
            found.append((opening.start(), after))
        position = after or opening.start() + 1
    return found
