"""The library's parameters, and which contexts stay."""

from typing import Any

import numpy as np
import pytest

from compressor_service.engines.llmlingua_options import CompatOptions, reserve_contexts, share
from compressor_service.engines.llmlingua_words import Words


def context(score: float) -> list[Words]:
    """A context of one chunk with two words of this score."""
    scores = np.array([score, score], dtype=np.float32)
    return [Words(["a", "b"], scores.astype(np.float64), np.zeros(2, dtype=np.bool_), scores)]


CONTEXTS = [context(score) for score in (0.2, 0.8, 0.4, 0.6)]


@pytest.mark.parametrize(
    ("options", "reserved"),
    [
        ({}, "nyyy"),
        ({"rate": 0.02}, "nyny"),
        ({"rate": 0.1, "use_token_level_filter": False}, "nynn"),
        ({"target_context": 1}, "nynn"),
        ({"target_context": 0}, "nynn"),
        ({"context_level_rate": 0.5}, "nyny"),
        ({"context_level_target_token": 30}, "nynn"),
        ({"target_token": 20}, "nyny"),
        ({"target_token": 20, "use_token_level_filter": False}, "nynn"),
        ({"target_context": 1, "force_context_ids": [0]}, "yynn"),
    ],
)
def test_the_best_contexts_stay(options: dict[str, Any], reserved: str) -> None:
    """By rate, by number, by tokens, or because they are named; of 100 tokens in all."""
    found = reserve_contexts(CONTEXTS, CompatOptions(**options), 100)
    assert "".join("y" if stays else "n" for stays in found) == reserved


def test_a_context_without_words_cannot_be_ranked() -> None:
    """The library divides by zero."""
    with pytest.raises(ValueError, match="context: "):
        reserve_contexts([*CONTEXTS, []], CompatOptions(), 100)


@pytest.mark.parametrize(
    ("options", "field"), [({"token_to_word": "max"}, "token_to_word"), ({"force_tokens": ["x"] * 101}, "force_tokens")]
)
def test_what_the_library_refuses_is_refused_by_name(options: dict[str, Any], field: str) -> None:
    """The message names the field."""
    with pytest.raises(ValueError, match=field):
        CompatOptions(**options)


def test_a_share_is_of_something() -> None:
    """More than all is all; of nothing there is no share."""
    assert share(5, 20, "target_token") == 0.25
    assert share(50, 20, "target_token") == 1.0
    with pytest.raises(ValueError, match="target_token: "):
        share(5, 0, "target_token")
