"""Counts what became of segments and tokens."""

from collections.abc import Sequence

from prometheus_client import Counter

from compressor_service.outcomes import Outcome

SEGMENTS = Counter(
    "pith_compressor_segments_total", "Segments by the engine that changed them or the reason they stayed.", ["fate"]
)
TOKENS = Counter("pith_compressor_tokens_total", "Tokens of answered requests.", ["kind"])
DEGRADED = Counter(
    "pith_compressor_degraded_total", "Segments that got a lower tier, by the tier that did not fit.", ["wanted"]
)
REPAIRED = Counter("pith_compressor_repaired_total", "Occurrences that verification put back.", ["atom_class"])


def meter(outcomes: Sequence[Outcome]) -> None:
    """Count the outcomes of one request."""
    for outcome in outcomes:
        SEGMENTS.labels(outcome.engine or (outcome.skip.name.lower() if outcome.skip else "unchanged")).inc()
        if outcome.degraded_from:
            DEGRADED.labels(outcome.degraded_from).inc()
        for finding in outcome.findings:
            if finding.repaired:
                REPAIRED.labels(finding.kind.name.lower()).inc(finding.repaired)
    TOKENS.labels("before").inc(sum(outcome.tokens_before for outcome in outcomes))
    TOKENS.labels("after").inc(sum(outcome.tokens_after for outcome in outcomes))
    TOKENS.labels("eligible_before").inc(sum(outcome.eligible_before for outcome in outcomes))
    TOKENS.labels("eligible_after").inc(sum(outcome.eligible_after for outcome in outcomes))
