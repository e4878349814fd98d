"""Repetitions."""

from compressor_service.lossless import find_repeated
from compressor_service.structure import ContentType, parse
from compressor_service.units import build_units
from fakes_compressor import COUNTER, PARAGRAPHS


def repeated(text: str, content_type: ContentType = ContentType.AUTO) -> list[str]:
    """Return the units that only repeat."""
    layout = parse(text, content_type)
    units = build_units(text, layout, count=COUNTER.count)
    return [text[units[i].start : units[i].end] for i in sorted(find_repeated(text, units, layout.blocks))]


def test_a_long_paragraph_that_stands_above_is_a_repetition() -> None:
    """The second copy goes with all its sentences, the first stays."""
    text = "\n\n".join([PARAGRAPHS[0], PARAGRAPHS[1], PARAGRAPHS[0]])
    assert " ".join(repeated(text)) == PARAGRAPHS[0]


def test_short_lines_may_be_repeated() -> None:
    """A refrain or a "Yes." is no repetition."""
    assert repeated("Yes.\n\nNo.\n\nYes.") == []


def test_equal_log_lines_in_a_row_are_one() -> None:
    """Only runs count: the same line later on is news."""
    line = "2024-01-02 10:00:00 ERROR disk full"
    other = "2024-01-02 10:00:00 INFO up"
    assert repeated(f"{line}\n{line}\n{line}\n{other}\n{line}") == [line, line]


def test_protected_blocks_are_never_repetitions() -> None:
    """Code is left alone even when it stands there twice."""
    code = "```\nsome long line of code that is more than sixty characters long, surely\n```"
    assert repeated(f"{code}\n\n{code}") == []
