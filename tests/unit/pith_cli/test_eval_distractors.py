"""Tests of choosing distractors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pith_cli.eval.distractors import Paragraphs, Source
from pith_cli.eval.samples import AnswerSample, SampleError

ALL = [AnswerSample(f"{article}{n}", "?", ("x",), article) for article in "ABC" for n in range(6)]
NAMELESS = [AnswerSample(f"p{n}", "?", ("x",)) for n in range(6)]


@given(st.sampled_from(ALL), st.integers(0, 1000), st.integers(0, 20))
def test_others_are_of_other_articles(sample: AnswerSample, line: int, count: int) -> None:
    """None repeats, and the paragraph that answers is there once."""
    found = Paragraphs(ALL).around(sample, line=line, source=Source.OTHER, count=count)
    assert len(set(found)) == len(found) == min(count, 12) + 1
    assert found.count(sample.context) == 1
    assert all(context[0] != sample.article for context in found if context != sample.context)


@given(st.sampled_from(ALL), st.integers(0, 1000), st.integers(0, 20))
def test_same_are_of_the_same_article(sample: AnswerSample, line: int, count: int) -> None:
    """As many as the article has."""
    found = Paragraphs(ALL).around(sample, line=line, source=Source.SAME, count=count)
    assert len(set(found)) == len(found) == min(count, 5) + 1
    assert sample.context in found
    assert all(context[0] == sample.article for context in found)


def test_none_leaves_the_paragraph_alone() -> None:
    """Then its question is all that can shorten it."""
    assert Paragraphs(ALL).around(ALL[0], line=1, source=Source.NONE, count=5) == ["A0"]


def test_where_no_article_is_known_any_other_paragraph_serves() -> None:
    """But no one can say which are of the same article."""
    paragraphs = Paragraphs(NAMELESS)
    assert sorted(paragraphs.around(NAMELESS[0], line=1, source=Source.OTHER, count=9)) == [f"p{n}" for n in range(6)]
    with pytest.raises(SampleError, match="line 7: missing key article"):
        paragraphs.around(NAMELESS[0], line=7, source=Source.SAME, count=5)


def test_the_choice_is_the_same_every_time_and_the_place_is_not_the_same_everywhere() -> None:
    """Two runs compare question by question."""
    one, two = Paragraphs(ALL), Paragraphs(ALL)
    around = [one.around(ALL[0], line=n, source=Source.OTHER, count=5) for n in range(40)]
    assert around == [two.around(ALL[0], line=n, source=Source.OTHER, count=5) for n in range(40)]
    assert {found.index("A0") for found in around} == set(range(6))
