"""Compression tags of both notations."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressor_service.structure import ContentType
from compressor_service.tags import Part, find_tags


def parts(text: str, content_type: ContentType = ContentType.AUTO) -> list[tuple[str, float | None, bool]]:
    """Return the tagged parts of a text as texts, with their rate and switch."""
    found = find_tags(text, content_type)
    return [(text[part.start : part.end], part.rate, part.compress) for part in found.parts] if found else []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("head <LLMLINGUA>body</LLMLINGUA> tail", [("body", None, True)]),
        ("<llmlingua>body</llmlingua>", [("body", None, True)]),
        ("<llmlingua, rate=0.4>body</llmlingua>", [("body", 0.4, True)]),
        ("<llmlingua rate=.4>body</llmlingua> tail", [("body", 0.4, True)]),
        ("<llmlingua, compress=False>if a < b: return 1</llmlingua>", [("if a < b: return 1", None, False)]),
        ("<llmlingua, rate = 1, compress = true>x</llmlingua>", [("x", 1.0, True)]),
        ("<LLMLINGUA>a</LLMLINGUA>b<LLMLINGUA>c\nd</LLMLINGUA>", [("a", None, True), ("c\nd", None, True)]),
        ("<LLMLINGUA>```\ncode()\n```</LLMLINGUA>", [("```\ncode()\n```", None, True)]),
        ("<LLMLINGUA>a <llmlingua>b</llmlingua></LLMLINGUA>", [("a <llmlingua>b</llmlingua>", None, True)]),
    ],
)
def test_tags_that_are_understood(text: str, expected: list[tuple[str, float | None, bool]]) -> None:
    """Kong's and the library's, with a rate, with a switch, several, over lines, with less-than signs inside."""
    assert parts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "no tags at all",
        "<LLMLINGUA>never closed",
        "never opened</LLMLINGUA>",
        "<LLMLINGUA>the other kind</llmlingua>",
        "<llmlingua, rate=7>x</llmlingua>",
        "<llmlingua, rate=nan>x</llmlingua>",
        "<llmlingua, rate=1.2.3>x</llmlingua>",
        "<llmlingua, compress=maybe>x</llmlingua>",
        "<llmlingua, level=3>x</llmlingua>",
        "write `<LLMLINGUA>x</LLMLINGUA>` to mark it",
        "```\n<LLMLINGUA>x</LLMLINGUA>\n```\n",
        '{"note": "<LLMLINGUA>x</LLMLINGUA>", "n": 1}',
        "| a | b |\n| --- | --- |\n| <LLMLINGUA>x</LLMLINGUA> | 2 |\n",
    ],
)
def test_everything_else_is_plain_text(text: str) -> None:
    """Tags without their counterpart, with values that mean nothing, and in code."""
    assert find_tags(text) is None


def test_a_tag_in_code_does_not_close_one_outside() -> None:
    """The example in the fence is part of what is tagged around it."""
    text = "<LLMLINGUA>See:\n\n```\n</LLMLINGUA>\n```\n\nDone.</LLMLINGUA> tail"
    assert parts(text) == [("See:\n\n```\n</LLMLINGUA>\n```\n\nDone.", None, True)]


def test_a_text_that_is_code_as_a_whole_has_no_tags() -> None:
    """What the caller calls code is code."""
    assert parts("<LLMLINGUA>x</LLMLINGUA>", ContentType.CODE) == []
    assert parts("<LLMLINGUA>x</LLMLINGUA>", ContentType.PROSE) == [("x", None, True)]


def test_an_unclosed_tag_does_not_swallow_the_next_one() -> None:
    """The stray one is text, the pair behind it counts."""
    assert parts("<LLMLINGUA>stray <llmlingua>good</llmlingua> end") == [("good", None, True)]


def test_tens_of_thousands_of_tags_take_linear_time() -> None:
    """Neither many openings nor many attributes make it slow."""
    started = time.process_time()
    find_tags("<LLMLINGUA>" * 25_000 + "</llmlingua>")
    find_tags(("<llmlingua" + ", " * 500) * 250 + "</llmlingua>")
    find_tags("<llmlingua>x</llmlingua>" * 7_500)
    assert time.process_time() - started < 10


PIECES = st.sampled_from(
    [
        "<LLMLINGUA>",
        "</LLMLINGUA>",
        "<llmlingua>",
        "</llmlingua>",
        "<llmlingua, rate=0.5>",
        "`",
        "a b. ",
        "\n\n",
        "```\n",
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_parts_and_tags_are_sorted_disjoint_and_inside(text: str) -> None:
    """Two tags a part, one at each end of it, whatever the text looks like."""
    found = find_tags(text)
    if found is None:
        return
    assert len(found.tags) == 2 * len(found.parts)
    position = 0
    for part, opening, closing in zip(found.parts, found.tags[::2], found.tags[1::2], strict=True):
        assert position <= opening[0] < opening[1] == part.start <= part.end == closing[0] < closing[1] <= len(text)
        assert text[slice(*opening)].startswith("<")
        assert text[slice(*closing)].startswith("</")
        position = closing[1]


def test_parts_are_values() -> None:
    """Equal parts are equal."""
    assert Part(1, 2) == Part(1, 2, None, compress=True)
