"""How many lines a block takes."""

import pytest

from compressor_service.recognisers import RECOGNISERS, Kind, Rows, is_dialogue, takes_front_matter


def taken(text: str) -> tuple[Kind, int]:
    """Return the kind of the first block and its lines."""
    rows = Rows(text)
    return next((kind, lines) for kind, take in RECOGNISERS if (lines := take(rows, 0)))


@pytest.mark.parametrize(
    ("text", "kind", "lines"),
    [
        ("```\na\n```\nb", Kind.CODE, 3),
        ("````\n```\n````\nb", Kind.CODE, 3),
        ("```\na", Kind.CODE, 2),
        ('{"a":\n 1}\nb', Kind.JSON, 2),
        ("[a] and more", Kind.PROSE, 1),
        ("[1] Smith, 2003.\n[2] Jones, 2004.", Kind.PROSE, 2),
        ("# Title\ntext", Kind.HEADING, 1),
        ("Title\n-----\ntext", Kind.HEADING, 2),
        ("A Short Title\n\nThen the text goes on.", Kind.HEADING, 1),
        ("**Bold title**\ntext", Kind.HEADING, 1),
        ("Not a title.\n\nThen the text goes on.", Kind.PROSE, 1),
        ("- one\n  goes on\n- two", Kind.ITEM, 2),
        ("some text\ngoes on\n\nnext", Kind.PROSE, 2),
        ("some text\n- item", Kind.PROSE, 1),
        ("some text\n| a | b |\n|---|---|", Kind.PROSE, 1),
        ("a = 1;\nb = 2;\n\ntext", Kind.CODE, 2),
        ("<br/>\ntext", Kind.TAG, 1),
        ("thread 'main' panicked at x\n   0: std::rt\n   1: main", Kind.CODE, 3),
    ],
)
def test_a_block_takes_its_lines(text: str, kind: Kind, lines: int) -> None:
    """Each kind takes as many lines as belong to it."""
    assert taken(text) == (kind, lines)


def test_front_matter_stands_at_the_very_top() -> None:
    """Keys and values between two rules, on the first lines only."""
    rows = Rows("---\na: 1\nb: x y\n---\ntext\n---\nc: 1\n---")
    assert takes_front_matter(rows, 0) == 4
    assert takes_front_matter(rows, 5) == 0
    assert takes_front_matter(Rows("---\nprose, not keys\n---"), 0) == 0


def test_a_dialogue_needs_speakers_who_come_back() -> None:
    """Four turns of two speakers are one; four names once each are not."""
    assert is_dialogue(["A: x", "B: y", "A: z", "B: w"])
    assert not is_dialogue(["A: x", "B: y", "C: z", "D: w"])
    assert not is_dialogue(["A: x", "B: y"])


def test_when_the_search_for_brackets_is_used_up_such_lines_are_protected() -> None:
    """A text full of brackets that never close cannot make the scan quadratic, nor unprotected."""
    rows = Rows("{ a\nb\n\nc")
    rows.json_budget = 0
    assert next((kind, lines) for kind, take in RECOGNISERS if (lines := take(rows, 0))) == (Kind.JSON, 2)
