"""Tests of made-up questions."""

from itertools import islice

from hypothesis import given, settings
from hypothesis import strategies as st

from pith_cli.bench.questions import questions


@given(st.integers())
@settings(max_examples=20)
def test_no_question_and_no_paraphrase_comes_twice(seed: int) -> None:
    """Every text of a run is one that nobody has asked before."""
    made = list(islice(questions(seed), 200))
    texts = [text for question in made for text in (question.text, *question.paraphrases)]
    assert len(set(texts)) == len(texts)


def test_a_paraphrase_asks_for_the_same() -> None:
    """Only how it is asked differs."""
    question = next(questions(1))
    subject = question.text.removeprefix("How do I ")
    assert question.paraphrases == (f"How can I {subject}", f"How would I {subject}")
