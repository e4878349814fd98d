"""Tests of checking a receipt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pith_cli.clients import CompressedText
from pith_cli.eval.invariants import violations
from pith_cli.eval.trials import sentences
from pith_cli.receipts import Span

TEXT = "Für 12 Tage. It is not 3,5 m long. End."


def _result(*kept: tuple[int, int], text: str = TEXT, output: str | None = None) -> CompressedText:
    """A receipt that keeps stretches of characters."""
    spans, at = [], 0
    for start, end in (*kept, (len(text), len(text))):
        for a, b, flag in ((at, start, False), (start, end, True)):
            if a < b:
                spans.append(Span(len(text[:a].encode()), len(text[:b].encode()), flag))
        at = end
    joined = "".join(text[a:b] for a, b in kept) if output is None else output
    return CompressedText(joined, True, "", tuple(spans), 10, 5)


def test_a_good_receipt_has_nothing_wrong() -> None:
    """Whole sentences, offsets in bytes."""
    assert violations(TEXT, _result((0, 12), (34, 39)), sentences(TEXT)) == []
    assert violations(TEXT, CompressedText(TEXT, False, "TOO_SHORT", (), 10, 10), sentences(TEXT)) == []


def test_a_word_may_go_from_a_kept_sentence_but_no_number_and_no_negation() -> None:
    """Without them it says something else."""
    at = TEXT.index("It")
    whole = (at, at + len("It is not 3,5 m long."))
    assert violations(TEXT, _result((whole[0], at + 16), (at + 19, whole[1])), sentences(TEXT)) == []
    number = violations(TEXT, _result((whole[0], at + 11), (at + 13, whole[1])), sentences(TEXT))
    assert number == [f"'3,5' is gone from a kept sentence at character {at + 10}"]
    negation = violations(TEXT, _result((whole[0], at + 5), (at + 9, whole[1])), sentences(TEXT))
    assert negation == [f"'not' is gone from a kept sentence at character {at + 6}"]


def test_a_mark_that_is_left_is_no_kept_sentence() -> None:
    """A full stop alone says nothing."""
    assert violations("It is not so.", _result((12, 13), text="It is not so."), [(0, 13)]) == []


@pytest.mark.parametrize(
    ("spans", "complaint"),
    [
        ((Span(0, 5, kept=True), Span(6, 40, kept=False)), "span 6-40 does not follow byte 5"),
        ((Span(0, 5, kept=True), Span(4, 40, kept=False)), "span 4-40 does not follow byte 5"),
        ((Span(0, 5, kept=True),), "spans end at byte 5 of 40"),
        ((Span(0, 5, kept=True), Span(5, 40, kept=True)), "the kept spans joined are not the output"),
    ],
)
def test_spans_must_cover_the_text_and_make_the_output(spans: tuple[Span, ...], complaint: str) -> None:
    """Sorted, disjoint, without gaps."""
    assert complaint in violations(TEXT, CompressedText(TEXT[:4], True, "", spans, 10, 5), [])


def test_an_unchanged_text_must_be_the_original() -> None:
    """Without spans there is nothing else that it could be."""
    broken = violations("a b", CompressedText("a", False, "", (), 2, 2), [])
    assert broken == ["the kept spans joined are not the output"]


def test_nothing_may_grow() -> None:
    """In tokens or in characters."""
    assert "longer than the original: 2 -> 3 tokens" in violations("a b", CompressedText("a b", True, "", (), 2, 3), [])


@given(st.text(min_size=1), st.lists(st.integers(0, 60), max_size=8))
def test_a_receipt_made_of_any_stretches_is_in_order(text: str, cuts: list[int]) -> None:
    """Whatever the letters, offsets count bytes."""
    ends = sorted({min(cut, len(text)) for cut in cuts})
    kept = tuple(zip(ends[::2], ends[1::2], strict=False))
    assert violations(text, _result(*kept, text=text), []) == []
