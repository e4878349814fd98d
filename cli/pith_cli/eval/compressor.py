"""The scenarios of `pith eval compressor`."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import cycle
from multiprocessing import get_context
from typing import Any

from compressor_service.tokens import TokenCounter
from pith_cli.bench.servers import compressor_service
from pith_cli.eval import bootstrap, splits
from pith_cli.eval.baselines import WordWeights
from pith_cli.eval.distractors import Paragraphs
from pith_cli.eval.findings import Finding, Task
from pith_cli.eval.plan import Plan, Prepared
from pith_cli.eval.samples import AnswerSample, MeetingSample, Sample, Scenario, SupportSample, read
from pith_cli.eval.sized import sized_trials
from pith_cli.eval.trials import Trial, answer_trial, meeting_trial, support_trial
from pith_cli.eval.worker import evaluate

_SEED = 20240611
_TEXTS_PER_CHUNK = 10
# Fewer texts are done before another process has started.
_TEXTS_PER_PROCESS = 40


def prepare(plan: Plan) -> Prepared:
    """Read the file and make the texts."""
    data = read(plan.file)
    split, samples = splits.choose(data, plan.split)
    if plan.limit is not None and plan.limit < len(samples):
        rng = random.Random(_SEED)  # noqa: S311  -- made to be repeated
        samples = tuple(samples[index] for index in sorted(rng.sample(range(len(samples)), plan.limit)))
    answers = [sample.content for sample in data.samples if isinstance(sample.content, AnswerSample)]
    if plan.tokens:
        contexts = [answer.context for answer in answers]
        sized = list(sized_trials(samples, contexts, plan.tokens, count=TokenCounter().count))
        return Prepared(data.scenario, split, sized, None)
    weights = WordWeights(dict.fromkeys(answer.context for answer in answers)) if answers else None
    return Prepared(data.scenario, split, list(_trials(samples, Paragraphs(answers), plan)), weights)


def _trials(samples: Sequence[Sample], paragraphs: Paragraphs, plan: Plan) -> Iterator[Trial]:
    for sample in samples:
        match content := sample.content:
            case AnswerSample():
                around = paragraphs.around(content, line=sample.line, source=plan.source, count=plan.distractors)
                yield answer_trial(sample.line, content, around)
            case SupportSample():
                yield support_trial(sample.line, content)
            case MeetingSample():
                yield meeting_trial(sample.line, content)


async def measure(plan: Plan, prepared: Prepared, on_step: Callable[[int], None]) -> list[Finding]:
    """Compress every text at every rate, and compare."""
    chunks = [prepared.trials[i : i + _TEXTS_PER_CHUNK] for i in range(0, len(prepared.trials), _TEXTS_PER_CHUNK)]
    processes = max(1, min(plan.processes, len(prepared.trials) // _TEXTS_PER_PROCESS))
    async with _addresses(plan.address, processes) as addresses:
        with _executor(processes) as executor:
            return await _spread(executor, [_task(plan, prepared, a) for a in addresses], chunks, on_step)


def _task(plan: Plan, prepared: Prepared, address: str) -> Task:
    return Task(address, plan.rates, plan.engine, plan.blind, prepared.weights)


async def _spread(
    executor: Executor, tasks: Sequence[Task], chunks: Sequence[Sequence[Trial]], on_step: Callable[[int], None]
) -> list[Finding]:
    loop = asyncio.get_running_loop()

    async def one(task: Task, chunk: Sequence[Trial]) -> list[Finding]:
        found = await loop.run_in_executor(executor, evaluate, task, chunk)
        on_step(len(chunk))
        return found

    parts = await asyncio.gather(*(one(task, chunk) for task, chunk in zip(cycle(tasks), chunks, strict=False)))
    return [finding for part in parts for finding in part]


def _executor(processes: int) -> Executor:
    """Threads would share one core; a process that talks gRPC already must not be forked."""
    if processes == 1:
        return ThreadPoolExecutor(1)
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"))


@asynccontextmanager
async def _addresses(address: str, count: int) -> AsyncIterator[list[str]]:
    """Use the compressor that is named, or start one for every process."""
    if address:
        yield [address]
        return
    async with AsyncExitStack() as stack:
        starting = (stack.enter_async_context(compressor_service()) for _ in range(count))
        yield [one.address for one in await asyncio.gather(*starting)]


def scenarios(plan: Plan, prepared: Prepared, findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Sum up by rate, then over the whole run; where sizes are measured, by size and rate."""
    if plan.tokens:
        pairs = [(tokens, rate) for tokens in plan.tokens for rate in plan.rates]
        found = [_adherence(findings), *(_of_size(findings, tokens, rate) for tokens, rate in pairs)]
        return [*found, _invariants(findings)]
    found = [_by_rate(plan, prepared, rate, [f for f in findings if f.rate == rate]) for rate in plan.rates]
    return [*found, _adherence(findings), _invariants(findings)]


def _by_rate(plan: Plan, prepared: Prepared, rate: float, findings: Sequence[Finding]) -> dict[str, Any]:
    good = [finding for finding in findings if not finding.error]
    shares = [finding.share for finding in good]
    low, high = bootstrap.interval(shares)
    params: dict[str, Any] = {"rate": rate}
    figures = {"kept": bootstrap.mean(shares), "low": low, "high": high}
    if prepared.scenario is Scenario.KEPT:
        engines = Counter(finding.engine for finding in good if finding.engine)
        engine = plan.engine or (engines.most_common(1)[0][0] if engines else "")
        params |= {"distractors": plan.source.value, "mode": "blind" if plan.blind else "question", "engine": engine}
        figures["rate"] = bootstrap.mean([f.achieved for f in good if f.achieved is not None])
    for name in dict.fromkeys(name for finding in good for name, _ in finding.baselines):
        figures[f"baseline.{name}"] = bootstrap.mean([dict(finding.baselines)[name] for finding in good])
    return _entry(prepared.scenario.value, params, good, len(findings) - len(good), figures)


def _of_size(findings: Sequence[Finding], tokens: int, rate: float) -> dict[str, Any]:
    chosen = [finding for finding in findings if (finding.tokens, finding.rate) == (tokens, rate)]
    return _adherence(chosen, tokens=tokens, rate=rate)


def _adherence(findings: Sequence[Finding], **params: float) -> dict[str, Any]:
    gaps = [abs(finding.achieved - finding.rate) for finding in findings if finding.achieved is not None]
    errors = sum(bool(finding.error) for finding in findings)
    return _entry("adherence", params, gaps, errors, {"worst": max(gaps, default=0.0), "mean": bootstrap.mean(gaps)})


def _invariants(findings: Sequence[Finding]) -> dict[str, Any]:
    good = [finding for finding in findings if not finding.error]
    broken = sum(len(finding.violations) for finding in good)
    return _entry("invariants", {}, good, 0, {"checked": len(good), "violations": broken})


def _entry(
    name: str, params: dict[str, Any], counted: Sequence[Any], errors: int, figures: dict[str, Any]
) -> dict[str, Any]:
    return {"name": name, "params": params, "n": len(counted), "errors": errors, "figures": figures}
