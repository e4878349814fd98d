"""Opposites that part two questions, and words that only look like them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.guards.antonyms import OPPOSITES, difference

SAME = [
    ("How do I enable dark mode?", "How can I turn dark mode on?"),
    ("How do I enable dark mode?", "How do I go about enabling dark mode?"),
    ("Where can I buy a ticket?", "Where can one purchase a ticket?"),
    ("Should I buy or sell?", "Is it better to sell or to buy?"),
    ("What is the cheapest plan?", "Which plan is cheapest?"),
    ("Log me in on my phone", "Log in on the phone"),
    ("Why is it so cold in here?", "Why is it cold here?"),
    ("What is on the left?", "What is on the left side?"),
    ("Is the shop open on Monday?", "Does the shop open on Mondays?"),
    ("How do I mute it?", "How can I mute it?"),
]
DIFFERENT = [
    ("How do I enable dark mode?", "How do I disable dark mode?"),
    ("Is enabling this safe?", "Is disabling this safe?"),
    ("When does the bank open?", "When does the bank close?"),
    ("Turn the lights on", "Turn the lights off"),
    ("How do I log in?", "How do I log out?"),
    ("Can I increase my limit?", "Can I lower my limit?"),
    ("What is the cheapest plan?", "What is the most expensive plan?"),
    ("Who was the first president?", "Who was the last president?"),
    ("How do I freeze my card?", "How do I unfreeze my card?"),
    ("What is the maximum speed?", "What is the minimum speed?"),
    ("What are the advantages of tea?", "What are the disadvantages of tea?"),
    ("How do I deposit cash?", "How do I withdraw cash?"),
    ("flights arriving at noon", "flights departing at noon"),
    ("How do I encrypt a file?", "How do I decrypt a file?"),
    ("Is it legal to park here?", "Is it forbidden to park here?"),
    ("Mute the call", "Unmute the call"),
    ("dim the lights", "brighten the lights"),
    ("the nearest bank", "the farthest bank"),
    ("earliest train", "latest train"),
    ("money of the payee", "money of the payer"),
    ("Tür öffnen", "Tür schließen"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_question_passes(one: str, other: str) -> None:
    """Synonyms, both opposites on both sides, and particles of other verbs do not matter."""
    assert difference(one, other) is None
    assert difference(other, one) is None


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_opposites_are_vetoed(one: str, other: str) -> None:
    """Whatever the ending of the word."""
    assert difference(one, other) is not None
    assert difference(other, one) is not None


def test_the_table_is_symmetric() -> None:
    """Who is opposed opposes, and nothing opposes itself."""
    assert all(word in OPPOSITES[other] for word, others in OPPOSITES.items() for other in others)
    assert not any(word in others for word, others in OPPOSITES.items())


@given(st.text(max_size=80))
def test_no_text_is_its_own_opposite(text: str) -> None:
    """Nothing differs from itself."""
    assert difference(text, text) is None
