"""What became of one text, in a form that can be remembered."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from compressor_service.conversation import Skip
from compressor_service.protection import AtomClass
from compressor_service.spans import Reason, Span
from compressor_service.verification import Finding


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fate of one segment; without an engine it came back unchanged, for the reason given.

    Token counts of the eligible part leave out protected blocks and the part that asks.
    """

    tokens_before: int
    tokens_after: int
    eligible_before: int = 0
    eligible_after: int = 0
    skip: Skip | None = None
    engine: str = ""
    degraded_from: str = ""
    spans: tuple[Span, ...] = ()
    findings: tuple[Finding, ...] = ()


def unchanged(skip: Skip, tokens: int, *, eligible: int = 0, degraded_from: str = "") -> Outcome:
    """Return the outcome of a text that goes on as it came."""
    return Outcome(tokens, tokens, eligible, eligible, skip=skip, degraded_from=degraded_from)


def encode(outcome: Outcome) -> bytes:
    """Write an outcome as bytes."""
    return json.dumps(
        [
            [outcome.tokens_before, outcome.tokens_after, outcome.eligible_before, outcome.eligible_after],
            outcome.skip.name if outcome.skip else None,
            outcome.engine,
            outcome.degraded_from,
            [(start, end, int(kept), score, int(reason)) for start, end, kept, score, reason in outcome.spans],
            [(int(found.kind), found.total, found.kept, found.repaired) for found in outcome.findings],
        ],
        separators=(",", ":"),
    ).encode()


def decode(data: bytes) -> Outcome:
    """Read what `encode` wrote."""
    (before, after, eligible_before, eligible_after), skip, engine, degraded_from, spans, findings = json.loads(data)
    return Outcome(
        before,
        after,
        eligible_before,
        eligible_after,
        skip=Skip[skip] if skip else None,
        engine=engine,
        degraded_from=degraded_from,
        spans=tuple(Span(start, end, bool(kept), score, Reason(reason)) for start, end, kept, score, reason in spans),
        findings=tuple(Finding(AtomClass(kind), total, kept, repaired) for kind, total, kept, repaired in findings),
    )


def sum_eligible(outcomes: Sequence[Outcome]) -> tuple[int, int]:
    """Return the eligible tokens of several texts before and after."""
    return sum(one.eligible_before for one in outcomes), sum(one.eligible_after for one in outcomes)
