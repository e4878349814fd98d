"""What became of each stretch of one text."""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple


class Reason(IntEnum):
    """Why a stretch was kept or dropped."""

    STRUCTURE = 1
    RELEVANT = 2
    LESS_RELEVANT = 3
    REPAIRED = 4
    REPEATED = 5
    FORCED = 6
    TAG = 7


class Span(NamedTuple):
    """One half-open stretch of the original; offsets are characters, or bytes after `to_bytes`."""

    start: int
    end: int
    kept: bool
    score: float = 0.0
    reason: Reason = Reason.STRUCTURE


def join_kept(text: str, spans: Iterable[Span]) -> str:
    """Return the kept stretches one after the other; this is the compressed text."""
    return "".join(text[span.start : span.end] for span in spans if span.kept)


def merge(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Join neighbours that share fate, score and reason, and drop empty stretches."""
    merged: list[Span] = []
    for span in spans:
        if span.start == span.end:
            continue
        if merged and merged[-1][2:] == span[2:]:
            merged[-1] = Span(merged[-1].start, *span[1:])
        else:
            merged.append(span)
    return tuple(merged)


def covers(spans: Sequence[Span], length: int) -> bool:
    """Say whether the spans are sorted, disjoint and cover a text of this length."""
    position = 0
    for span in spans:
        if span.start != position or span.end <= span.start:
            return False
        position = span.end
    return position == length


def to_bytes(text: str, spans: Sequence[Span]) -> tuple[Span, ...]:
    """Translate character offsets of covering spans into offsets of the text's UTF-8."""
    if text.isascii():
        return tuple(spans)
    position = 0
    translated: list[Span] = []
    for span in spans:
        end = position + len(text[span.start : span.end].encode())
        translated.append(Span(position, end, span.kept, span.score, span.reason))
        position = end
    return tuple(translated)
