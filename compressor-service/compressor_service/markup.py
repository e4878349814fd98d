"""Marks inside prose that programs or readers look for: placeholders, citations, tags."""

import re
from collections.abc import Iterator

# Every repetition stops at the mark that opens the next candidate, or after so many characters.
_ANGLE = re.compile(r"<<?[A-Z][A-Z0-9_-]{0,60}>>?")
_SQUARE = re.compile(
    r"\[(?:[A-Z][A-Z0-9_ -]{1,60}|\^?\d{1,4}(?: ?[,;\u2013-] ?\d{1,4}){0,20}|\^[\w-]{1,40}|@[\w:.-]{1,60}"
    r"|[^\W\d_][^\[\]\n]{0,80}[ ,(]\d{4}[a-z]?\)?(?:, ?p{1,2}\. ?[\d\u2013-]{1,12})?)\](?:\([^()\s]{1,2000}\))?"
)
_ROUND = re.compile(
    r"\((?:(?:see|cf\.|siehe|vgl\.) )?[^\W\d_a-z][^()\n]{1,80}?,? \d{4}[a-z]?(?:[,:] ?(?:pp?\. ?|S\. ?)?[\d\u2013-]{1,12})?\)"
)
_CURLY = re.compile(r"\$?\{\{[^{}\n]{1,60}\}\}|\$?\{[A-Za-z_][\w.:-]{0,60}\}|\{\d{0,2}\}|\{%[^{}\n]{1,80}%\}")
_PERCENT = re.compile(r"%\([A-Za-z_]\w{0,60}\)[sdrf]|%[A-Z_]{2,60}%")
_BACKSLASH = re.compile(r"\\[a-zA-Z]{1,20}(?:\[[^\[\]{}\n]{0,60}\])?\{[^{}\n]{1,200}\}")
_SCANS = (("<", _ANGLE), ("[", _SQUARE), ("(", _ROUND), ("{", _CURLY), ("%", _PERCENT), ("\\", _BACKSLASH))

_TAG = re.compile(r"<(?:[/!?]?[A-Za-z][\w:.-]{0,40}(?:\s[^<>]{0,400})?/?|!--[^<>]{0,400}--)>")


def find_placeholders(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield placeholders such as <PERSON_1>, [REDACTED], {{name}}, and citations such as [1] and [Smith 2020]."""
    for mark, pattern in _SCANS:
        if text.find(mark, start, end) >= 0:
            for found in pattern.finditer(text, start, end):
                yield found.span()


def find_tags(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the tags of XML and HTML inside a line."""
    if text.find("<", start, end) >= 0:
        for found in _TAG.finditer(text, start, end):
            yield found.span()
