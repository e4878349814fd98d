"""Worked examples."""

import pytest
from hypothesis import given

from compressor_service.examples import find_examples
from compressor_service.rows import Rows
from compressor_service.structure import Kind, parse
from fakes_compressor import wild_texts


def examples(text: str) -> list[str]:
    """Return the text of every example."""
    return [text[block.start : block.end] for block in parse(text).blocks if block.kind is Kind.EXAMPLE]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Classify.\n\nQ: a b?\nA: c\n\nQ: d e?\nA: f\n\nQ: g h?\nA:", ["Q: a b?\nA: c", "Q: d e?\nA: f"]),
        ("Input: a\nOutput: b\nInput: c\nOutput: d", ["Input: a\nOutput: b", "Input: c\nOutput: d"]),
        (
            "Input: a\nOutput: b\n###\nInput: c\nOutput: d\n###\nInput: e",
            ["Input: a\nOutput: b", "Input: c\nOutput: d"],
        ),
        (
            "**Question:** a\n\n**Answer:** b\n\nand more\n\n**Question:** c\n\n**Answer:** d\n\nNow to the task.",
            ["**Question:** a\n\n**Answer:** b\n\nand more", "**Question:** c\n\n**Answer:** d"],
        ),
        (
            "Example 1:\nText: a\nSummary: b\n\nExample 2:\nText: c\nSummary: d\n\nNow the text.",
            ["Example 1:\nText: a\nSummary: b", "Example 2:\nText: c\nSummary: d"],
        ),
        ("### Example 1\nfoo\n---\n### Example 2\nbar\n\nDone.", ["### Example 1\nfoo", "### Example 2\nbar"]),
        ("Frage: a?\nAntwort: b\n\nFrage: c?\nAntwort: d", ["Frage: a?\nAntwort: b", "Frage: c?\nAntwort: d"]),
        ("Q: what is this?\nA: a thing", []),
        ("Question: one?\nQuestion: two?\nQuestion: three?", []),
        ("For example 1: no. And example 2: neither.", []),
        ("Input: a\nand no more of it", []),
    ],
)
def test_examples_are_found_with_their_labels(text: str, expected: list[str]) -> None:
    """Two or more with a question and an answer, or numbered; the one that is still open is none."""
    assert examples(text) == expected


def test_an_example_with_code_is_locked() -> None:
    """Code in an example may not go, so the example stays; a fence is never parted by a label inside it."""
    text = "Example 1:\n```\nInput: x\nExample 7:\n```\n\nExample 2:\nplain words"
    blocks = parse(text).blocks
    assert [(block.kind, block.locked) for block in blocks] == [(Kind.EXAMPLE, True), (Kind.EXAMPLE, False)]
    assert text[blocks[0].start : blocks[0].end].endswith("```")


def test_long_sections_are_no_examples() -> None:
    """What runs over more than forty lines is not dropped in one piece."""
    long = "Q: a?\nA: b\n" + "and a line\n" * 60
    assert examples(long * 3) == []


@given(wild_texts())
def test_examples_do_not_overlap(text: str) -> None:
    """Every example ends before the next one begins."""
    position = 0
    for start, after in sorted(find_examples(Rows(text)).items()):
        assert position <= start < after
        position = after
