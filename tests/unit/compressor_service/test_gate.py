"""Texts that are cheaper whole."""

from compressor_service.conversation import Role, Segment, Skip
from compressor_service.economics import CachePrices
from compressor_service.gate import leave_losses
from compressor_service.outcomes import Outcome, unchanged

PRICES = CachePrices(read=0.1, write=1.25, minimum_tokens=1_024)
QUESTION = unchanged(Skip.TOO_SHORT, 20)
TALK = [Segment("u", Role.USER, "x"), Segment("t", Role.TOOL, "x")]


def cut(tokens: int) -> Outcome:
    """Return the outcome of a text that was halved."""
    return Outcome(tokens, tokens // 2, tokens, tokens // 2, engine="sentences")


def test_a_conversation_is_not_pressed_below_the_providers_minimum() -> None:
    """1,100 tokens of a tool result would be cached, 550 would not; of 4,000 half would be, too."""
    left = leave_losses(TALK, {0: QUESTION, 1: cut(1_100)}, [1], PRICES)
    assert left == {0: QUESTION, 1: unchanged(Skip.NET_LOSS, 1_100, eligible=1_100)}
    assert leave_losses(TALK, {0: QUESTION, 1: cut(4_000)}, [1], PRICES)[1].engine == "sentences"


def test_without_a_cache_there_is_nothing_to_lose() -> None:
    """The provider keeps nothing of this conversation."""
    assert leave_losses(TALK, {0: QUESTION, 1: cut(1_100)}, [1], None)[1].engine


def test_what_is_read_once_is_compressed() -> None:
    """A single prompt, and a tool result that nobody asked for, are no conversation."""
    for segment in TALK:
        assert leave_losses([segment], {0: cut(1_100)}, [0], PRICES)[0].engine


def test_what_was_sent_on_before_is_not_judged_again() -> None:
    """An old message stays as it was sent."""
    assert leave_losses(TALK, {0: QUESTION, 1: cut(1_100)}, [], PRICES)[1].engine
