"""Code between backticks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressor_service.inline_code import find_inline_code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("run `a. b` now", ["`a. b`"]),
        ("`` a`b `` and `c`", ["`` a`b ``", "`c`"]),
        ("```x``` too", ["```x```"]),
        ("an open ` tick\nand ` another", []),
        ("a ``b` c", []),
        ("``a` b`` c`", ["``a` b``"]),
        ("no code", []),
    ],
)
def test_spans_close_with_as_many_ticks(text: str, expected: list[str]) -> None:
    """On the same line, with their ticks."""
    assert [text[start:end] for start, end in find_inline_code(text, 0, len(text))] == expected


@given(st.text(alphabet="`a\n", max_size=60))
def test_spans_are_sorted_and_disjoint(text: str) -> None:
    """Whatever the ticks."""
    position = 0
    for start, end in find_inline_code(text, 0, len(text)):
        assert position <= start < end
        assert text[start] == text[end - 1] == "`"
        assert "\n" not in text[start:end]
        position = end
