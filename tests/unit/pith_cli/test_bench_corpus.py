"""Tests of made-up texts."""

import random
import warnings
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pith_cli.bench.corpus import document, documents

with warnings.catch_warnings():
    # The package opens its vocabulary in a way that Python 3.11 calls deprecated.
    warnings.simplefilter("ignore", DeprecationWarning)
    import bpe_openai


@pytest.mark.parametrize("encoding", ["o200k_base", "cl100k_base"])
@pytest.mark.parametrize("tokens", [128, 2000, 8000])
def test_a_text_has_the_tokens_it_is_asked_for(tokens: int, encoding: str) -> None:
    """In the tokenizers that the services count with, up to a sentence more."""
    made = next(documents(tokens, seed=1))
    counted = len(bpe_openai.get_encoding(encoding).encode(made.text))
    assert tokens <= counted <= tokens * 1.02 + 30


def test_no_text_comes_twice() -> None:
    """Neither from one seed nor from two."""
    texts = [made.text for seed in (1, 8) for made in islice(documents(128, seed), 200)]
    assert len(set(texts)) == 400


def test_a_seed_gives_the_same_texts_again() -> None:
    """Two runs measure the same work."""
    assert list(islice(documents(128, 3), 5)) == list(islice(documents(128, 3), 5))


@given(st.integers(1, 3000), st.integers())
@settings(max_examples=50)
def test_the_question_is_about_a_sentence_of_the_text(tokens: int, seed: int) -> None:
    """Words of the question stand together in the text."""
    made = document(tokens, random.Random(seed))
    about = made.question.removeprefix("What does it say about the ").split(" and the ")[0]
    assert about in made.text
    assert made.question.endswith("?")
