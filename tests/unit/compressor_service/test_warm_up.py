"""Warm-up."""

from compressor_service.memos.lru import LruMemo
from compressor_service.pacing import TIERS, Pacer
from compressor_service.warm_up import warm_up
from fakes_compressor import new_compressor


def test_every_tier_is_measured_and_nothing_remembered() -> None:
    """After the warm-up each tier has a cost, and the memo is empty."""
    pacer, memo = Pacer(), LruMemo(max_entries=9, max_bytes=9_999)
    warm_up(new_compressor(memo, pacer=pacer))
    assert all(pacer.cost(tier) > 0 for tier in TIERS)
    assert len(memo) == 0
