"""Spans cover a text, and their offsets can be translated to bytes."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from compressor_service.spans import Reason, Span, covers, join_kept, merge, to_bytes


def _cut(text: str, cuts: list[int]) -> list[Span]:
    edges = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [Span(a, b, kept=number % 2 == 0) for number, (a, b) in enumerate(pairwise(edges))]


def test_join_kept_takes_the_kept_stretches_only() -> None:
    """The compressed text is what the kept spans hold."""
    assert join_kept("abcdef", [Span(0, 2, kept=True), Span(2, 4, kept=False), Span(4, 6, kept=True)]) == "abef"


def test_merge_joins_equal_neighbours_and_drops_empty_spans() -> None:
    """Neighbours of one fate become one span; of two fates they stay two."""
    spans = [
        Span(0, 2, kept=True),
        Span(2, 2, kept=False),
        Span(2, 5, kept=True),
        Span(5, 6, True, 0.5, Reason.RELEVANT),
    ]
    assert merge(spans) == (Span(0, 5, kept=True), Span(5, 6, True, 0.5, Reason.RELEVANT))


def test_covers_sees_gaps_overlaps_and_a_missing_end() -> None:
    """Only sorted, disjoint spans up to the end cover a text."""
    assert covers([Span(0, 3, kept=True), Span(3, 5, kept=False)], 5)
    assert not covers([Span(0, 3, kept=True), Span(4, 5, kept=False)], 5)
    assert not covers([Span(0, 3, kept=True), Span(2, 5, kept=False)], 5)
    assert not covers([Span(0, 3, kept=True)], 5)
    assert covers([], 0)


@given(st.text(), st.lists(st.integers(0, 200), max_size=8))
def test_byte_offsets_cut_the_utf8_where_the_characters_were_cut(text: str, cuts: list[int]) -> None:
    """Slicing the UTF-8 by byte offsets gives what slicing the text by character offsets gives."""
    text = text.encode("utf-8", "ignore").decode()
    spans = _cut(text, cuts)
    data = text.encode()
    translated = to_bytes(text, spans)
    assert covers(translated, len(data))
    for before, after in zip(spans, translated, strict=True):
        assert data[after.start : after.end].decode() == text[before.start : before.end]
