"""What every word scorer does, or says when it cannot run here."""

from collections.abc import Sequence
from pathlib import Path

import pytest

import compressor_service
from compressor_service.engines import NAMES, EngineUnavailableError, WordScorer, load_word_scorer
from compressor_service.engines.tiny_onnx import ARTEFACT

pytestmark = pytest.mark.torch

TEXTS = [["The", "gate", "closes", "at", "22:15"], [], ["Nobody", "knows"]]


class LengthScorer:
    """A scorer that finds long words needed."""

    name = "length"
    fingerprint = "length-1"

    def score(self, texts: Sequence[Sequence[str]]) -> list[list[float]]:
        """Score a word by its length."""
        return [[min(len(word) / 10, 1.0) for word in words] for words in texts]


def available() -> list[WordScorer]:
    """Return the scorers that run here; the shipped ones that cannot are checked below."""
    scorers: list[WordScorer] = [LengthScorer()]
    for name in NAMES:
        try:
            scorers.append(load_word_scorer(name))
        except EngineUnavailableError:
            continue
    return scorers


@pytest.mark.parametrize("scorer", available(), ids=lambda scorer: scorer.name)
def test_every_word_gets_a_score_and_always_the_same(scorer: WordScorer) -> None:
    """One score a word between 0 and 1, alone or in a batch."""
    scores = scorer.score(TEXTS)
    assert [len(row) for row in scores] == [len(words) for words in TEXTS]
    assert all(0 <= score <= 1 for row in scores for score in row)
    assert scores == [scorer.score([words])[0] for words in TEXTS]
    assert scorer.fingerprint


@pytest.mark.parametrize("name", NAMES)
def test_an_engine_that_cannot_run_says_what_it_misses(name: str) -> None:
    """Without its library the install hint, without its artefact the file's name."""
    with pytest.raises(EngineUnavailableError) as caught:
        load_word_scorer(name)
    message = str(caught.value)
    assert name in message
    assert any(hint in message for hint in ("pip install 'pith-gateway[torch]'", ARTEFACT.name, "in this version"))


def test_an_unknown_engine_is_a_key_error() -> None:
    """Names are a closed set."""
    with pytest.raises(KeyError):
        load_word_scorer("gzip")


def test_the_artefact_is_looked_for_among_the_weights() -> None:
    """The message names a file that would lie beside the model card."""
    assert ARTEFACT.parent == Path(compressor_service.__file__).parent / "weights"
    assert (ARTEFACT.parent / "MODEL_CARD.md").exists()
