"""Sends the sample traffic, one request after the other, and makes a row of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pith_cli.clients import CompressorClient, Text
from pith_cli.up.client import EdgeClient, Reply
from pith_cli.up.expectations import Verdict, judge
from pith_cli.up.models import Model
from pith_cli.up.results import Row
from pith_cli.up.store_watch import StoreWatch
from pith_cli.up.traffic import SampleRequest, texts


@dataclass(frozen=True)
class Session:
    """All that sending the traffic needs."""

    edge: EdgeClient
    compressor: CompressorClient
    stores: StoreWatch
    keys: Mapping[str, str]
    models: Mapping[str, Model]

    async def run(self, samples: Sequence[SampleRequest], on_row: Callable[[Row], None]) -> list[Row]:
        """Send all requests in order; what one stores is there before the next is sent."""
        rows = []
        for sample in samples:
            rows.append(await self._send(sample))
            on_row(rows[-1])
        return rows

    async def count(self, sample: SampleRequest) -> int:
        """Return the prompt tokens of a request as the compressor counts them."""
        parts = [Text(role, text) for role, text in texts(sample.body)]
        return await self.compressor.count(parts, model=sample.model)

    async def estimate_usd(self, samples: Sequence[SampleRequest], completion_tokens: int) -> float:
        """Return what the requests would cost without Pith."""
        costs = [self.models[s.model].cost_usd(await self.count(s), completion_tokens) for s in samples]
        return sum(costs)

    async def _send(self, sample: SampleRequest) -> Row:
        before = await self.stores.entries(sample.tenant)
        reply = await self.edge.chat(sample.body, self.keys[sample.tenant])
        verdict = judge(sample.expect, reply)
        if verdict.cache == "miss" and reply.said.finish_reason == "stop":
            await self.stores.wait_for_more(sample.tenant, before)
        # The services count what they see; a hit never reaches the compressor.
        counted = reply.number("x-pith-tokens-before")
        tokens = int(counted) if counted else await self.count(sample)
        return make_row(sample, reply, verdict, tokens_before=tokens, model=self.models[sample.model])


def make_row(sample: SampleRequest, reply: Reply, verdict: Verdict, *, tokens_before: int, model: Model) -> Row:
    """Put what was sent, what came back and what it cost into one row."""
    tokens_after = int(reply.number("x-pith-tokens-after") or tokens_before)
    completion = reply.said.completion_tokens
    return Row(
        id=sample.id,
        kind=sample.kind,
        tenant=sample.tenant,
        provider=model.provider,
        model=sample.model,
        stream=sample.stream,
        cache=verdict.cache,
        expected_cache=sample.expect.cache,
        compression=verdict.compression,
        similarity=reply.number("x-pith-similarity"),
        tokens_before=tokens_before,
        tokens_after=0 if verdict.is_hit else tokens_after,
        eligible_before=int(reply.number("x-pith-eligible-before") or 0),
        eligible_after=int(reply.number("x-pith-eligible-after") or 0),
        completion_tokens=completion,
        ms=reply.ms,
        cache_ms=reply.number("x-pith-cache-ms"),
        compression_ms=reply.number("x-pith-compression-ms"),
        answer_kept=verdict.answer_kept,
        cost_without_usd=model.cost_usd(tokens_before, completion),
        cost_with_usd=0.0 if verdict.is_hit else model.cost_usd(tokens_after, completion),
        missed=verdict.missed,
    )
