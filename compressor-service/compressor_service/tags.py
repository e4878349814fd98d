"""Compression tags in a text: which parts may be compressed, at which rate; pure.

Two notations are understood: `<LLMLINGUA>...</LLMLINGUA>` as Kong's plugin has it, and
`<llmlingua, rate=0.4, compress=False>...</llmlingua>` as the LLMLingua library has it. A tag inside code, JSON or a
table is plain text, and so is one without its counterpart, one inside another tagged part, or one whose rate or switch
cannot be read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from compressor_service.inline_code import find_inline_code
from compressor_service.structure import ContentType, Kind, parse

_TAG = re.compile(
    r"<(?:(?P<kong>LLMLINGUA)|(?P<library>llmlingua)(?P<attributes>(?:[\s,]{1,8}(?:rate|compress)\s?=\s?[\w.]{1,20}){0,2})[\s,]{0,8}"
    r"|/(?P<closes>LLMLINGUA|llmlingua))>"
)
_ATTRIBUTE = re.compile(r"(rate|compress)\s?=\s?([\w.]{1,20})")
_SWITCH = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Part:
    """A tagged stretch without its tags; no rate means that of the policy."""

    start: int
    end: int
    rate: float | None = None
    compress: bool = True


@dataclass(frozen=True, slots=True)
class Tagged:
    """The tagged parts of a text in order, and the tags themselves: two a part."""

    parts: tuple[Part, ...]
    tags: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Tag:
    start: int
    end: int
    name: str
    opens: bool
    rate: float | None = None
    compress: bool = True


def find_tags(text: str, content_type: ContentType = ContentType.AUTO) -> Tagged | None:
    """Find the tagged parts of a text; None when it has none."""
    if "</llmlingua>" not in text and "</LLMLINGUA>" not in text:
        return None
    tags = _outside_code(text, list(_tags(text)), content_type)
    pairs = list(_pairs(tags))
    if not pairs:
        return None
    parts = [Part(opening.end, closing.start, opening.rate, opening.compress) for opening, closing in pairs]
    return Tagged(tuple(parts), tuple((tag.start, tag.end) for pair in pairs for tag in pair))


def _tags(text: str) -> Iterator[_Tag]:
    for found in _TAG.finditer(text):
        if found["closes"]:
            yield _Tag(*found.span(), found["closes"], opens=False)
            continue
        attributes = dict(_ATTRIBUTE.findall(found["attributes"] or ""))
        rate, compress = _rate(attributes.get("rate")), _SWITCH.get(attributes.get("compress", "True").lower())
        if rate != 0 and compress is not None:
            yield _Tag(*found.span(), found["kong"] or found["library"], opens=True, rate=rate, compress=compress)


def _rate(written: str | None) -> float | None:
    """Return the rate, None where none is written, 0 where it cannot be one."""
    if written is None:
        return None
    try:
        rate = float(written)
    except ValueError:
        return 0
    return rate if 0 < rate <= 1 else 0


def _outside_code(text: str, tags: Sequence[_Tag], content_type: ContentType) -> list[_Tag]:
    """Leave out the tags that stand in code, JSON or a table."""
    taken = iter(sorted(_find_code(text, tags, content_type)))
    current = next(taken, None)
    free: list[_Tag] = []
    for tag in tags:
        while current is not None and current[1] <= tag.start:
            current = next(taken, None)
        if current is None or tag.end <= current[0]:
            free.append(tag)
    return free


def _find_code(text: str, tags: Sequence[_Tag], content_type: ContentType) -> Iterator[tuple[int, int]]:
    """Find where code stands, the tags themselves aside: a fence may begin behind one, a table may hold one."""
    for block in parse(_replace(text, tags, "\n"), content_type).blocks:
        if block.kind is Kind.CODE:
            yield block.start, block.end
    flat = _replace(text, tags, "x")
    for block in parse(flat, content_type).blocks:
        if block.kind in {Kind.JSON, Kind.TABLE}:
            yield block.start, block.end
    yield from find_inline_code(flat, 0, len(flat))


def _replace(text: str, tags: Sequence[_Tag], filler: str) -> str:
    pieces, position = [], 0
    for tag in tags:
        pieces += [text[position : tag.start], filler * (tag.end - tag.start)]
        position = tag.end
    return "".join([*pieces, text[position:]])


def _pairs(tags: Sequence[_Tag]) -> Iterator[tuple[_Tag, _Tag]]:
    """Pair each opening tag with the next closing one of its name; what stands between them opens nothing."""
    closing: dict[str, int] = {}
    counterpart: list[int | None] = [None] * len(tags)
    for number in range(len(tags) - 1, -1, -1):
        tag = tags[number]
        if tag.opens:
            counterpart[number] = closing.get(tag.name)
        else:
            closing[tag.name] = number
    number = 0
    while number < len(tags):
        other = counterpart[number]
        if other is not None:
            yield tags[number], tags[other]
            number = other
        number += 1
