"""Warm-up."""

from compressor_service.memos.lru import LruMemo
from compressor_service.pacing import LOSSLESS, SENTENCES, Pacer
from compressor_service.tiers import SENTENCES_AND_WORDS
from compressor_service.warm_up import warm_up
from fakes_compressor import LongWords, new_compressor


def test_every_engine_is_measured_and_nothing_remembered() -> None:
    """After the warm-up each engine has a cost, and the memo is empty."""
    pacer, memo = Pacer(), LruMemo(max_entries=9, max_bytes=9_999)
    warm_up(new_compressor(memo, pacer=pacer, words=LongWords()))
    assert all(pacer.cost(name) > 0 for name in (SENTENCES, SENTENCES_AND_WORDS, LOSSLESS, "tiny_onnx"))
    assert len(memo) == 0
