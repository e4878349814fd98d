"""The pipeline: which segments may change, how far, by which tier, and what was done before."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from prometheus_client import Counter

from compressor_service.conversation import Decision, Segment, Skip, decide
from compressor_service.cutting import Prepared, Source, cut_jointly, cut_lossless, cut_sentences, prepare
from compressor_service.memos import Memo
from compressor_service.outcomes import Outcome, decode, encode, unchanged
from compressor_service.pacing import LOSSLESS, SENTENCES, TIERS, Pacer, StageClock
from compressor_service.policy import Defaults, Policy, Profile, Rules, resolve
from compressor_service.relevance import Scorer, score_units
from compressor_service.spans import Span, join_kept
from compressor_service.tokens import TokenCounter, TokenizerChoice, choose_tokenizer
from compressor_service.verification import Finding, add_findings

SEGMENTS = Counter(
    "compressor_segments_total", "Segments by the engine that changed them or the reason they stayed.", ["fate"]
)
TOKENS = Counter("compressor_tokens_total", "Tokens of answered requests.", ["kind"])
DEGRADED = Counter(
    "compressor_degraded_total", "Segments that got a lower tier, by the tier that did not fit.", ["wanted"]
)
REPAIRED = Counter("compressor_repaired_total", "Occurrences that verification put back.", ["atom_class"])

# How a segment is remembered that was sent on before its question was known.
_WHOLE = b"whole"
_BLIND = b"blind"


@dataclass(frozen=True)
class Request:
    """The segments of one LLM request and what the caller wants done with them."""

    segments: Sequence[Segment]
    policy: Policy = field(default_factory=Policy)
    target_model: str = ""
    tenant_id: str = ""
    budget_ms: float = 0.0
    shadow: bool = False


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


@dataclass(frozen=True)
class _Work:
    """What the steps of one request share."""

    request: Request
    rules: Rules
    tokenizer: TokenizerChoice
    clock: StageClock
    remembers: bool


class Compressor:
    """Compresses requests; one instance serves all threads of a process."""

    def __init__(
        self,
        counter: TokenCounter,
        memo: Memo,
        *,
        pacer: Pacer,
        defaults: Defaults,
        fingerprint: str,
        score: Scorer = score_units,
    ) -> None:
        self._counter = counter
        self._memo = memo
        self._pacer = pacer
        self._defaults = defaults
        self._score = score
        self.fingerprint = fingerprint

    def compress(self, request: Request) -> Result:
        """Decide on every segment, cut those that may change, and report."""
        clock = StageClock(request.budget_ms)
        rules, warnings = resolve(request.policy, self._defaults)
        work = _Work(request, rules, choose_tokenizer(request.target_model), clock, rules.stable and not request.shadow)
        with clock.stage("structure"):
            decisions = decide(request.segments, compress_system=rules.compress_system, stable=rules.stable)
        with clock.stage("tokenize"):
            tokens = [self._count(work, segment.text) for segment in request.segments]
        with clock.stage("memo"):
            decisions = self._freeze(work, decisions, tokens)
        outcomes = self._outcomes(work, decisions, tokens)
        _meter(outcomes)
        segments = [_result(segment, one, request) for segment, one in zip(request.segments, outcomes, strict=True)]
        return Result(
            segments=segments,
            tokenizer=work.tokenizer,
            findings=add_findings([found for one in outcomes for found in one.findings]),
            engine=_highest([one.engine for one in outcomes]),
            degraded_from=_highest([one.degraded_from for one in outcomes]),
            policy_version=rules.version,
            fingerprint=self.fingerprint,
            warnings=warnings,
            clock=clock,
        )

    def _count(self, work: _Work, text: str) -> int:
        return self._counter.count(text, work.tokenizer.name)

    def _freeze(self, work: _Work, decisions: list[Decision], tokens: Sequence[int]) -> list[Decision]:
        """A segment that was sent on when no question was known yet is sent on so for good.

        It is known by the conversation up to it: a branch of the same conversation has sent the same bytes.
        """
        if not work.remembers or not any(decision.late for decision in decisions):
            return decisions
        prefix = hashlib.blake2b(work.request.tenant_id.encode(), digest_size=16)
        frozen: list[Decision] = []
        for segment, decision, size in zip(work.request.segments, decisions, tokens, strict=True):
            prefix.update(f"{segment.role.name}:{len(segment.text)}:{segment.text}".encode())
            if decision.late and size >= work.rules.min_tokens:
                frozen.append(self._freeze_one(b"early" + prefix.digest(), decision))
            else:
                frozen.append(decision)
        return frozen

    def _freeze_one(self, key: bytes, decision: Decision) -> Decision:
        if not decision.query:
            self._memo.remember(key, _WHOLE if decision.skip else _BLIND)
            return decision
        held = self._memo.get(key)
        if held is None:
            return decision
        return Decision(decision.skip or Skip.QUESTION) if held == _WHOLE else replace(decision, query="")

    def _outcomes(self, work: _Work, decisions: Sequence[Decision], tokens: Sequence[int]) -> list[Outcome]:
        outcomes: dict[int, Outcome] = {}
        waiting: dict[int, Source] = {}
        for index, (segment, decision, size) in enumerate(zip(work.request.segments, decisions, tokens, strict=True)):
            skip = _skip(work.rules, decision, size)
            if skip is not None:
                outcomes[index] = unchanged(skip, size)
            else:
                waiting[index] = _source(work.rules, segment, decision, size)
        if work.rules.stable and work.rules.target_tokens is None:
            outcomes |= {index: self._remembered(work, source) for index, source in waiting.items()}
        else:
            outcomes |= self._jointly(work, waiting)
        return [outcomes[index] for index in range(len(tokens))]

    def _remembered(self, work: _Work, source: Source) -> Outcome:
        """Do again what was done for this text and query before, or do it now and remember it."""
        if not work.remembers:
            return self._alone(work, source)
        with work.clock.stage("memo"):
            key = self._key(work, source)
            known = self._memo.get(key)
        if known is not None:
            return decode(known)
        outcome = self._alone(work, source)
        with work.clock.stage("memo"):
            value = encode(outcome)
            held = self._memo.remember(key, value)
            return outcome if held == value else decode(held)

    def _key(self, work: _Work, source: Source) -> bytes:
        digest = hashlib.blake2b(source.text.encode(), digest_size=16)
        fixed = (work.request.tenant_id, work.rules.version, self.fingerprint, work.tokenizer.name)
        digest.update(repr((fixed, source.query, source.content_type.name, source.question)).encode())
        return b"text" + digest.digest()

    def _alone(self, work: _Work, source: Source) -> Outcome:
        """Cut one text by the highest tier that fits the time left."""
        wanted = _wanted(work.rules, source)
        tier = self._pacer.choose(wanted, source.tokens, work.clock.remaining_ms)
        degraded_from = wanted if tier != wanted else ""
        if not tier:
            return unchanged(Skip.NO_BUDGET, source.tokens, eligible=source.tokens, degraded_from=degraded_from)
        before = work.clock.elapsed_ms
        count = partial(self._counter.count, tokenizer=work.tokenizer.name)
        prepared = prepare(source, count=count, clock=work.clock)
        if prepared.hopeless:
            return unchanged(prepared.hopeless, source.tokens)
        if tier == LOSSLESS:
            outcome = cut_lossless(prepared, count=count, clock=work.clock, engine=tier)
        else:
            budget = int(work.rules.rate_for(source.tokens) * prepared.eligible)
            outcome = cut_sentences(
                prepared, budget=budget, count=count, clock=work.clock, engine=tier, score=self._score
            )
        self._pacer.observe(tier, source.tokens, work.clock.elapsed_ms - before)
        return replace(outcome, degraded_from=degraded_from)

    def _jointly(self, work: _Work, sources: dict[int, Source]) -> dict[int, Outcome]:
        """Cut several texts under one budget, or each for itself where that cannot be."""
        total = sum(source.tokens for source in sources.values())
        wants = {_wanted(work.rules, source) for source in sources.values()}
        if wants != {SENTENCES} or self._pacer.choose(SENTENCES, total, work.clock.remaining_ms) != SENTENCES:
            return {index: self._alone(work, source) for index, source in sources.items()}
        count = partial(self._counter.count, tokenizer=work.tokenizer.name)
        prepared = {index: prepare(source, count=count, clock=work.clock) for index, source in sources.items()}
        outcomes = {i: unchanged(one.hopeless, one.source.tokens) for i, one in prepared.items() if one.hopeless}
        able = {index: one for index, one in prepared.items() if not one.hopeless}
        budget = _joint_budget(work.rules, list(able.values()))
        cut = cut_jointly(list(able.values()), budget=budget, count=count, clock=work.clock, engine=SENTENCES)
        return outcomes | dict(zip(able, cut, strict=True))


def _meter(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        SEGMENTS.labels(outcome.engine or (outcome.skip.name.lower() if outcome.skip else "unchanged")).inc()
        TOKENS.labels("before").inc(outcome.tokens_before)
        TOKENS.labels("after").inc(outcome.tokens_after)
        TOKENS.labels("eligible_before").inc(outcome.eligible_before)
        TOKENS.labels("eligible_after").inc(outcome.eligible_after)
        if outcome.degraded_from:
            DEGRADED.labels(outcome.degraded_from).inc()
        for finding in outcome.findings:
            if finding.repaired:
                REPAIRED.labels(finding.kind.name.lower()).inc(finding.repaired)


def _joint_budget(rules: Rules, several: Sequence[Prepared]) -> int:
    wanted = int(sum(rules.rate_for(one.source.tokens) * one.eligible for one in several))
    return wanted if rules.target_tokens is None else min(wanted, rules.target_tokens)


def _skip(rules: Rules, decision: Decision, tokens: int) -> Skip | None:
    if rules.profile is Profile.OFF:
        return Skip.POLICY
    if decision.skip is not None:
        return decision.skip
    return Skip.TOO_SHORT if tokens < max(rules.min_tokens, 1) else None


def _source(rules: Rules, segment: Segment, decision: Decision, tokens: int) -> Source:
    return Source(
        text=segment.text,
        tokens=tokens,
        query=decision.query,
        content_type=segment.content_type,
        question=decision.question,
        force_tokens=rules.force_tokens,
        protect_extra=rules.protect_extra,
        layout=decision.layout,
    )


def _wanted(rules: Rules, source: Source) -> str:
    """Name the tier that the rules ask for; text without a question loses sentences only when a rate was named."""
    if rules.engine:
        return rules.engine
    if rules.profile is Profile.LOSSLESS or not (source.query or rules.asked_for_rate):
        return LOSSLESS
    return SENTENCES


def _highest(tiers: Sequence[str]) -> str:
    return next((tier for tier in TIERS if tier in tiers), "")


def _result(segment: Segment, outcome: Outcome, request: Request) -> SegmentResult:
    spans = outcome.spans or ((Span(0, len(segment.text), kept=True),) if segment.text else ())
    text = segment.text if request.shadow else join_kept(segment.text, spans)
    return SegmentResult(segment.id, segment.text, text, outcome, spans)
