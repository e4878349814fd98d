"""The scenarios of `pith bench compressor`."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

from pith_cli.bench.corpus import Document, documents
from pith_cli.bench.harness import WARM_UP_CALLS, Load, Run, drive, scenario
from pith_cli.bench.plan import Plan, echo
from pith_cli.bench.servers import service
from pith_cli.clients import Compressed, CompressorClient, Options, Text

ENGINE = "sentences"
# Time enough for the engine that is measured: no call may fall back on a cheaper one.
_OPTIONS = Options(engine=ENGINE, budget_ms=10_000)
SYSTEM = "You answer questions about documents. Use only what the document says."


def steps(plan: Plan) -> int:
    """Return how many scenarios the plan has."""
    return len(plan.callers) * (len(plan.tokens) + 1)


async def measure(plan: Plan) -> list[dict[str, Any]]:
    """Start a compressor and measure it."""
    async with (
        service("compressor_service", "PITH_COMPRESSOR_", needs_data=False) as started,
        CompressorClient(started.address) as client,
    ):
        return await scenarios(client, plan)


async def scenarios(client: CompressorClient, plan: Plan) -> list[dict[str, Any]]:
    """Measure a compressor that is up."""
    found = [await _compress(client, plan, tokens=t, callers=callers) for t in plan.tokens for callers in plan.callers]
    return found + [await echo(client, plan, callers) for callers in plan.callers]


async def _compress(client: CompressorClient, plan: Plan, *, tokens: int, callers: int) -> dict[str, Any]:
    plan.on_step(f"compress, tokens {tokens}, callers {callers}")
    # Made beforehand, so that making them takes no time from the server; seeded so that none is sent twice in a run.
    limit = plan.calls
    texts = list(islice(documents(tokens, seed=callers), limit + WARM_UP_CALLS))

    async def call(document: Document) -> Compressed:
        return await client.compress(conversation(document), _OPTIONS)

    run: Run[Compressed] = await drive(call, iter(texts), Load(callers, plan.seconds, limit))
    params = {"tokens": tokens, "callers": callers, "mode": "question", "engine": ENGINE}
    return scenario("compress", params, run, figures={"ratio": ratio(run.results)})


def conversation(document: Document) -> list[Text]:
    """Ask about a document as a chat request does."""
    return [Text("system", SYSTEM), Text("user", f"{document.text}\n\n{document.question}")]


def ratio(results: Sequence[Compressed]) -> float:
    """Return eligible tokens before per eligible token after, over all calls; 1 where nothing was eligible."""
    before = sum(result.eligible_before for result in results)
    after = sum(result.eligible_after for result in results)
    return round(before / after, 3) if after else 1.0
