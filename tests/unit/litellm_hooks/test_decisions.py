"""The closed set of decision words."""

import pytest

from litellm_hooks.decisions import CacheDecision, CompressionDecision, Failure
from pith.cache.v1 import cache_pb2
from pith.compressor.v1 import compressor_pb2


@pytest.mark.parametrize("failure", list(Failure))
def test_every_failure_has_a_word_in_both(failure):
    """A failed call is a bypass of the cache and a skipped compression, for the same reason."""
    assert failure.of_cache.value == f"bypass;{failure.value}"
    assert failure.of_compression.value == f"skipped;{failure.value}"


def test_hits_are_hits():
    """Only the two kinds of hit count as one."""
    assert {word for word in CacheDecision if word.is_hit} == {CacheDecision.HIT_EXACT, CacheDecision.HIT_SEMANTIC}


@pytest.mark.parametrize("name", cache_pb2.BypassReason.keys())
def test_every_bypass_reason_of_the_service_has_its_word(name):
    """A reason that the service can give never fails on the way to the header."""
    word = name.removeprefix("BYPASS_REASON_").lower().replace("_", "-")
    assert CacheDecision(f"bypass;{word}")


@pytest.mark.parametrize("name", compressor_pb2.SkipReason.keys())
def test_every_skip_reason_of_the_service_has_its_word(name):
    """A reason either says where a segment stands, or is a word of its own."""
    word = name.removeprefix("SKIP_REASON_").lower().replace("_", "-")
    standing = {"unspecified", "locked", "system", "question", "last-assistant"}
    assert word in standing or CompressionDecision("skipped;" + ("service-policy" if word == "policy" else word))


def test_words_are_fit_for_headers():
    """Every word is lower-case ASCII without blanks."""
    for word in [*CacheDecision, *CompressionDecision]:
        assert word.value.isascii()
        assert word.value == word.value.lower()
        assert " " not in word.value
