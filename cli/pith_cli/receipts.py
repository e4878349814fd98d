"""Reads a compression receipt: which stretches of the original text were kept; pure."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """A stretch of the original, as byte offsets into its UTF-8, and what became of it."""

    start: int
    end: int
    kept: bool
    reason: str = ""
    score: float = 0.0


def pieces(text: str, spans: Iterable[Span]) -> list[tuple[str, bool]]:
    """Cut a text at its spans into (piece, kept); what no span covers was kept."""
    original = text.encode("utf-8")
    found: list[tuple[str, bool]] = []
    at = 0
    for span in sorted(spans, key=lambda s: s.start):
        found.append((_text(original, at, span.start), True))
        found.append((_text(original, max(at, span.start), span.end), span.kept))
        at = max(at, span.end)
    found.append((_text(original, at, len(original)), True))
    return [(piece, kept) for piece, kept in found if piece]


def kept_ranges(text: str, spans: Iterable[Span]) -> list[tuple[int, int]]:
    """Return the stretches that were kept, as offsets in characters; no spans: all of the text."""
    found: list[tuple[int, int]] = []
    at = 0
    for piece, kept in pieces(text, spans):
        if kept:
            found.append((at, at + len(piece)))
        at += len(piece)
    return found


def _text(original: bytes, start: int, end: int) -> str:
    return original[start:end].decode("utf-8", "replace")
