"""What single lines look like."""

import pytest

from compressor_service import line_patterns as look


@pytest.mark.parametrize(
    "line",
    [
        "x = f(1)",
        "return x",
        "for i in range(3):",
        "}",
        "const a = 1;",
        "SELECT a FROM b",
        "if (a && b) {",
        "$ make test",
        "#include <stdio.h>",
    ],
)
def test_lines_of_programs_look_like_code(line: str) -> None:
    """Statements, openings, prompts and queries."""
    assert look.looks_like_code(line)


@pytest.mark.parametrize(
    "line", ["The gate closes at ten.", "For example, this is prose.", "Guests may park here", "x" * 5_000]
)
def test_prose_does_not_look_like_code(line: str) -> None:
    """Sentences and overlong lines."""
    assert not look.looks_like_code(line)


@pytest.mark.parametrize(
    ("line", "speaker"),
    [
        ("Ann: Hello", "Ann"),
        ("**Ben Ode:** Hello", "Ben Ode"),
        ("[00:12:31] Cleo (chair): Hello", "Cleo"),
        ("10:32 Dr. Dee: Hello", "Dr. Dee"),
        ("ÖZGE: Merhaba", "ÖZGE"),
    ],
)
def test_turns_name_their_speaker(line: str, speaker: str) -> None:
    """With time stamps, emphasis and roles in brackets."""
    found = look.TURN.match(line)
    assert found
    assert found["speaker"].strip() == speaker


@pytest.mark.parametrize("line", ["hello: there", "http://example.com", "No colon here", "Ends with one:"])
def test_other_lines_are_no_turns(line: str) -> None:
    """A turn begins with a capital and says something after the colon."""
    assert not look.TURN.match(line)


@pytest.mark.parametrize("line", ["- a", "* a", "1. a", "12) a", "(b) a", "a. b", "[x] done", "  • a"])
def test_list_marks(line: str) -> None:
    """Bullets, numbers, letters and check boxes."""
    assert look.ITEM.match(line)


@pytest.mark.parametrize(
    "line", ["2024-01-02 10:00:00 up", "[2024-01-02T10:00:00Z] up", "Jan  2 10:00:00 host x", "ERROR: no", "[WARN] no"]
)
def test_log_lines(line: str) -> None:
    """Time stamps and levels at the start."""
    assert look.LOG.match(line)
