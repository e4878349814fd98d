"""Measures what the tiers cost on this machine before the first request comes."""

from compressor_service.compression import Compressor, Request
from compressor_service.conversation import Role, Segment
from compressor_service.pacing import TIERS
from compressor_service.policy import Policy

_ROUNDS = 3
_PARAGRAPHS = 40
_BUDGET_MS = 60_000.0


def warm_up(compressor: Compressor) -> None:
    """Run every tier a few times on a made-up text; nothing is remembered."""
    paragraphs = [
        f"Section {number} deals with topic number {number * 7}. The team of unit {number} met on day {number} of the month. "
        f"They agreed that item {number * 3} costs {number * 11} euros, unless the delivery is late. Nobody objected to that."
        for number in range(1, _PARAGRAPHS + 1)
    ]
    segment = Segment("warm-up", Role.USER, "\n\n".join(paragraphs), query="What does item 33 cost?")
    for tier in TIERS:
        request = Request([segment], Policy(engine=tier, rate=0.5), budget_ms=_BUDGET_MS, shadow=True)
        for _ in range(_ROUNDS):
            compressor.compress(request)
