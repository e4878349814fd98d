"""Addresses: URLs, Markdown links, e-mail addresses, paths of files."""

import re
from collections.abc import Iterator

from compressor_service.reach import reach_back

Range = tuple[int, int]

# Possessive: a URL of a million characters is walked over once.
_URL_REST = re.compile(r"://(?:[^\s<>\"'`()\[\]{}]++|\([^\s()<>\"]*+\)|\[[0-9a-fA-F:]{2,40}\]|\{\w{1,40}\})++")
_LINK = re.compile(r"!?\[[^\[\]\n]{0,300}\]\([^()\s]{1,2000}(?: \"[^\"\n]{0,200}\")?\)")
_WWW = re.compile(r"www\.[^\s<>\"'`()\[\]]+")
_MAIL_REST = re.compile(r"@[^\W_][\w-]{0,62}(?:\.[\w-]{1,63})+")
_PATH_REST = re.compile(r"/[\w.@+%~-]+(?:/[\w.@+%~-]+)*/?")
_WINDOWS_PATH = re.compile(r"[A-Z]:\\[\w\\.$~-]+")
_FILE_END = re.compile(r".*\.[A-Za-z]\w{0,7}$")
_CLOSING = ".,;:!?'\"*_~…"
_MAX_SCHEME = 16
_MAX_MAILBOX = 64
_MAX_FOLDERS = 400


def find_addresses(text: str, start: int, end: int) -> Iterator[Range]:
    """Yield the addresses in text[start:end], one sort after the other."""
    if text.find("://", start, end) >= 0:
        yield from _urls(text, start, end)
    if text.find("](", start, end) >= 0:
        yield from (found.span() for found in _LINK.finditer(text, start, end))
    if text.find("www.", start, end) >= 0:
        yield from (_trim(text, *found.span()) for found in _WWW.finditer(text, start, end))
    if text.find("@", start, end) >= 0:
        yield from _mailboxes(text, start, end)
    if text.find("/", start, end) >= 0:
        yield from _paths(text, start, end)
    if text.find(":\\", start, end) >= 0:
        yield from (_trim(text, *found.span()) for found in _WINDOWS_PATH.finditer(text, start, end))


def _trim(text: str, start: int, end: int) -> Range:
    while end > start + 1 and text[end - 1] in _CLOSING:
        end -= 1
    return start, end


def _urls(text: str, start: int, end: int) -> Iterator[Range]:
    floor = start
    for found in _URL_REST.finditer(text, start, end):
        begin = reach_back(text, found.start(), max(floor, found.start() - _MAX_SCHEME), "+.-")
        if begin < found.start():
            yield _trim(text, begin, found.end())
        floor = found.end()


def _mailboxes(text: str, start: int, end: int) -> Iterator[Range]:
    floor = start
    for found in _MAIL_REST.finditer(text, start, end):
        begin = reach_back(text, found.start(), max(floor, found.start() - _MAX_MAILBOX), "._+-")
        if begin < found.start():
            yield _trim(text, begin, found.end())
        floor = found.end()


def _paths(text: str, start: int, end: int) -> Iterator[Range]:
    """Yield absolute paths, and relative ones that end like a file."""
    floor = start
    for found in _PATH_REST.finditer(text, start, end):
        begin = reach_back(text, found.start(), max(floor, found.start() - _MAX_FOLDERS), "._~+-")
        relative = begin < found.start() and text[begin : found.start()] not in {"~", ".", ".."}
        first, last = _trim(text, begin, found.end())
        floor = found.end()
        if relative:
            if _FILE_END.match(text, max(first, last - 12), last):
                yield first, last
        elif begin == start or text[begin - 1] in " \t\n([{\"'`=:,|<>":
            yield first, last
