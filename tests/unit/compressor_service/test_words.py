"""Search terms."""

from hypothesis import given
from hypothesis import strategies as st

from compressor_service.words import terms


def test_forms_of_a_word_share_a_term() -> None:
    """Plural, tense and derivation fold together; stop words go."""
    assert terms("The refunds") == terms("a refund")
    assert terms("cancellation")[0] == terms("cancellations")[0]
    assert terms("what is the of and") == []


def test_other_languages_have_terms_too() -> None:
    """German folds by its stem, Chinese and Japanese by pairs of characters."""
    assert terms("Kündigungen") == terms("Kündigung")
    assert terms("der die das und") == []
    assert set(terms("売上高")) <= set(terms("今期の売上高は増えた"))


@given(st.text())
def test_terms_are_deterministic_and_folded(text: str) -> None:
    """The same text always gives the same terms."""
    assert terms(text) == terms(text)
    assert all(term for term in terms(text))
