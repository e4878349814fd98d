"""Texts made to be slow are not."""

import time

import pytest

from compressor_service.compression import Request
from compressor_service.spans import covers
from fakes_compressor import new_compressor, user

QUESTION = "What about the barrels?"


@pytest.mark.parametrize(
    "piece",
    [
        ".",
        ". ",
        "<question>",
        "Aa-",
        "A'",
        "`",
        "{ [\n",
        '{"a": "b\n',
        "Caused by: x\n  at a\nx\n",
        "x:\n",
        "1.",
        "/a",
        "a@",
        "* ",
    ],
)
def test_the_time_grows_with_the_text_and_not_with_its_square(piece: str) -> None:
    """Twenty thousand characters of a piece that regular expressions could stumble over take seconds at most."""
    text = piece * (20_000 // len(piece))
    started = time.perf_counter()
    result = new_compressor().compress(Request([user(text), user(QUESTION, name="q")], budget_ms=1e9))
    assert time.perf_counter() - started < 5
    assert covers(result.segments[0].spans, len(text))
