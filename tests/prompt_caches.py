"""A provider's prompt cache on a clock of its own, which bills prompts by what it has seen before."""

import hashlib
from collections.abc import Callable, Iterator, Sequence

from compressor_service.economics import CachePrices

BLOCK_TOKENS = 128
TTL_S = 300.0
# What the frame of a message costs.
_FRAME_TOKENS = 4


class PromptCache:
    """Remembers the beginnings of prompts in whole blocks, each for a while after its last use."""

    def __init__(self, prices: CachePrices, count: Callable[[str], int]) -> None:
        self._prices = prices
        self._count = count
        self._ends: dict[bytes, float] = {}
        self.cost = 0.0
        self.last_tokens = 0
        self.now = 0.0

    def send(self, texts: Sequence[str]) -> float:
        """Bill a prompt; return what it cost, in uncached input tokens."""
        total = sum(self._tokens(text) for text in texts)
        blocks = list(self._blocks(texts))
        cached = 0
        for end, name in blocks:
            if end >= self._prices.minimum_tokens and self._ends.get(name, -1.0) > self.now:
                cached = end
        self._ends.update((name, self.now + TTL_S) for _, name in blocks)
        cost = self._prices.cost(total, cached=cached)
        self.cost += cost
        self.last_tokens = total
        return cost

    def _blocks(self, texts: Sequence[str]) -> Iterator[tuple[int, bytes]]:
        """Name every whole block by its end and all that stands up to there; a text that changed has other names."""
        digest, start, end = hashlib.sha256(), 0, BLOCK_TOKENS
        for text in texts:
            digest.update(hashlib.sha256(text.encode()).digest())
            tokens = self._tokens(text)
            while end <= start + tokens:
                yield end, digest.digest() + (end - start).to_bytes(8)
                end += BLOCK_TOKENS
            start += tokens

    def _tokens(self, text: str) -> int:
        return self._count(text) + _FRAME_TOKENS
