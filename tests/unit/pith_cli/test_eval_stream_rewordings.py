"""Tests of the rewordings: whatever they change, the facts stay."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pith_cli.eval.stream_facts import content, facts, overlap
from pith_cli.eval.stream_rewordings import benign, same_meaning

_TEXTS = (
    "how do i transfer 100 dollars from checking to savings",
    "What's the cheapest flight from Boston to Denver on May 3?",
    "i want to cancel my reservation for two people at 6 pm",
    "Why was I charged a fee when I paid with my card?",
    "can you tell me where i can buy a car without a loan",
    "My card isn't working",
    "do i need a visa for Spain",
)


@given(st.sampled_from(_TEXTS) | st.text(min_size=1, max_size=60), st.integers(0, 10_000))
def test_a_benign_edit_keeps_numbers_negations_names_and_opposites(text: str, seed: int) -> None:
    """Whatever it does to letters, spaces and politeness."""
    edited = benign(text, random.Random(seed))
    assert edited is None or (edited != text and facts(edited) == facts(text))


@given(st.sampled_from(_TEXTS), st.integers(0, 10_000))
def test_another_form_keeps_facts_and_most_of_the_content(text: str, seed: int) -> None:
    """It asks about the same things."""
    edited = same_meaning(text, random.Random(seed))
    assert edited is None or facts(edited) == facts(text)
    assert edited is None or overlap(content(edited), content(text)) >= 0.5


@pytest.mark.parametrize("text", _TEXTS)
def test_all_texts_have_a_benign_edit_and_most_another_form(text: str) -> None:
    """The generator does not come back with empty hands."""
    assert benign(text, random.Random(3))


def test_forms_are_grammatical() -> None:
    """All forms of one request."""
    found = {same_meaning("can i use my card abroad", random.Random(seed)) for seed in range(40)}
    assert "is it possible for me to use my card abroad" in found
    assert "am i able to use my card abroad" in found
    assert same_meaning("zzz", random.Random(1)) is None


def test_digits_and_words_are_the_same_number() -> None:
    """So are words of one meaning the same content."""
    assert facts("two tickets") == facts("2 tickets")
    assert facts("is it open") != facts("isn't it open")
    assert content("buy a movie ticket") == content("purchase a film ticket")
    assert overlap(frozenset(), frozenset()) == 1.0
