"""Names and identifiers."""

import pytest

from compressor_service.names import find_identifiers, find_names


def names(text: str) -> list[str]:
    """Return the names in a text."""
    return [text[start:end] for start, end in find_names(text, 0, len(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("we met Ada Lovelace there", ["Ada Lovelace"]),
        ("the Bank of England said", ["Bank of England"]),
        ("Ada Lovelace came", ["Ada Lovelace"]),
        ("In the Netherlands it rains", ["Netherlands"]),
        ("The United Nations met", ["United Nations"]),
        ("NASA launched it", ["NASA"]),
        ("OpenAI and GitHub", ["OpenAI", "GitHub"]),
        ("call getUserName or buy an iPod", ["getUserName", "iPod"]),
        ("with Jean-Luc O'Neill, Zürich", ["Jean-Luc O'Neill", "Zürich"]),
        ("Rain fell. Boats stayed.", []),
        ("He left. I stayed", []),
        ("nothing here", []),
    ],
)
def test_names_are_capitalised_inside_a_sentence(text: str, expected: list[str]) -> None:
    """Runs, particles, acronyms and inner capitals count; the first word of a sentence alone does not."""
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call os.path.join() now", ["os.path.join()"]),
        ("set max_retry_count here", ["max_retry_count"]),
        ("open config.yaml.", ["config.yaml"]),
        ("pass --dry-run or --level=info, then", ["--dry-run", "--level=info"]),
        ("e.g. this and the U.S. too", []),
        ("It ends. next one -- with a dash", []),
    ],
)
def test_identifiers_are_joined_by_dots_and_underscores(text: str, expected: list[str]) -> None:
    """Dotted paths, snake case and options; abbreviations and dashes are none."""
    assert [text[start:end] for start, end in find_identifiers(text, 0, len(text))] == expected
