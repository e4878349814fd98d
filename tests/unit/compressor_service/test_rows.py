"""The lines of a text."""

import pytest
from hypothesis import given

from compressor_service.rows import Rows
from fakes_compressor import wild_texts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A: x\nB: y\nA: z\nB: w", True),
        ("A: x\nB: y\nC: z\nD: w", False),
        ("A: x\nB: y", False),
        ("A: x\nB: y\nA: z\nB: w" + "\nno speaker" * 9, False),
    ],
)
def test_a_dialogue_needs_speakers_who_come_back(text: str, *, expected: bool) -> None:
    """Four turns of two speakers are one; four names once each are not, nor a few turns among other lines."""
    assert Rows(text).dialogue is expected


def test_counts_over_ranges() -> None:
    """Blank lines, lines that cannot be prose, and the lines of configurations are counted over any range."""
    rows = Rows("a = f(1);\n\nSome prose.\nserver:\n  port: 80\n")
    assert rows.paragraph_ends[:6] == [1, 1, 5, 5, 5, 5]
    assert rows.visible(0, len(rows)) == 4
    assert (rows.strange(0, 3), rows.program(0, 3), rows.strange(2, 3)) == (1, 1, 0)
    assert rows.configuration(3, 5) == (2, 2, 1)


@given(wild_texts())
def test_rows_cover_the_text(text: str) -> None:
    """Every character lies in the row that its offset says, line ends aside."""
    rows = Rows(text)
    for row, line in enumerate(rows.lines):
        assert text[rows.starts[row] :].startswith(line)
        assert rows.starts[row] <= rows.end(row) <= rows.starts[row + 1]
        assert rows.blank(row) == (not line.strip())
    assert rows.starts[-1] == len(text) + 1
