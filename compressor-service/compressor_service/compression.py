"""The pipeline: which segments may change, what was sent on before, how far and by which tier the rest is cut."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from compressor_service.conversation import Decision, Role, Segment, Skip, decide
from compressor_service.cutting import Source
from compressor_service.economics import CachePrices, caches_unasked, parse_prices, prices_for
from compressor_service.gate import leave_losses
from compressor_service.ladder import Job, Ladder
from compressor_service.memos import Memo
from compressor_service.metering import meter
from compressor_service.outcomes import Outcome, unchanged
from compressor_service.pacing import TIERS, OutOfTimeError, Pacer, StageClock
from compressor_service.policy import Policies, Profile, Rules, resolve
from compressor_service.recall import Place, Recall, Scope, Turn, find_places
from compressor_service.requests import Request, Result, SegmentResult, estimate_tokens
from compressor_service.sealing import Keyring, new_keyring
from compressor_service.spans import Span, join_kept
from compressor_service.tagged import cut_tagged
from compressor_service.tags import Tagged, find_tags
from compressor_service.tiers import Engines
from compressor_service.tokens import TokenCounter, TokenizerChoice, choose_tokenizer
from compressor_service.verification import add_findings

# What a reply may still need on its way out of the thread, beside the memo.
_REPLY_MS = 0.5
# A character has at most so many bytes, and a token at least one.
_MAX_BYTES = 4


@dataclass(frozen=True)
class _Work:
    """What the steps of one request share; `sent` fills as it is found out what was sent on before."""

    request: Request
    rules: Rules
    tokenizer: TokenizerChoice
    scope: Scope
    clock: StageClock
    places: Sequence[Place]
    sent: dict[int, Outcome] = field(default_factory=dict)

    @property
    def alone(self) -> bool:
        """Whether each text is cut for itself, so that its result is the same in every turn."""
        return self.rules.stable and self.rules.target_tokens is None

    @property
    def remembers(self) -> bool:
        return self.alone and not self.request.shadow and self.rules.profile is not Profile.OFF

    @property
    def open_places(self) -> dict[int, Place]:
        """The places of the segments that may ever change."""
        fixed = {Role.ASSISTANT} if self.rules.compress_system else {Role.ASSISTANT, Role.SYSTEM}
        return {
            index: self.places[index]
            for index, segment in enumerate(self.request.segments)
            if not segment.locked
            and segment.role not in fixed
            and len(segment.text) * _MAX_BYTES >= max(self.rules.min_tokens, 1)
        }


class Compressor:
    """Compresses requests; one instance serves all threads of a process."""

    def __init__(
        self,
        counter: TokenCounter,
        memo: Memo,
        *,
        pacer: Pacer,
        policies: Policies,
        engines: Engines,
        keyring: Keyring | None = None,
        prices: Mapping[str, CachePrices] | None = None,
    ) -> None:
        self._counter = counter
        self._pacer = pacer
        self._policies = policies
        self._prices = prices or parse_prices("")
        self._recall = Recall(memo, keyring or new_keyring())
        self._ladder = Ladder(counter, pacer=pacer, engines=engines)
        self.engines = engines

    def compress(self, request: Request) -> Result:
        """Decide on every segment, cut those that may change, and report."""
        work, warnings = self._start(request)
        try:
            outcomes = self._outcomes(work)
        except OutOfTimeError:
            outcomes = self._passed(work)
            self._mark(work, outcomes)
        return self._report(work, outcomes, warnings)

    def pass_on(self, request: Request) -> Result:
        """Answer at once: what this process knows to have been sent before, else the original, its tokens estimated."""
        work, warnings = self._start(request)
        if work.remembers:
            work.sent.update(self._recall.find_sent(work.scope, work.open_places, wait=False))
        return self._report(work, self._passed(work), warnings)

    def knows_by_heart(self, request: Request) -> bool:
        """Say whether this process knows, without asking anybody, what it sent on for every older message."""
        work, _ = self._start(request)
        old = {index: place for index, place in work.open_places.items() if not place.new}
        return not (work.remembers and old.keys() - self._recall.find_sent(work.scope, old, wait=False).keys())

    def recall(self, request: Request) -> None:
        """Ask the shared memo what was sent on before, and know it by heart from now on."""
        work, _ = self._start(request)
        if work.remembers:
            self._recall.find_sent(work.scope, work.open_places)

    def mark_passed(self, request: Request) -> None:
        """Remember that the originals were sent on, but for what was sent otherwise before."""
        work, _ = self._start(request)
        self._mark(work, self._passed(work))

    def _start(self, request: Request) -> tuple[_Work, list[str]]:
        clock = StageClock(request.budget_ms, self._pacer)
        rules, warnings = resolve(request.policy, self._policies.defaults_for(request.tenant_id))
        tokenizer = choose_tokenizer(request.target_model)
        fingerprint = self.engines.fingerprint_with(rules.engine)
        scope = Scope(request.tenant_id, rules.version, fingerprint, tokenizer.name)
        return _Work(request, rules, tokenizer, scope, clock, find_places(request.segments)), warnings

    def _outcomes(self, work: _Work) -> list[Outcome]:
        clock, size = work.clock, work.request.size
        clock.work_on(size)
        if work.remembers:
            with clock.timed("memo"):
                wait = clock.remaining_ms > 0
                work.sent.update(self._recall.find_sent(work.scope, work.open_places, wait=wait))
        turns, tagged = self._read(work)
        may_change = {index: turn for index, turn in turns.items() if turn.skip is None}
        known: dict[int, Outcome] = {}
        if work.remembers and may_change:
            with clock.stage("memo"):
                known = self._recall.find_cut(work.scope, may_change)
        sources = {index: _source(work.rules, turn) for index, turn in may_change.items() if index not in known}
        cut = self._cut(work, sources, tagged)
        whole = {index: unchanged(turn.skip, turn.tokens) for index, turn in turns.items() if turn.skip is not None}
        outcomes = {**work.sent, **whole, **known, **cut}
        if work.remembers:
            outcomes |= self._settle(work, turns, outcomes, cut)
        return [outcomes[index] for index in range(len(work.request.segments))]

    def _read(self, work: _Work) -> tuple[dict[int, Turn], dict[int, Tagged]]:
        """Decide on every segment that was not sent on before."""
        request, rules, clock = work.request, work.rules, work.clock
        unsent = [index for index in range(len(request.segments)) if index not in work.sent]
        with clock.stage("tokenize"):
            tokens = {index: self._counter.count(request.segments[index].text, work.tokenizer.name) for index in unsent}
        with clock.stage("decide"):
            decisions = decide(
                request.segments, compress_system=rules.compress_system, stable=rules.stable, wanted=set(unsent)
            )
            tagged = _find_tagged(rules, request.segments, decisions)
        turns = {
            index: Turn(
                request.segments[index],
                work.places[index],
                decisions[index],
                tokens[index],
                _skip(rules, decisions[index], tokens[index], tagged=index in tagged),
            )
            for index in unsent
        }
        return turns, tagged

    def _settle(
        self, work: _Work, turns: Mapping[int, Turn], outcomes: Mapping[int, Outcome], cut: Mapping[int, Outcome]
    ) -> dict[int, Outcome]:
        """Leave whole what would be a loss, and everything when it is late; remember what is sent on."""
        clock, segments = work.clock, work.request.segments
        opened = {index: turn for index, turn in turns.items() if turn.open and turn.tokens >= work.rules.min_tokens}
        fresh = [index for index, turn in opened.items() if index in cut or turn.place.new]
        gated = leave_losses(segments, outcomes, fresh, self._prices_of(work))
        if clock.remaining_ms < _REPLY_MS + self._pacer.expect_ms("memo", work.request.size):
            # A late reply reaches nobody: the caller sends the original on, so that is what must hold.
            gated |= {index: _miss(gated[index]) for index in opened if gated[index].engine}
        with clock.timed("memo"):
            sent = {index: gated[index] for index in opened}
            return gated | self._recall.remember(work.scope, opened, sent, cut)

    def _prices_of(self, work: _Work) -> CachePrices | None:
        """Return what the provider bills for cached prompts; None where it has none of this conversation."""
        marked = any(segment.locked for segment in work.request.segments)
        model = work.request.target_model
        return prices_for(model, self._prices) if marked or caches_unasked(model) else None

    def _cut(self, work: _Work, sources: Mapping[int, Source], tagged: Mapping[int, Tagged]) -> dict[int, Outcome]:
        job = Job(work.rules, work.tokenizer.name, work.clock)
        plain = {index: source for index, source in sources.items() if index not in tagged}
        outcomes: dict[int, Outcome] = {}
        waiting = sum(source.tokens for source in sources.values())
        for index in sources.keys() - plain.keys():
            share_ms = work.clock.remaining_ms * sources[index].tokens / max(waiting, 1)
            outcomes[index] = cut_tagged(self._ladder, job, sources[index], tagged[index], share_ms)
            waiting -= sources[index].tokens
        cut = self._ladder.cut_each if work.alone else self._ladder.cut_jointly
        return outcomes | cut(job, plain)

    def _passed(self, work: _Work) -> list[Outcome]:
        """Send on again what was sent before, and the rest as it came, without having looked at it."""
        wanted = self.engines.wanted(work.rules, asked=True)
        outcomes: list[Outcome] = []
        for index, segment in enumerate(work.request.segments):
            tokens = estimate_tokens(segment.text)
            if index in work.sent:
                outcomes.append(work.sent[index])
            elif segment.locked or work.rules.profile is Profile.OFF:
                outcomes.append(unchanged(Skip.LOCKED if segment.locked else Skip.POLICY, tokens))
            else:
                outcomes.append(unchanged(Skip.NO_BUDGET, tokens, eligible=tokens, degraded_from=wanted))
        return outcomes

    def _mark(self, work: _Work, outcomes: Sequence[Outcome]) -> None:
        if work.remembers:
            opened = {index: place for index, place in work.open_places.items() if index not in work.sent}
            self._recall.pass_on(work.scope, {index: (place, outcomes[index]) for index, place in opened.items()})

    def _report(self, work: _Work, outcomes: Sequence[Outcome], warnings: list[str]) -> Result:
        meter(outcomes)
        pairs = zip(work.request.segments, outcomes, strict=True)
        engine = _highest([outcome.engine for outcome in outcomes])
        return Result(
            segments=[_result(segment, outcome, work.request) for segment, outcome in pairs],
            tokenizer=work.tokenizer,
            findings=add_findings([found for outcome in outcomes for found in outcome.findings]),
            engine=engine,
            degraded_from=_highest([outcome.degraded_from for outcome in outcomes]),
            policy_version=work.rules.version,
            fingerprint=self.engines.fingerprint_of(engine),
            warnings=warnings,
            clock=work.clock,
        )


def _find_tagged(rules: Rules, segments: Sequence[Segment], decisions: Sequence[Decision]) -> dict[int, Tagged]:
    """Find the tags in the segments that may change; they open a message whose question was not found."""
    if not rules.tags:
        return {}
    found = {
        index: find_tags(segment.text, segment.content_type)
        for index, (segment, decision) in enumerate(zip(segments, decisions, strict=True))
        if decision.skip is None or decision.skip is Skip.QUESTION
    }
    return {index: tagged for index, tagged in found.items() if tagged is not None}


def _skip(rules: Rules, decision: Decision, tokens: int, *, tagged: bool) -> Skip | None:
    if rules.profile is Profile.OFF:
        return Skip.POLICY
    if tagged:
        return None
    if decision.skip is not None:
        return decision.skip
    return Skip.TOO_SHORT if tokens < max(rules.min_tokens, 1) else None


def _miss(outcome: Outcome) -> Outcome:
    missed = outcome.engine or outcome.degraded_from
    tokens, eligible = outcome.tokens_before, outcome.eligible_before
    return unchanged(Skip.NO_BUDGET, tokens, eligible=eligible, degraded_from=missed)


def _source(rules: Rules, turn: Turn) -> Source:
    return Source(
        text=turn.segment.text,
        tokens=turn.tokens,
        query=turn.decision.query,
        content_type=turn.segment.content_type,
        question=turn.decision.question,
        force_tokens=rules.force_tokens,
        protect_extra=rules.protect_extra,
        layout=turn.decision.layout,
    )


def _highest(tiers: Sequence[str]) -> str:
    return next((tier for tier in TIERS if tier in tiers), "")


def _result(segment: Segment, outcome: Outcome, request: Request) -> SegmentResult:
    spans = outcome.spans or ((Span(0, len(segment.text), kept=True),) if segment.text else ())
    text = segment.text if request.shadow else join_kept(segment.text, spans)
    return SegmentResult(segment.id, segment.text, text, outcome, spans)
