"""Tests of what `pith compress` shows."""

import json

from hypothesis import given
from hypothesis import strategies as st

from fakes_cli import rendered
from pith_cli.clients import Compressed, CompressedText, Protected
from pith_cli.compress_view import marked, protected_table, receipt, stages, summary
from pith_cli.receipts import Span

CUT = CompressedText("Keep.", True, "", (Span(0, 5, kept=True), Span(5, 8, kept=False), Span(8, 10, kept=False)))


def _answer(text: CompressedText, **what: object) -> Compressed:
    return Compressed((text,), 12, 8, 10, 5, "sentences", 2.0, **what)  # type: ignore[arg-type]


def test_a_terminal_strikes_through() -> None:
    """The text itself stays whole there, and only the style tells."""
    shown = marked("Keep. Not.", CUT, styled=True)
    assert shown.plain == "Keep. Not."
    assert [(span.start, span.end) for span in shown.spans if "strike" in str(span.style)] == [(5, 10)]


def test_elsewhere_brackets_stand_around_what_was_dropped() -> None:
    """One pair around neighbours, whatever the number of spans."""
    assert marked("Keep. Not.", CUT, styled=False).plain == "Keep.[- Not.-]"


def test_the_summary_counts_or_says_why_not() -> None:
    """A cheaper engine than wanted is named with it."""
    assert summary(_answer(CUT)) == "\n10 -> 5 tokens (2.0x) by sentences in 2.0 ms"
    assert " by sentences instead of tiny_onnx in " in summary(_answer(CUT, degraded_from="tiny_onnx"))
    assert summary(_answer(CompressedText("x", False, "", ()))) == "\nunchanged: nothing to drop"
    policy = CompressedText("x", False, "SKIP_REASON_POLICY", ())
    assert summary(_answer(policy)) == "\nunchanged: policy"


def test_the_table_has_a_row_a_class() -> None:
    """As the service counted."""
    shown = rendered(protected_table([Protected("number", 7, 5, 1), Protected("url", 2, 2, 0)]))
    rows = [line.split() for line in shown.splitlines() if line.strip().startswith(("number", "url"))]
    assert rows == [["number", "7", "5", "1"], ["url", "2", "2", "0"]]


def test_an_estimate_is_called_one() -> None:
    """Where the model's own tokenizer is not public."""
    shown = stages(_answer(CUT, tokenizer="cl100k_base", tokenizer_exact=False, stage_ms={"words": 0.5}))
    assert shown == "all tokens: 12 -> 8 (cl100k_base, an estimate); queue 0.00 ms, words 0.50 ms"


@given(st.text(max_size=40), st.lists(st.booleans(), max_size=8))
def test_every_receipt_can_be_read_again(text: str, flags: list[bool]) -> None:
    """And its kept spans joined are its text, for any letters."""
    at, spans = 0, []
    for number, kept in enumerate(flags):
        end = len(text[: (number + 1) * 5].encode())
        spans.append(Span(at, end, kept, "SPAN_REASON_RELEVANT", 0.5))
        at = end
    size = len(text.encode())
    spans.append(Span(at, size, kept=True))
    joined = b"".join(text.encode()[span.start : span.end] for span in spans if span.kept).decode()
    found = json.loads(receipt(text, "?", _answer(CompressedText(joined, True, "", tuple(spans)))))
    original = found["original"].encode()
    assert b"".join(original[s["start"] : s["end"]] for s in found["spans"] if s["kept"]).decode() == found["text"]
