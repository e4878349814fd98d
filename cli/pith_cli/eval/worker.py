"""Compresses texts through the service and compares what survives with what simple methods keep."""

import asyncio
from collections.abc import Sequence
from functools import lru_cache

import grpc

from compressor_service.structure import parse
from compressor_service.tokens import TokenCounter
from compressor_service.units import build_units
from pith_cli.clients import Compressed, CompressorClient, Options, Text
from pith_cli.eval.baselines import Ranked, count_each, fill, rank_all, rank_bm25
from pith_cli.eval.findings import Finding, Task
from pith_cli.eval.invariants import violations
from pith_cli.eval.survival import Survival
from pith_cli.eval.trials import Range, Trial, words
from pith_cli.receipts import kept_ranges

# Time enough for any engine: nothing may fall back on a cheaper one.
_BUDGET_MS = 600_000.0
_TIMEOUT_S = 600.0


def evaluate(task: Task, trials: Sequence[Trial]) -> list[Finding]:
    """Evaluate some texts, one after the other."""
    return asyncio.run(_evaluate(task, trials))


async def _evaluate(task: Task, trials: Sequence[Trial]) -> list[Finding]:
    async with CompressorClient(task.address, timeout_s=_TIMEOUT_S) as client:
        return [finding for trial in trials for finding in await _Bench(task, trial).run(client)]


class _Bench:
    """One text, and what is known of it at every rate."""

    def __init__(self, task: Task, trial: Trial) -> None:
        self._task = task
        self._trial = trial
        self._words = words(trial.text)
        self._survival = Survival(trial, self._words)

    async def run(self, client: CompressorClient) -> list[Finding]:
        """Compress at every rate; a text without anything that must survive says nothing."""
        if self._survival.nothing_to_lose and not self._trial.tokens:
            return []
        ranked, sentences = self._rank(), self._sentences()
        found: list[Finding] = []
        for rate in self._task.rates:
            try:
                reply = await client.compress([self._text()], self._options(rate))
            except grpc.aio.AioRpcError as error:
                what = f"{error.code().name}: {error.details()}"
                found.append(Finding(self._trial.line, rate, error=what, tokens=self._trial.tokens))
                continue
            found.append(self._finding(rate, reply, ranked, sentences))
        return found

    def _text(self) -> Text:
        # A user message that asks nothing and has no question beside it is never cut; a tool's result is.
        return Text("tool" if self._task.blind else "user", self._trial.text, query=self._question)

    @property
    def _question(self) -> str:
        return "" if self._task.blind else self._trial.question

    def _options(self, rate: float) -> Options:
        return Options(rate=rate, engine=self._task.engine, budget_ms=_BUDGET_MS, spans=True, min_tokens=0)

    def _rank(self) -> dict[str, Ranked]:
        if self._trial.tokens:
            return {}
        if self._task.weights is None:
            return {} if self._task.blind else {"bm25": rank_bm25(self._trial, self._words)}
        return rank_all(self._trial, self._words, self._task.weights, blind=self._task.blind)

    def _sentences(self) -> list[Range]:
        layout = parse(self._trial.text)
        units = build_units(self._trial.text, layout, count=len)
        return [(unit.start, unit.end) for unit in units if unit.selectable and unit.lock is None]

    def _finding(
        self, rate: float, reply: Compressed, ranked: dict[str, Ranked], sentences: Sequence[Range]
    ) -> Finding:
        result, text = reply.texts[0], self._trial.text
        kept = _kept_words(text, self._words, kept_ranges(text, result.spans))
        achieved = reply.eligible_after / reply.eligible_before if reply.eligible_before else None
        return Finding(
            line=self._trial.line,
            rate=rate,
            engine=reply.engine,
            share=self._survival.share(kept, result.text),
            achieved=achieved,
            baselines=tuple(self._compare(ranked, reply.tokens_after / max(1, reply.tokens_before))),
            violations=tuple(violations(text, result, sentences)),
            tokens=self._trial.tokens,
        )

    def _compare(self, ranked: dict[str, Ranked], rate: float) -> list[tuple[str, float]]:
        """Give every simple method the same share of the tokens that the compressor had."""
        pieces = [self._trial.text[start:end] for start, end in self._words]
        costs = count_each(pieces, _counter().count, _COUNTS)
        shares: list[tuple[str, float]] = []
        for name, order in ranked.items():
            kept = fill(order, costs, rate * sum(costs))
            output = " ".join(piece for piece, flag in zip(pieces, kept, strict=True) if flag)
            shares.append((name, self._survival.share(kept, output)))
        return shares


_COUNTS: dict[str, int] = {}


@lru_cache(maxsize=1)
def _counter() -> TokenCounter:
    return TokenCounter()


def _kept_words(text: str, found: Sequence[Range], ranges: Sequence[Range]) -> list[bool]:
    """Say for every word whether all of it was kept."""
    mask = bytearray(len(text))
    for start, end in ranges:
        mask[start:end] = b"\x01" * (end - start)
    return [mask.find(0, start, end) < 0 for start, end in found]
