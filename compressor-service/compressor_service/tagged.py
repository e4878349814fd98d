"""Cuts a text with compression tags: each tagged part for itself, everything else stays, the tags go."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from compressor_service.conversation import Skip
from compressor_service.cutting import Source
from compressor_service.ladder import Job, Ladder
from compressor_service.outcomes import Outcome, unchanged
from compressor_service.pacing import LOSSLESS, TIERS
from compressor_service.policy import Rules
from compressor_service.spans import Reason, Span, join_kept, merge
from compressor_service.tags import Part, Tagged
from compressor_service.verification import add_findings


def cut_tagged(ladder: Ladder, job: Job, source: Source, tagged: Tagged, share_ms: float) -> Outcome:
    """Cut the tagged parts that may be compressed, each at its own rate where it names one."""
    cut: dict[Part, Outcome] = {}
    for part in tagged.parts:
        if part.compress and part.start < part.end:
            inner = _source(ladder, job, source, part)
            share = share_ms * inner.tokens / max(source.tokens, 1)
            outcome = ladder.cut(replace(job, rules=_rules(job.rules, part)), inner, share)
            if outcome.skip is Skip.NO_BUDGET:
                return unchanged(
                    Skip.NO_BUDGET, source.tokens, eligible=source.tokens, degraded_from=outcome.degraded_from
                )
            cut[part] = outcome
    return _join(ladder, job, source, tagged, cut)


def _source(ladder: Ladder, job: Job, source: Source, part: Part) -> Source:
    text = source.text[part.start : part.end]
    question = tuple(
        (max(start - part.start, 0), min(end, part.end) - part.start)
        for start, end in source.question
        if end > part.start and start < part.end
    )
    return replace(source, text=text, tokens=ladder.count(job, text), question=question, layout=None)


def _rules(rules: Rules, part: Part) -> Rules:
    """A rate in the tag beats every other one but the floor, and says that even a short part is meant."""
    if part.rate is None:
        return rules
    return replace(rules, rate=max(part.rate, rules.floor), ranges=(), min_tokens=0)


def _join(ladder: Ladder, job: Job, source: Source, tagged: Tagged, cut: Mapping[Part, Outcome]) -> Outcome:
    spans = merge(_spans(source.text, tagged, cut))
    tokens = ladder.count(job, join_kept(source.text, spans))
    if tokens > source.tokens:
        return unchanged(Skip.NOT_SHORTER, source.tokens)
    outcomes = list(cut.values())
    before = sum(outcome.eligible_before for outcome in outcomes)
    engines = {outcome.engine for outcome in outcomes} | {LOSSLESS}
    degraded = {outcome.degraded_from for outcome in outcomes}
    return Outcome(
        source.tokens,
        tokens,
        before,
        max(before - (source.tokens - tokens), 0),
        engine=next(tier for tier in TIERS if tier in engines),
        degraded_from=next((tier for tier in TIERS if tier in degraded), ""),
        spans=spans,
        findings=add_findings([found for outcome in outcomes for found in outcome.findings]),
    )


def _spans(text: str, tagged: Tagged, cut: Mapping[Part, Outcome]) -> Iterator[Span]:
    position = 0
    for part, opening, closing in zip(tagged.parts, tagged.tags[::2], tagged.tags[1::2], strict=True):
        yield Span(position, opening[0], kept=True, reason=Reason.TAG)
        yield Span(*opening, kept=False, reason=Reason.TAG)
        spans = cut[part].spans if part in cut else ()
        inner = [span._replace(start=span.start + part.start, end=span.end + part.start) for span in spans]
        if inner and not _fuses(text, inner, opening[0], closing[1]):
            yield from inner
        else:
            yield Span(part.start, part.end, kept=True, reason=Reason.TAG)
        yield Span(*closing, kept=False, reason=Reason.TAG)
        position = closing[1]
    yield Span(position, len(text), kept=True, reason=Reason.TAG)


def _fuses(text: str, inner: Sequence[Span], before: int, after: int) -> bool:
    """Say whether a word outside the tags would meet one inside that it did not stand beside."""
    kept = [span for span in inner if span.kept]
    first, last = text[kept[0].start], text[kept[-1].end - 1]
    opens = not inner[0].kept and first.isalnum() and text[before - 1 : before].isalnum()
    return opens or (not inner[-1].kept and last.isalnum() and text[after : after + 1].isalnum())
