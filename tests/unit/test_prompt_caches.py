"""The simulated provider cache bills as providers say they do."""

from compressor_service.economics import CachePrices
from prompt_caches import TTL_S, PromptCache

PRICES = CachePrices(0.1, 1.25, 1024)


def words(text: str) -> int:
    """A tokenizer: words, less the frame that the cache adds to every message."""
    return len(text.split()) - 4


def text(tokens: int, word: str = "word") -> str:
    """A message of so many tokens."""
    return " ".join([word] * tokens)


def test_a_short_prompt_is_never_cached() -> None:
    """It costs its tokens, however often it is sent."""
    cache = PromptCache(PRICES, words)
    assert [cache.send([text(1_000)]) for _ in range(2)] == [1_000, 1_000]


def test_what_was_sent_before_is_read_in_whole_blocks() -> None:
    """The second turn reads the first one's blocks and writes the rest."""
    cache = PromptCache(PRICES, words)
    assert cache.send([text(1_300)]) == 1_300 * 1.25
    assert cache.send([text(1_300), text(100)]) == 1_280 * 0.1 + 120 * 1.25
    assert cache.cost == 1_300 * 1.25 + 1_280 * 0.1 + 120 * 1.25


def test_a_change_spoils_all_that_follows() -> None:
    """What stands before it is still read."""
    cache = PromptCache(PRICES, words)
    cache.send([text(1_280), text(640), text(640)])
    assert cache.send([text(1_280), text(640, "other"), text(640)]) == 1_280 * 0.1 + 1_280 * 1.25
    assert cache.send([text(1_280, "other"), text(640), text(640)]) == 2_560 * 1.25


def test_the_cache_forgets_what_is_not_used() -> None:
    """A use makes it last for another while."""
    cache = PromptCache(PRICES, words)
    cache.send([text(1_280)])
    cache.now = TTL_S - 1
    assert cache.send([text(1_280)]) == 128
    cache.now += TTL_S - 1
    assert cache.send([text(1_280)]) == 128
    cache.now += TTL_S + 1
    assert cache.send([text(1_280)]) == 1_600
