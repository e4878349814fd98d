"""What the pipeline is asked, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from compressor_service.conversation import Segment
from compressor_service.outcomes import Outcome
from compressor_service.pacing import StageClock
from compressor_service.policy import Policy
from compressor_service.spans import Span
from compressor_service.tokens import TokenizerChoice
from compressor_service.verification import Finding

# About so many characters are a token, where nobody has the time to count.
_CHARACTERS_PER_TOKEN = 4


def estimate_tokens(text: str) -> int:
    """Guess how many tokens a text has."""
    return -(-len(text) // _CHARACTERS_PER_TOKEN)


@dataclass(frozen=True)
class Request:
    """The segments of one LLM request and what the caller wants done with them."""

    segments: Sequence[Segment]
    policy: Policy = field(default_factory=Policy)
    target_model: str = ""
    tenant_id: str = ""
    budget_ms: float = 0.0
    shadow: bool = False

    @property
    def size(self) -> int:
        """About how many tokens the segments have together."""
        return sum(estimate_tokens(segment.text) for segment in self.segments)


@dataclass(frozen=True)
class SegmentResult:
    """One segment as it should be sent on, and what happened to it."""

    id: str
    original: str
    text: str
    outcome: Outcome
    spans: tuple[Span, ...]

    @property
    def changed(self) -> bool:
        """Whether an engine changed the text (in shadow mode: would have)."""
        return bool(self.outcome.engine)


@dataclass(frozen=True)
class Result:
    """The answer to a request."""

    segments: list[SegmentResult]
    tokenizer: TokenizerChoice
    findings: tuple[Finding, ...]
    engine: str
    degraded_from: str
    policy_version: str
    fingerprint: str
    warnings: list[str]
    clock: StageClock
