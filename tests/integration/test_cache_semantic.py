"""The semantic tier with the shipped embedder: rewordings hit, near misses do not."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fakes_cache import CacheClient, chat_json, served
from pith.cache.v1 import cache_pb2 as pb

PAIRS = [
    ("How do I reset my password?", "How can I reset my password?"),
    ("What is the capital of France?", "What's the capital of France?"),
    (
        "How many days of leave do employees get after 5 years?",
        "How many days of leave do employees get after five years?",
    ),
    ("What is the difference between a mutex and a semaphore?", "How is a mutex different from a semaphore?"),
    ("Which documents do I need to open an account?", "What documents do I need to open an account?"),
    ("Why does the build fail on Windows?", "Why is the build failing on Windows?"),
]
NEAR_MISSES = [
    ("Which things does maintenance cover?", "Which things does maintenance not cover?", pb.VETO_NEGATION),
    (
        "How many days of leave are due after 5 years?",
        "How many days of leave are due after 10 years?",
        pb.VETO_NUMBERS,
    ),
    ("What is included in the price?", "What isn't included in the price?", pb.VETO_NEGATION),
    ("How do I cook rice with salt?", "How do I cook rice without salt?", pb.VETO_NEGATION),
    ("When does the service answer with status 409?", "When does the service answer with status 413?", pb.VETO_NUMBERS),
    ("Is it safe to swim in the lake?", "Is it unsafe to swim in the lake?", pb.VETO_NEGATION),
    ("Convert 1,000 dollars to euros", "Convert 1,500 dollars to euros", pb.VETO_NUMBERS),
    ("Was kostet die Wartung?", "Was kostet die Wartung nicht?", pb.VETO_NEGATION),
]


@pytest.fixture
async def cache(tmp_path: Path) -> AsyncIterator[CacheClient]:
    """A service with the shipped model and defaults."""
    async with served(tmp_path, embedder="onnx_minilm") as client:
        yield client


async def test_light_rewordings_hit(cache: CacheClient) -> None:
    """Each finds its own question among all of them."""
    stored = [(await cache.learn(question)).entry_id for question, _ in PAIRS]
    hits = [await cache.ask(reworded) for _, reworded in PAIRS]
    assert [hit.entry_id for hit in hits] == stored
    assert all(hit.hit_kind == pb.HIT_KIND_SEMANTIC and 0.9 <= hit.similarity < 1 for hit in hits)
    assert all(0 < hit.error_bound <= 0.03 and hit.timings.stage_ms["embed"] > 0 for hit in hits)


@pytest.mark.parametrize(("question", "near", "veto"), NEAR_MISSES)
async def test_near_misses_are_refused_and_told(cache: CacheClient, question: str, near: str, veto: int) -> None:
    """However near the vectors are; the entry comes back as a near miss."""
    stored = await cache.learn(question)
    answer = await cache.ask(near, min_similarity=-1.0)
    assert answer.outcome == pb.OUTCOME_MISS
    assert [miss.entry_id for miss in answer.near_misses] == [stored.entry_id]
    assert answer.near_misses[0].veto in {veto, pb.VETO_SIMILARITY}
    explain = pb.ExplainRequest(
        scope=pb.Scope(tenant_id="acme"),
        api=pb.API_CHAT,
        model_group="gpt-4o",
        request_json_a=chat_json(question),
        request_json_b=chat_json(near),
    )
    explained = await cache.stub.Explain(explain, timeout=10)
    assert explained.outcome == pb.OUTCOME_MISS
    assert veto in [guard.verdict for guard in explained.guards]
    assert explained.similarity == pytest.approx(answer.near_misses[0].similarity, abs=1e-5)


async def test_the_context_of_a_question_decides(cache: CacheClient) -> None:
    """The same rewording under another system prompt, model, tenant or temperature misses."""
    question, reworded = PAIRS[0]
    await cache.learn(question)
    for change in (
        {"request_json": chat_json(reworded, system="Answer in French.")},
        {"request_json": chat_json(reworded, temperature=0.2)},
        {"request_json": chat_json(reworded, response_format={"type": "json_object"})},
        {"model_group": "gpt-4o-mini"},
        {"scope": pb.Scope(tenant_id="umbrella")},
    ):
        assert (await cache.ask(reworded, **change)).outcome == pb.OUTCOME_MISS  # type: ignore[arg-type]
    assert (await cache.ask(reworded, request_json=chat_json(reworded, stream=True))).outcome == pb.OUTCOME_HIT


async def test_a_key_beyond_the_window_is_for_the_exact_tier(cache: CacheClient) -> None:
    """Two long texts that differ only at their ends never share an answer."""
    long = "The story goes on and on. " * 100
    await cache.learn(f"{long} Who is the hero?")
    assert (await cache.ask(f"{long} Who is the villain?")).outcome == pb.OUTCOME_MISS
    assert (await cache.ask(f"{long} Who is the hero?")).hit_kind == pb.HIT_KIND_EXACT


async def test_a_large_partition_is_searched_as_well(cache: CacheClient) -> None:
    """Beyond the size at which vectors come with the exact step."""
    for index in range(70):
        await cache.learn(f"What is the meaning of the word number{index}x{index * 7} in chess?")
    stored = await cache.learn(PAIRS[0][0])
    hit = await cache.ask(PAIRS[0][1])
    assert (hit.hit_kind, hit.entry_id) == (pb.HIT_KIND_SEMANTIC, stored.entry_id)


async def test_an_overloaded_embedder_makes_misses_and_no_errors(tmp_path: Path) -> None:
    """Whoever cannot be embedded in time goes on to the provider."""
    async with served(tmp_path, embedder="onnx_minilm", max_waiting=1) as cache:
        await cache.learn(PAIRS[0][0])
        asked = [cache.ask(f"How can I reset my password, {name}?") for name in "abcdefghijklmnopqrst"]
        answers = await asyncio.gather(*asked)
        assert all(answer.outcome in {pb.OUTCOME_MISS, pb.OUTCOME_HIT} for answer in answers)
        assert any(answer.outcome == pb.OUTCOME_MISS for answer in answers)
        assert all(answer.lookup_token for answer in answers if answer.outcome == pb.OUTCOME_MISS)


async def test_other_apis_have_both_tiers_too(cache: CacheClient) -> None:
    """A Responses request and an Anthropic one, each with its own kind of answer."""
    response = {
        "object": "response",
        "status": "completed",
        "output": [{"type": "message", "content": [{"type": "output_text", "text": "So."}]}],
    }
    message = {"type": "message", "stop_reason": "end_turn", "content": [{"type": "text", "text": "So."}]}
    for api, kind, answer, field in (
        (pb.API_RESPONSES, "responses", response, "input"),
        (pb.API_MESSAGES, "messages", message, "messages"),
    ):
        first, second = (
            json.dumps({field: [{"role": "user", "content": text}], "max_tokens": 9}).encode() for text in PAIRS[0]
        )
        missed = await cache.ask("", api=api, request_json=first)
        body = json.dumps(answer).encode()
        await cache.keep(missed.lookup_token, answer=pb.Answer(format=kind, body=body), finish_reason="")
        hit = await cache.ask("", api=api, request_json=second)
        assert (hit.hit_kind, hit.answers[0].body) == (pb.HIT_KIND_SEMANTIC, body)
