"""Word pieces and what is known of each beside its id."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from compressor_service.engines.pieces import FEATURES, open_tokenizer, read_pieces, word_spans
from compressor_service.engines.tiny_onnx import SHIPPED_WEIGHTS, VOCABULARY

CAPITAL, INSIDE, ALL_CAPITALS, DIGIT, OPENS_SENTENCE, COMMA, BRACKETS, QUOTES = 0, 1, 2, 4, 6, 11, 13, 14


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """Return the shipped vocabulary."""
    return open_tokenizer((SHIPPED_WEIGHTS / VOCABULARY).read_text(encoding="utf-8"))


def marked(tokenizer: Tokenizer, text: str, feature: int) -> list[str]:
    """Return the pieces, as they stand in the text, for which a feature holds."""
    pieces = read_pieces(tokenizer, text)
    places = np.flatnonzero(pieces.features[:, feature])
    return [text[pieces.starts[i] : pieces.ends[i]] for i in places]


def test_case_and_digits_survive_the_uncased_vocabulary(tokenizer: Tokenizer) -> None:
    """Capitals, capitals inside a sentence, acronyms and numbers are told apart."""
    text = "The ferry to Oslo left. NATO met in room 12b."
    assert marked(tokenizer, text, CAPITAL) == ["The", "Oslo", "NATO"]
    assert marked(tokenizer, text, INSIDE) == ["Oslo"]
    assert marked(tokenizer, text, ALL_CAPITALS) == ["NATO"]
    assert "".join(marked(tokenizer, text, DIGIT)) == "12b."


def test_sentences_open_after_marks_and_line_ends(tokenizer: Tokenizer) -> None:
    """The first word, and the word after a full stop or on a new line; a point inside a number opens nothing."""
    text = "One 3.5 two. Three\nfour (five) six"
    assert marked(tokenizer, text, OPENS_SENTENCE) == ["One", "Three", "four"]


def test_brackets_quotes_and_commas_are_seen(tokenizer: Tokenizer) -> None:
    """Words know that they stand between marks, and which mark follows them."""
    text = 'red, (blue sky) "green field" grey'
    assert {"blue", "sky"} <= set(marked(tokenizer, text, BRACKETS))
    assert "grey" not in marked(tokenizer, text, BRACKETS)
    assert {"green", "field"} <= set(marked(tokenizer, text, QUOTES))
    assert "grey" not in marked(tokenizer, text, QUOTES)
    assert marked(tokenizer, text, COMMA) == ["red", ","]


def test_repetition_counts_all_and_earlier_ones(tokenizer: Tokenizer) -> None:
    """The last three features: how often in the text, how often before, whether for the first time."""
    rows = read_pieces(tokenizer, "gate bell gate").features[:, -3:]
    assert np.allclose(rows * [4, 4, 1], [[np.log(3), 0, 1], [np.log(2), 0, 1], [np.log(3), np.log(2), 0]], atol=1e-6)


def test_a_special_token_that_a_user_types_is_text(tokenizer: Tokenizer) -> None:
    """No id of a special token but [UNK] can come out of a text."""
    special = {tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]", "[PAD]", "[MASK]")}
    assert special.isdisjoint(read_pieces(tokenizer, "a [SEP] b [CLS][MASK] [PAD]").ids.tolist())


@given(text=st.text(max_size=300))
def test_any_text_gives_ordered_pieces_with_finite_features(tokenizer: Tokenizer, text: str) -> None:
    """Surrogates, control characters and every script: offsets stay inside the text and in order."""
    pieces = read_pieces(tokenizer, text)
    assert pieces.features.shape == (len(pieces.ids), FEATURES)
    assert np.isfinite(pieces.features).all()
    assert (pieces.features >= 0).all()
    assert (np.diff(pieces.starts) >= 0).all()
    assert ((pieces.starts >= 0) & (pieces.ends <= len(text)) & (pieces.starts <= pieces.ends)).all()


@given(text=st.text(alphabet="ab \t\n\u00a0.é", max_size=60))
def test_words_are_what_split_gives(text: str) -> None:
    """The spans spell the words of str.split."""
    assert [text[start:end] for start, end in word_spans(text)] == text.split()
