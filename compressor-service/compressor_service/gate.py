"""Leaves texts whole that the provider's own cache would bill higher when shortened; pure."""

from collections.abc import Mapping, Sequence

from compressor_service.conversation import Role, Segment, Skip
from compressor_service.economics import CachePrices, Part, find_losses
from compressor_service.outcomes import Outcome, unchanged

_READ_AGAIN = frozenset({Role.ASSISTANT, Role.TOOL})


def leave_losses(
    segments: Sequence[Segment], outcomes: Mapping[int, Outcome], fresh: Sequence[int], prices: CachePrices | None
) -> dict[int, Outcome]:
    """Return the outcomes of all segments of a request, those fresh ones left whole that would be a loss."""
    gated = dict(outcomes)
    if prices is None or not any(outcomes[index].engine for index in fresh):
        return gated
    talk = next((index for index, segment in enumerate(segments) if segment.role is not Role.SYSTEM), 0)
    parts = [_part(segment, outcomes[index], first=index <= talk) for index, segment in enumerate(segments)]
    for index in set(find_losses(parts, prices)).intersection(fresh):
        whole = outcomes[index]
        gated[index] = unchanged(Skip.NET_LOSS, whole.tokens_before, eligible=whole.eligible_before)
    return gated


def _part(segment: Segment, outcome: Outcome, *, first: bool) -> Part:
    """A tool result that nobody asked for, the first text of all, is no sign of a conversation."""
    conversational = segment.role in _READ_AGAIN and not first
    return Part(outcome.tokens_before, outcome.tokens_after, segment.locked or conversational)
