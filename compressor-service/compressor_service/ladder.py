"""Cuts one text, or several under one budget, by the highest tier that fits the time left."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from compressor_service.conversation import Skip
from compressor_service.cutting import Prepared, Source, cut_jointly, cut_lossless, cut_sentences, cut_words, prepare
from compressor_service.outcomes import Outcome, unchanged
from compressor_service.pacing import LOSSLESS, SENTENCES, OutOfTimeError, Pacer, StageClock
from compressor_service.policy import Rules
from compressor_service.tiers import Engines, Step
from compressor_service.tokens import RecentCount, TokenCounter
from grpc_serving.errors import Overloaded, Unavailable


@dataclass(frozen=True)
class Job:
    """What one request asks of the ladder."""

    rules: Rules
    tokenizer: str
    clock: StageClock


class Ladder:
    """Knows the tiers and what they cost."""

    def __init__(self, counter: TokenCounter, *, pacer: Pacer, engines: Engines) -> None:
        self._counter = counter
        self._pacer = pacer
        self._engines = engines

    def count(self, job: Job, text: str) -> int:
        """Count tokens as this job's model does."""
        return self._counter.count(text, job.tokenizer)

    def cut(self, job: Job, source: Source, share_ms: float) -> Outcome:
        """Cut a text within its share of the time; a step that runs out of time is followed by the next lower one."""
        steps = self._engines.ladder(job.rules, asked=bool(source.query))
        until_ms = job.clock.remaining_ms - share_ms
        job.clock.work_on(source.tokens)
        prepared: Prepared | None = None
        for step in steps:
            if not self._pacer.fits(step.cost, source.tokens, job.clock.remaining_ms - until_ms):
                continue
            fresh, before_ms = prepared is None, job.clock.elapsed_ms
            try:
                prepared = prepared or prepare(source, count=self._count(job), clock=job.clock)
                outcome = self._take(job, step, prepared)
            except (OutOfTimeError, Overloaded, Unavailable):
                continue
            if fresh:
                self._pacer.observe(step.cost, source.tokens, job.clock.elapsed_ms - before_ms)
            return outcome if step is steps[0] else replace(outcome, degraded_from=_name(steps[0], step))
        eligible = prepared.eligible if prepared else source.tokens
        return unchanged(Skip.NO_BUDGET, source.tokens, eligible=eligible, degraded_from=steps[0].engine)

    def cut_jointly(self, job: Job, sources: Mapping[int, Source]) -> dict[int, Outcome]:
        """Cut several texts under one budget, or each for its part of it where that cannot be."""
        total = sum(source.tokens for source in sources.values())
        job.clock.work_on(total)
        wants = {self._engines.wanted(job.rules, asked=bool(source.query)) for source in sources.values()}
        steps = self._engines.ladder(job.rules, asked=True) if wants == {SENTENCES} else []
        for step in steps:
            if step.engine == SENTENCES and self._pacer.fits(step.cost, total, job.clock.remaining_ms):
                with suppress(OutOfTimeError):
                    return self._jointly(job, step, sources)
        return self.cut_each(replace(job, rules=_apportion(job.rules, total)), sources)

    def cut_each(self, job: Job, sources: Mapping[int, Source]) -> dict[int, Outcome]:
        """Cut texts one after the other; each may use its share of the time, and what the ones before it left."""
        waiting = sum(source.tokens for source in sources.values())
        outcomes: dict[int, Outcome] = {}
        for index, source in sources.items():
            outcomes[index] = self.cut(job, source, job.clock.remaining_ms * source.tokens / max(waiting, 1))
            waiting -= source.tokens
        return outcomes

    def _take(self, job: Job, step: Step, prepared: Prepared) -> Outcome:
        hopeless = _hopeless(job.rules, prepared)
        if hopeless:
            return unchanged(hopeless, prepared.source.tokens)
        count, clock = self._count(job), job.clock
        if step.engine == LOSSLESS:
            return cut_lossless(prepared, count=count, clock=clock, engine=step.engine)
        rate = job.rules.rate_for(prepared.source.tokens, eligible=prepared.eligible, asked=bool(prepared.source.query))
        budget = int(rate * prepared.eligible)
        if step.engine == SENTENCES:
            return cut_sentences(
                prepared,
                budget=budget,
                count=count,
                clock=clock,
                engine=step.engine,
                score=self._engines.score,
                words=step.words,
            )
        assert step.words is not None
        return cut_words(prepared, budget=budget, count=count, clock=clock, engine=step.engine, words=step.words)

    def _jointly(self, job: Job, step: Step, sources: Mapping[int, Source]) -> dict[int, Outcome]:
        count = self._count(job)
        prepared = {index: prepare(source, count=count, clock=job.clock) for index, source in sources.items()}
        hopeless = {index: _hopeless(job.rules, one) for index, one in prepared.items()}
        outcomes = {index: unchanged(why, sources[index].tokens) for index, why in hopeless.items() if why}
        able = {index: one for index, one in prepared.items() if not hopeless[index]}
        if not able:
            return outcomes
        budget = _joint_budget(job.rules, able)
        cut = cut_jointly(
            list(able.values()),
            budget=budget,
            count=count,
            clock=job.clock,
            engine=step.engine,
            score=self._engines.score,
            words=step.words,
        )
        return outcomes | dict(zip(able, cut, strict=True))

    def _count(self, job: Job) -> Callable[[str], int]:
        return RecentCount(self._counter, job.tokenizer)


def _hopeless(rules: Rules, prepared: Prepared) -> Skip | None:
    if prepared.hopeless:
        return prepared.hopeless
    return Skip.TOO_SHORT if prepared.eligible < rules.min_tokens else None


def _name(wanted: Step, taken: Step) -> str:
    """Name what did not fit: the word engine where only the dropping of words was left out."""
    if wanted.engine == taken.engine and wanted.words is not None:
        return wanted.words.name
    return wanted.engine


def _joint_budget(rules: Rules, several: Mapping[int, Prepared]) -> int:
    eligible = sum(one.eligible for one in several.values())
    wanted = int(
        sum(
            rules.rate_for(one.source.tokens, eligible=one.eligible, asked=bool(one.source.query)) * one.eligible
            for one in several.values()
        )
    )
    return wanted if rules.target_tokens is None else max(min(wanted, rules.target_tokens), int(rules.floor * eligible))


def _apportion(rules: Rules, total: int) -> Rules:
    """Turn a target for all texts into a rate for each."""
    if rules.target_tokens is None:
        return rules
    rate = max(min(rules.target_tokens / max(total, 1), 1.0), rules.floor)
    return replace(rules, rate=min(rate, 1.0 if rules.rate is None else rules.rate), ranges=())
