"""What every word scorer that loads here does, and what one says that cannot."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from compressor_service.engines import NAMES, EngineUnavailableError, Passage, WordScorer, load_word_scorer
from compressor_service.engines.pieces import word_spans
from word_scorer_suite import check_independence, check_scores

PROSE = (
    "The gate of the harbour closes at 22:15 from May to September. Nobody knows why the keeper, Ana Lindqvist, "
    "rang the bell twice in 1931; the log of the Northern Star says only that it was not the fog. "
)
TEXTS = [
    PROSE,
    "",
    "Nobody knows",
    "x",
    PROSE * 12,
    "東京は大きい。日本語の文章です。 12 名",
    "🍎🍎 pears \u200b \ud800 [SEP] </s> <unk> \x00",
    "a" * 900 + " end",
    "price:\t12,50 €\r\n\r\n* item   two\n",
]


def passage(text: str) -> Passage:
    """Take the stretches between white space for the words."""
    return Passage(text, word_spans(text))


PASSAGES = [passage(text) for text in TEXTS]


class LengthScorer:
    """A scorer that finds long words needed."""

    name = "length"
    fingerprint = "length-1"

    def score(self, passages: Sequence[Passage]) -> list[NDArray[np.float32]]:
        """Score a word by its length."""
        return [
            np.array([min((end - start) / 10, 1.0) for start, end in one.words], dtype=np.float32) for one in passages
        ]


def available() -> list[WordScorer]:
    """Return the scorers that run here; what the others say is checked below."""
    scorers: list[WordScorer] = [LengthScorer()]
    for name in NAMES:
        try:
            scorers.append(load_word_scorer(name))
        except EngineUnavailableError:
            continue
    return scorers


@pytest.fixture(params=available(), ids=lambda scorer: scorer.name)
def scorer(request: pytest.FixtureRequest) -> WordScorer:
    """Return one scorer after the other."""
    found: WordScorer = request.param
    return found


def test_every_word_gets_one_score(scorer: WordScorer) -> None:
    """One float32 between 0 and 1 a word; a name and a fingerprint, which are part of what a memo is keyed by."""
    check_scores(scorer, PASSAGES)


def test_scores_do_not_depend_on_the_neighbours(scorer: WordScorer) -> None:
    """Nor on the order of the call, nor on other threads."""
    check_independence(scorer, PASSAGES)


def test_only_the_given_words_are_scored(scorer: WordScorer) -> None:
    """A passage with some of its words gets scores for those alone."""
    words = word_spans(PROSE)[3:9]
    assert len(scorer.score([Passage(PROSE, words)])[0]) == 6


def test_the_shipped_model_always_loads() -> None:
    """It needs nothing but what the service itself needs."""
    assert load_word_scorer("tiny_onnx").name == "tiny_onnx"


@pytest.mark.parametrize("name", NAMES)
def test_an_engine_loads_or_says_what_it_misses(name: str) -> None:
    """The message of an engine that cannot run here names it."""
    try:
        assert load_word_scorer(name).name == name
    except EngineUnavailableError as error:
        assert name in str(error)  # noqa: PT017 -- both outcomes are right; which one depends on the machine


def test_an_unknown_engine_is_a_key_error() -> None:
    """Names are a closed set."""
    with pytest.raises(KeyError):
        load_word_scorer("gzip")
