"""Tests of the compressor's scenarios."""

from typing import Any

from fakes_cli import FakeCompressor, serving
from pith_cli.bench import compressor
from pith_cli.bench.corpus import Document
from pith_cli.bench.plan import Plan
from pith_cli.bench.pool import connect


async def _scenarios(fake: FakeCompressor, plan: Plan, engines: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    async with serving(compressor=fake) as address, connect(address, workers=plan.workers) as pool:
        return await compressor.scenarios(pool, plan, engines)


async def test_the_scenarios_of_the_contract() -> None:
    """One per mode, size and callers, then the empty call; no text is sent twice."""
    steps: list[str] = []
    totals: list[int] = []
    plan = Plan(0.2, steps.append, totals.append, tokens=(128, 500), callers=(1, 8), max_calls=5)
    fake = FakeCompressor()
    found = await _scenarios(fake, plan)
    assert [(e["name"], e["params"].get("mode"), e["params"].get("tokens"), e["params"]["callers"]) for e in found] == [
        *(("compress", mode, tokens, n) for mode in ("question", "blind") for tokens in (128, 500) for n in (1, 8)),
        ("echo", None, None, 1),
        ("echo", None, None, 8),
    ]
    assert found[0]["params"] == {"tokens": 128, "callers": 1, "mode": "question", "engine": "fake"}
    assert found[0]["figures"] == {"ratio": 1.0}
    assert all(entry["errors"] == 0 and entry["n"] > 0 for entry in found)
    assert len(steps) == totals[-1] == 10
    texts = [request.segments[-1].text for request in fake.requests]
    assert len(set(texts)) == len(texts)


async def test_every_size_is_compressed_with_time_enough() -> None:
    """No text is too short, and no engine is traded for a cheaper one."""
    fake = FakeCompressor()
    await _scenarios(fake, Plan(0.1, tokens=(128,), callers=(1,), max_calls=3))
    for request in fake.requests:
        assert request.policy.HasField("min_tokens")
        assert (request.policy.min_tokens, request.policy.rate, request.policy.engine) == (0, 0.5, "")
        assert request.budget_ms == 60_000
    roles = {tuple(segment.role for segment in request.segments) for request in fake.requests}
    assert len(roles) == 2


async def test_installed_engines_come_after_the_default_one() -> None:
    """An answer by another engine than the one asked for is an error."""
    plan = Plan(0.1, tokens=(128,), callers=(1,), modes=("blind",), max_calls=3, full=True)
    found = await _scenarios(FakeCompressor(), plan, ("fake", "other"))
    assert [(entry["params"].get("engine"), entry["errors"]) for entry in found[:2]] == [("fake", 0), ("other", 3)]


async def test_workers_are_named_where_there_are_several() -> None:
    """So that figures of one and of two are told apart."""
    plan = Plan(0.1, tokens=(128,), callers=(1,), modes=("blind",), max_calls=2, workers=2)
    assert (await _scenarios(FakeCompressor(), plan))[0]["params"]["workers"] == 2


def test_a_document_is_asked_about_as_a_chat_does() -> None:
    """The question stands at the end of the last user message; without it, a tool has sent the text."""
    document = Document("A text.", "Why?")
    assert [text.text for text in compressor.conversation(document)][-1] == "A text.\n\nWhy?"
    blind = compressor.conversation(document, "blind")
    assert [(text.role, text.text, text.query) for text in blind] == [("tool", "A text.", "")]


def test_where_nothing_is_eligible_nothing_gets_shorter() -> None:
    """A ratio of 1 means that the tokens stayed."""
    assert compressor.ratio([]) == 1.0
