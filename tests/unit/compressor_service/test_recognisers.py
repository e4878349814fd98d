"""How many lines a block takes."""

import pytest

from compressor_service.recognisers import recognise
from compressor_service.rows import Kind, Rows


def taken(text: str) -> tuple[Kind, int]:
    """Return the kind of the first block and its lines."""
    rows = Rows(text)
    return recognise(rows, 0)


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
        ("[main]\na = 1\nb = 2\n\ntext", Kind.CODE, 3),
        ("some text\ngoes on\n\nnext", Kind.PROSE, 2),
        ("some text\n- item", Kind.PROSE, 1),
        ("some text\n| a | b |\n|---|---|", Kind.PROSE, 1),
        ("a = 1;\nb = 2;\n\ntext", Kind.CODE, 2),
        ("<br/>\ntext", Kind.TAG, 1),
        ("<a href='x'\n   class='y'>\ntext", Kind.TAG, 2),
        ("<a href\n\ntext >", Kind.PROSE, 1),
        ("<pre>\nraw\n\n</pre>\ntext", Kind.CODE, 4),
        ("<pre>\nnever closed", Kind.TAG, 1),
        ("<?xml version='1.0'?>\n<a>\n\nb\n</a>\ntext", Kind.CODE, 5),
        ("> ```\n> a\n> ```\n> b", Kind.CODE, 3),
        ("> ```\n> a\nb", Kind.CODE, 2),
        ("- ```sh\n  ls\n  ```\n- b", Kind.CODE, 3),
        ("```inline``` code is prose", Kind.PROSE, 1),
        ("+---+\n| a |\n+---+\ntext", Kind.TABLE, 3),
        ("Either | or.\nMore text.", Kind.PROSE, 2),
        ("thread 'main' panicked at x\n   0: std::rt\n   1: main", Kind.CODE, 3),
    ],
)
def test_a_block_takes_its_lines(text: str, kind: Kind, lines: int) -> None:
    """Each kind takes as many lines as belong to it."""
    assert taken(text) == (kind, lines)


def test_when_the_search_for_brackets_is_used_up_such_lines_are_protected() -> None:
    """A text full of brackets that never close cannot make the scan quadratic, nor unprotected."""
    rows = Rows("{ a\nb\n\nc")
    rows.json_budget = 0
    assert recognise(rows, 0) == (Kind.JSON, 2)
