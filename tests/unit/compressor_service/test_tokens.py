"""Token counts and the choice of the vocabulary."""

import pytest

from compressor_service.tokens import CL100K, O200K, RecentCount, TokenCounter, choose_tokenizer


@pytest.mark.parametrize(
    ("model", "name", "exact"),
    [
        ("gpt-4o", O200K, True),
        ("openai/gpt-4o-mini-2024-07-18", O200K, True),
        ("gpt-4.1-nano", O200K, True),
        ("gpt-5", O200K, True),
        ("o3-mini", O200K, True),
        ("gpt-4-turbo", CL100K, True),
        ("gpt-3.5-turbo-0125", CL100K, True),
        ("claude-sonnet-4-5", CL100K, False),
        ("gemini-2-5-pro", CL100K, False),
        ("groq-llama-3-3-70b", CL100K, False),
        ("o100-large", CL100K, False),
        ("", CL100K, False),
    ],
)
def test_models_get_their_vocabulary(model: str, name: str, exact: bool) -> None:
    """The longest known prefix of a model's name decides; other models are estimated."""
    choice = choose_tokenizer(model)
    assert (choice.name, choice.exact) == (name, exact)


def test_counts_are_those_of_the_public_vocabularies() -> None:
    """Known counts come out, and special tokens are plain text."""
    counter = TokenCounter()
    assert counter.count("hello world", O200K) == counter.count("hello world", CL100K) == 2
    assert counter.count("") == 0
    assert counter.count("<|endoftext|>") == 7
    assert counter.count("antidisestablishmentarianism", CL100K) == 6


def test_a_recent_count_is_the_count() -> None:
    """Whether asked for the first time, again, or after another text."""
    counter = TokenCounter()
    recent = RecentCount(counter, CL100K)
    for text in ("", "one two", "one two", "three", "one two", "naïve ☃"):
        assert recent(text) == counter.count(text, CL100K)
