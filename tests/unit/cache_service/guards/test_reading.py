"""Words, folded and bare of endings."""

from hypothesis import given
from hypothesis import strategies as st

from cache_service.guards.reading import read, stem


def test_endings_do_not_matter() -> None:
    """Forms of one verb have one stem; short words stay."""
    assert {stem(word) for word in ("enable", "enabled", "enabling", "enables")} == {"enabl"}
    assert stem("stopped") == stem("stopping") == "stop"
    assert stem("bus") == "bus"


@given(st.text(max_size=200))
def test_words_stand_where_they_say(text: str) -> None:
    """Offsets are those of the text, in order, and no word is empty."""
    tokens = read(text)
    assert all(text[token.start : token.end] == token.text for token in tokens)
    assert [token.start for token in tokens] == sorted(token.start for token in tokens)
