"""Placeholders, citations and tags."""

import pytest

from compressor_service.markup import find_placeholders, find_tags


@pytest.mark.parametrize(
    "mark",
    [
        *(
            "<PERSON_1>",
            "<EMAIL-ADDRESS>",
            "<<NAME>>",
            "[REDACTED]",
            "[EMAIL ADDRESS]",
            "{{customer}}",
            "{name}",
            "${HOME}",
            "{0}",
            "{}",
        ),
        *(
            "{% if x %}",
            "%(name)s",
            "%USER%",
            "[1]",
            "[1, 2]",
            "[3\u20137]",
            "[12](#ref)",
            "[^4]",
            "[^note]",
            "[@smith2020]",
            "[Smith 2020]",
        ),
        *(
            "[Smith et al., 2020, p. 5]",
            "(Smith et al., 2020)",
            "(see Jones 1999a)",
            "\\cite{smith}",
            "\\citep[p. 5]{a,b}",
        ),
    ],
)
def test_placeholders_and_citations_are_found_whole(mark: str) -> None:
    """As guardrails, templates and authors write them."""
    text = f"as {mark} says"
    assert mark in {text[start:end] for start, end in find_placeholders(text, 0, len(text))}


@pytest.mark.parametrize(
    "text", ["a < b", "[a] or [note]", "(in brackets)", "100% of it", "if (a > b)", "{ open", "(founded then)"]
)
def test_other_brackets_are_none(text: str) -> None:
    """Comparisons, remarks and loose marks."""
    assert list(find_placeholders(text, 0, len(text))) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a <b class="x y">c</b> d', ['<b class="x y">', "</b>"]),
        ("line<br/>break <!-- a remark --> here", ["<br/>", "<!-- a remark -->"]),
        ("if a < b and c > d, 3 <4", []),
    ],
)
def test_tags_are_found_whole(text: str, expected: list[str]) -> None:
    """With their attributes; comparisons are none."""
    assert [text[start:end] for start, end in find_tags(text, 0, len(text))] == expected
