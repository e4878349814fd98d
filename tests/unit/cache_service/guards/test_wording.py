"""What a text is about, and the small words around it."""

from hypothesis import given
from hypothesis import strategies as st

from cache_service.guards.reading import read
from cache_service.guards.wording import bare, rebuilt, worded


def test_small_words_are_set_apart() -> None:
    """Politeness, auxiliaries and short forms of them are small."""
    wording = worded("Please, why doesn't my card work at the airport?")
    assert set(wording.content) == {"card", "work", "airport"}
    assert {"please", "why", "doesn't", "at", "the"} <= wording.small


def test_politeness_does_not_rebuild_a_question() -> None:
    """Other question words and prepositions do."""
    assert rebuilt(worded("what's my balance"), worded("please tell me what is my balance")) == 0
    assert rebuilt(worded("what is my balance"), worded("how much is on my account")) == 4


@given(st.text(max_size=80))
def test_every_word_is_on_one_side(text: str) -> None:
    """No word is lost."""
    wording = worded(text)
    assert all(token.folded in wording.small or bare(token) in wording.content for token in read(text))
