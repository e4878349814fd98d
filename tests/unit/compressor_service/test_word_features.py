"""What is seen of words beside a question."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from compressor_service.word_features import word_features

SENTENCES = [["The", "gate", "closes", "at", "22:15."], ["Ada", "Lovelace,", "a", "miller,", "came", "in", "1843."]]


def test_the_question_is_felt_around_its_words() -> None:
    """Distance and nearness are counted inside a sentence; a stop word of the question is none of its words."""
    columns = word_features(SENTENCES, [0.9, 0.1], "When does the gate shut?")
    assert columns["asked"].nonzero()[0].tolist() == [1]
    assert columns["to_left"][:5].tolist() == [20, 0, 1, 2, 3]
    assert columns["to_right"][:2].tolist() == [1, 0]
    assert columns["right"][0] > columns["left"][4] > 0
    assert not columns["around"][5:].any()
    assert columns["before"][4] > columns["before"][1] == 0


def test_looks_and_neighbours_are_seen() -> None:
    """Capitals, digits, marks; what stands before the first word of a sentence is nothing."""
    columns = word_features(SENTENCES, [0.9, 0.1], "When does the gate shut?")
    assert columns["capital"].nonzero()[0].tolist() == [0, 5, 6]
    assert columns["year"].nonzero()[0].tolist() == [11]
    assert columns["suits"].nonzero()[0].tolist() == [4, 11]
    assert columns["comma"].nonzero()[0].tolist() == [6, 8]
    assert columns["run"][5:8].tolist() == [2, 2, 0]
    assert columns["capital_before"].nonzero()[0].tolist() == [1, 6, 7]
    assert columns["pause_before"].nonzero()[0].tolist() == [7, 9]


def test_sentences_are_compared() -> None:
    """The better one has no gap, the larger share and the first rank."""
    columns = word_features(SENTENCES, [0.9, 0.1], "When does the gate shut?")
    assert columns["rank"].tolist() == [0] * 5 + [1] * 7
    assert columns["gap"][0] == 0
    assert np.isclose(columns["gap"][5], 0.8)
    assert columns["share"][0] > columns["share"][5]
    assert columns["cover_gap"][5] == columns["cover"][0]
    assert columns["length"][0] == 5


@given(
    st.lists(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=12), min_size=1, max_size=6),
    st.text(max_size=60),
)
def test_every_column_has_a_finite_value_a_word(sentences: list[list[str]], query: str) -> None:
    """Whatever the words and the question are; and the same again."""
    scores = [0.5 / (number + 1) for number in range(len(sentences))]
    columns = word_features(sentences, scores, query)
    words = sum(map(len, sentences))
    assert all(values.shape == (words,) and np.isfinite(values).all() for values in columns.values())
    again = word_features(sentences, scores, query)
    assert all(np.array_equal(values, again[name]) for name, values in columns.items())
