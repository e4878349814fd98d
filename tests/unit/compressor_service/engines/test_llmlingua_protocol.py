"""What every torch engine owes as a word scorer, on tiny checkpoints."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from compressor_service.engines import Passage, WordScorer, llmlingua2, llmlingua_library
from compressor_service.engines.options import EngineOptions
from pith_cli.bench.peers_texts import texts
from word_scorer_suite import check_independence, check_scores

ENGINES: dict[str, Callable[[EngineOptions], WordScorer]] = {
    "float32": llmlingua2.load,
    "int8": llmlingua2.load,
    "bfloat16": llmlingua2.load,
    "library": llmlingua_library.load,
}


def passage(text: str) -> Passage:
    """Take words and marks for the words."""
    return Passage(text, [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)])


PASSAGES = [
    passage(text)
    for text in [
        "",
        "x",
        "The account.",
        "😀 \ud800 [SEP] </s> \x00\u200b",
        "東京は大きい。",
        "a" * 900,
        *texts(12, seed=4),
    ]
]


@pytest.fixture(scope="module", params=list(ENGINES))
def scorer(request: pytest.FixtureRequest, tiny: Path) -> WordScorer:
    """Each engine and precision in turn."""
    precision = "float32" if request.param == "library" else request.param
    return ENGINES[request.param](EngineOptions(model=str(tiny), device="cpu", precision=precision, threads=1))


def test_every_word_gets_one_score(scorer: WordScorer) -> None:
    """One float32 between 0 and 1 a word, whatever the text; no passage, no score."""
    check_scores(scorer, PASSAGES)
    assert scorer.name in scorer.fingerprint


def test_scores_do_not_depend_on_the_neighbours(scorer: WordScorer) -> None:
    """Nor on the order of the call, nor on other threads."""
    check_independence(scorer, PASSAGES)


def test_words_differ(scorer: WordScorer) -> None:
    """A scorer that finds all words alike would be none."""
    (scores,) = scorer.score([PASSAGES[-1]])
    assert scores.std() > 0.05


def test_a_word_is_scored_where_it_stands(scorer: WordScorer) -> None:
    """Asked for some words only, the scores are those that the words have among all."""
    one = PASSAGES[-2]
    (all_scores,) = scorer.score([one])
    (some,) = scorer.score([Passage(one.text, one.words[5:20:3])])
    assert np.array_equal(some, all_scores[5:20:3])
