"""Measures what the engines cost on this machine before the first request comes."""

import gc

from compressor_service.compression import Compressor
from compressor_service.conversation import Role, Segment
from compressor_service.policy import Policy, Profile
from compressor_service.requests import Request

_ROUNDS = 3
# Short enough to lose words; middling; long.
_PARAGRAPHS = (2, 10, 40)
_BUDGET_MS = 60_000.0


def warm_up(compressor: Compressor) -> None:
    """Run every engine a few times on made-up texts; nothing is remembered.

    What is in memory then stays there, so the garbage collector need not look at it in the middle of a request.
    """
    for paragraphs in _PARAGRAPHS:
        segment = Segment("warm-up", Role.USER, _text(paragraphs), query="What does item 33 cost?")
        policies = [Policy(Profile.MAX, 0.5, min_tokens=0, engine=engine) for engine in compressor.engines.names]
        # Sentences alone, too: what is left when there is no time for words.
        for policy in (*policies, Policy(Profile.SAFE, 0.5, min_tokens=0)):
            for _ in range(_ROUNDS):
                compressor.compress(Request([segment], policy, budget_ms=_BUDGET_MS, shadow=True))
    gc.collect()
    gc.freeze()


def _text(paragraphs: int) -> str:
    return "\n\n".join(
        f"Section {number} deals with topic number {number * 7}. The team of unit {number} met on day {number} of the month. "
        f"They agreed that item {number * 3} costs {number * 11} euros, unless the delivery is late. Nobody objected to that."
        for number in range(1, paragraphs + 1)
    )
