"""How far a word reaches back."""

from compressor_service.reach import reach_back


def test_a_word_reaches_to_its_first_letter_or_to_the_floor() -> None:
    """Marks belong to it only where they are named."""
    text = "say first.last@x"
    assert text[reach_back(text, 14, 0) : 14] == "last"
    assert text[reach_back(text, 14, 0, ".") : 14] == "first.last"
    assert reach_back(text, 14, 12) == 12
    assert reach_back(text, 4, 0) == 4
