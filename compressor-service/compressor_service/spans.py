"""What became of each stretch of one text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum


class Reason(Enum):
    """Why a stretch was kept or dropped."""

    STRUCTURE = 1
    RELEVANT = 2
    LESS_RELEVANT = 3
    REPAIRED = 4
    REPEATED = 5
    FORCED = 6
    TAG = 7


@dataclass(frozen=True, slots=True)
class Span:
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
        last = merged[-1] if merged else None
        if last is not None and (last.kept, last.score, last.reason) == (span.kept, span.score, span.reason):
            merged[-1] = Span(last.start, span.end, last.kept, last.score, last.reason)
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
