"""What units are worth by their words."""

import numpy as np

from compressor_service.structure import parse
from compressor_service.units import Unit, build_units
from compressor_service.word_units import explode, find_divisible
from compressor_service.word_values import Sentence, average, find_tokens, smooth, value_answers, value_words
from fakes_compressor import COUNTER
from fakes_words import SurfaceScorer

TEXT = "Ada Lovelace wrote to the mill in London. It rained on the old town for nine days."


def units_of(text: str) -> list[Unit]:
    """Cut a text into units."""
    return build_units(text, parse(text), count=COUNTER.count)


def test_neighbours_share() -> None:
    """One part of six goes to each side; the ends have themselves for a neighbour."""
    assert np.allclose(smooth(np.array([0.0, 6.0, 0.0, 0.0])), [1.0, 4.0, 1.0, 0.0])
    assert np.allclose(smooth(np.array([6.0, 0.0])), [5.0, 1.0])
    assert smooth(np.array([])).size == 0


def test_a_unit_is_worth_the_mean_of_its_tokens() -> None:
    """Two tokens in the first unit, one in the second."""
    assert average(np.array([1.0, 1.0, 1.0]), [0, 2]) == [1.0, 1.0]
    assert average(np.array([0.0, 0.6, 0.0]), [0, 2]) == [0.3, 0.0]


def test_tokens_are_what_stands_between_white_space() -> None:
    """Every unit has at least one, and knows its first."""
    ranges, firsts = find_tokens(TEXT, units_of(TEXT))
    assert [TEXT[start:end] for start, end in ranges] == TEXT.split()
    assert firsts == [0, 8]


def test_words_are_read_in_stretches_with_their_context() -> None:
    """The scorer sees the whole stretch; what is unwanted in the middle parts it."""

    class Recorder(SurfaceScorer):
        def score(self, passages):
            seen.extend((passage.text, passage.words) for passage in passages)
            return super().score(passages)

    seen: list[tuple[str, list[tuple[int, int]]]] = []
    text = TEXT + " The third one is short. A fourth one ends it all."
    units = units_of(text)
    values = value_words(text, units, {0, 1, 3}, Recorder())
    assert [passage for passage, _ in seen] == [TEXT, "A fourth one ends it all."]
    assert all(passage[start:end].strip() for passage, words in seen for start, end in words)
    assert values.keys() == {0, 1, 3}
    assert values[0] > values[1]


def test_the_answer_is_worth_most() -> None:
    """Asked for a person, the name stands out in the sentence that shares words with the question."""
    text = (
        "In March, after long talks, Ingrid Solvang paid for the stone bridge. It rained on the old town for nine days."
    )
    units = units_of(text)
    words = explode(text, units, find_divisible(units), count=COUNTER.count)
    first = [unit for unit, before in zip(words.units, words.origin, strict=True) if before == 0]
    values = value_answers([Sentence(text, first, 0.9), Sentence(text, [units[1]], 0.1)], "Who paid for the bridge?")
    assert values is not None
    best = first[int(np.argmax(values[0]))]
    assert text[best.start : best.end] == "Ingrid Solvang"
    assert max(values[1]) < max(values[0])


def test_a_question_that_shares_no_word_says_nothing() -> None:
    """Then somebody else must value the words."""
    assert value_answers([Sentence(TEXT, units_of(TEXT), 0.5)], "Combien de bateaux?") is None
    assert value_answers([Sentence(TEXT, units_of(TEXT), 0.5)], "") is None
