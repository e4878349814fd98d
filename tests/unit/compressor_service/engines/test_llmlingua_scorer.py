"""Scores of our own LLMLingua-2 engine."""

import re
from pathlib import Path

import numpy as np
import pytest

from compressor_service.engines import Passage, WordScorer
from compressor_service.engines.llmlingua2 import load
from compressor_service.engines.llmlingua_checkpoint import load_checkpoint
from compressor_service.engines.llmlingua_library import load as load_library
from compressor_service.engines.llmlingua_scorer import LlmLingua2
from compressor_service.engines.options import EngineOptions
from pith_cli.bench.peers_texts import plain_texts


def passage(text: str) -> Passage:
    """Take words and marks for the words, as the models do."""
    return Passage(text, [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)])


def engine(tiny: Path, precision: str = "float32") -> WordScorer:
    """Load on the cpu."""
    return load(EngineOptions(model=str(tiny), device="cpu", precision=precision))


SHORT = [passage(text) for text in ("The account board changes plan. Data market, item order!", "Key land law", "zone")]
LONG = [passage(text) for text in plain_texts(4, seed=2, tokens=(600, 600))]


def test_a_text_of_one_window_scores_as_in_the_library(tiny: Path) -> None:
    """The same model on the same tokens; XLM-R alone is framed by its own tokens here, which the library misses."""
    library = load_library(EngineOptions(model=str(tiny), device="cpu", precision="float32"))
    same = [np.allclose(a, b, atol=2e-4) for a, b in zip(engine(tiny).score(SHORT), library.score(SHORT), strict=True)]
    assert all(same) == ("xlm" not in tiny.name)


@pytest.mark.parametrize(("precision", "alike"), [("int8", 0.95), ("bfloat16", 0.97)])
def test_a_lower_precision_decides_nearly_alike(tiny: Path, precision: str, alike: float) -> None:
    """At half of the words, the labels are those of float32."""
    exact, rough = engine(tiny).score(LONG), engine(tiny, precision).score(LONG)
    labels = [(a > np.median(a)) == (b > np.median(b)) for a, b in zip(exact, rough, strict=True)]
    assert np.concatenate(labels).mean() >= alike
    assert any(not np.array_equal(a, b) for a, b in zip(exact, rough, strict=True))


def test_short_windows_are_another_engine(tiny: Path) -> None:
    """Other scores, so another fingerprint; texts of one window score alike."""
    checkpoint = load_checkpoint("llmlingua2", EngineOptions(model=str(tiny), device="cpu", precision="float32"))
    whole, short = LlmLingua2(checkpoint), LlmLingua2(checkpoint, window_tokens=128)
    assert whole.fingerprint != short.fingerprint
    assert all(np.array_equal(a, b) for a, b in zip(whole.score(SHORT), short.score(SHORT), strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(whole.score(LONG), short.score(LONG), strict=True))
    with pytest.raises(ValueError, match="window_tokens is 60"):
        LlmLingua2(checkpoint, window_tokens=60)


def test_what_a_user_types_is_text(tiny: Path) -> None:
    """A special token's name in a text is read as letters, and scored like any word."""
    (scores,) = engine(tiny).score([Passage("The [SEP] </s> plan", [(0, 3), (4, 9), (10, 14), (15, 19)])])
    assert (scores < 1).all()
