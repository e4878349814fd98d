"""Checks a receipt without trusting who wrote it: the spans, the join, the length, and what a kept sentence must hold."""

import re
from collections.abc import Iterator, Sequence

from pith_cli.clients import CompressedText
from pith_cli.receipts import Span, kept_ranges

_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,:/]\d+)*(?!\w)")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nor|neither|nobody|nothing|without|cannot|unless|except|\w+n['’]t)\b",  # noqa: RUF001
    re.IGNORECASE,
)


def violations(text: str, result: CompressedText, sentences: Sequence[tuple[int, int]]) -> list[str]:
    """Return what is wrong with a receipt, in words; the sentences are those that the service keeps or drops."""
    return [*_receipt(text, result), *_length(text, result), *_losses(text, result.spans, sentences)]


def _receipt(text: str, result: CompressedText) -> Iterator[str]:
    original = text.encode()
    at = 0
    for span in result.spans:
        if span.start != at or span.end <= span.start:
            yield f"span {span.start}-{span.end} does not follow byte {at}"
            return
        at = span.end
    if at != len(original) and result.spans:
        yield f"spans end at byte {at} of {len(original)}"
    kept = b"".join(original[span.start : span.end] for span in result.spans if span.kept)
    if (kept if result.spans else original) != result.text.encode():
        yield "the kept spans joined are not the output"


def _length(text: str, result: CompressedText) -> Iterator[str]:
    if result.tokens_after > result.tokens_before or len(result.text) > len(text):
        yield f"longer than the original: {result.tokens_before} -> {result.tokens_after} tokens"


def _losses(text: str, spans: Sequence[Span], sentences: Sequence[tuple[int, int]]) -> Iterator[str]:
    """A sentence of which anything is kept must keep its numbers and negations whole."""
    mask = bytearray(len(text))
    for start, end in kept_ranges(text, spans):
        mask[start:end] = b"\x01" * (end - start)
    for start, end in sentences:
        piece = mask[start:end].count(1)
        if not piece or piece == end - start:
            continue
        if not any(mask[i] and text[i].isalnum() for i in range(start, end)):
            continue
        for pattern in (_NUMBER, _NEGATION):
            for found in pattern.finditer(text, start, end):
                if 0 in mask[found.start() : found.end()]:
                    yield f"{found[0]!r} is gone from a kept sentence at character {found.start()}"
