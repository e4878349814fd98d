"""Tests of reading compression receipts."""

from hypothesis import given
from hypothesis import strategies as st

from pith_cli.receipts import Span, kept_ranges, pieces


def test_cuts_a_text_at_its_spans() -> None:
    """Every stretch comes with whether it was kept."""
    spans = [Span(0, 4, kept=True), Span(4, 9, kept=False), Span(9, 13, kept=True)]
    assert pieces("one. two. six", spans) == [("one.", True), (" two.", False), (" six", True)]


def test_offsets_count_bytes_of_utf8() -> None:
    """A letter of two bytes moves what follows by two."""
    assert pieces("für uns", [Span(0, 5, kept=False)]) == [("für ", False), ("uns", True)]


def test_what_no_span_covers_was_kept() -> None:
    """An empty receipt means an unchanged text."""
    assert pieces("all of it", []) == [("all of it", True)]
    assert pieces("", []) == []


@given(st.text(), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.booleans()), max_size=6))
def test_the_pieces_of_whole_characters_make_the_text_again(text: str, cuts: list[tuple[int, int, bool]]) -> None:
    """Whatever the receipt, no character is lost or doubled."""
    spans = [Span(_byte(text, min(a, b)), _byte(text, max(a, b)), kept) for a, b, kept in cuts]
    assert "".join(piece for piece, _ in pieces(text, spans)) == text


def _byte(text: str, characters: int) -> int:
    return len(text[:characters].encode("utf-8", "surrogatepass"))


def test_kept_stretches_count_characters() -> None:
    """Where a span counts bytes."""
    spans = [Span(0, 4, kept=True), Span(4, 5, kept=False), Span(5, 8, kept=True)]
    assert kept_ranges("für uns", spans) == [(0, 3), (4, 7)]
    assert kept_ranges("all", []) == [(0, 3)]


@given(st.text(), st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=6))
def test_kept_stretches_are_the_kept_pieces(text: str, cuts: list[tuple[int, bool]]) -> None:
    """In order, whatever the letters."""
    ends = sorted({min(cut, len(text)): kept for cut, kept in cuts}.items())
    starts = [0, *(end for end, _ in ends)]
    spans = [Span(_byte(text, a), _byte(text, end), kept) for a, (end, kept) in zip(starts, ends, strict=False)]
    found = "".join(text[a:b] for a, b in kept_ranges(text, spans))
    assert found == "".join(piece for piece, kept in pieces(text, spans) if kept)
