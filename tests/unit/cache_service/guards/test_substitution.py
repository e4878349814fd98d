"""A word in another's place: what it parts, and what it must let pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.guards.substitution import difference

SAME = [
    ("how do i buy a car", "how do i purchase an automobile"),
    ("i did not recieve the money", "i did not receive the money"),
    ("where is the w-2 form", "where is the w2 form"),
    ("log in to face book", "log in to facebook"),
    ("set a five minute timer", "set a 5 minute timer"),
    ("2 hrs of sleep", "2 hours of sleep"),
    ("my card got stolen", "someone stole my card"),
    ("what's my balance", "what is my balance please"),
    ("how do i apply for a loan", "loan application: how do i make one"),
    ("book a flight to rome", "could you book me a flight to rome"),
    ("", "anything at all"),
    (
        "who wrote it and where does the author of all those other novels live",
        "what is it that they sell in the small shop",
    ),
]
DIFFERENT = [
    ("how do i say hello in zulu", "how do i say hello in swahili"),
    ("when is kwanzaa", "when is passover"),
    ("play some nirvana", "play some metallica"),
    ("my transfer is pending", "my top up is pending"),
    ("what cards can i hold", "what currencies can i hold"),
    ("why was my withdrawal declined", "why was my transfer declined"),
    ("did my payment go to the shop", "did my payment go from the shop"),
    ("when does the shop open", "where does the shop open"),
    ("how old is his house", "how old is her house"),
    ("please inflate the boat", "please paint the boat"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_meaning_passes(one: str, other: str) -> None:
    """Synonyms, typing errors, numbers and whole rewordings are no exchange."""
    assert difference(one, other) is None
    assert difference(other, one) is None


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_word_is_vetoed(one: str, other: str) -> None:
    """In texts that are otherwise the same, whatever kind of word it is."""
    assert difference(one, other) is not None
    assert difference(other, one) is not None


def test_in_a_long_text_an_exchanged_word_says_nothing() -> None:
    """There the embedder judges."""
    text = "the large museum beside the harbour shows {} paintings, old maps, ship models, coins and letters of sailors"
    assert difference(text.format("many"), text.format("numerous")) is None


@given(st.text(max_size=80))
def test_a_text_exchanges_nothing_with_itself(text: str) -> None:
    """Nothing differs from itself."""
    assert difference(text, text) is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_either_order_gives_the_same_verdict(one: str, other: str) -> None:
    """Which text was stored first does not matter."""
    assert (difference(one, other) is None) == (difference(other, one) is None)
