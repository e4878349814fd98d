"""The pipeline: lookup, compression, and what becomes of their failures."""

import asyncio
import json

import pytest

from litellm_hooks.config import HookSettings
from litellm_hooks.decisions import CacheDecision, CompressionDecision, Failure
from litellm_hooks.exchange import CompressedText, Compression, Lookup
from litellm_hooks.line import CallFailed
from litellm_hooks.stash import TokenCounts

TEXTS = ["Be brief.", "It is really blue. Why?"]
ANSWER = {"object": "chat.completion", "choices": [{"finish_reason": "stop", "message": {"content": "Blue."}}]}
COUNTS = TokenCounts(6, 5, 4, 3)


def _hit(body=None, shape="chat", decision=CacheDecision.HIT_EXACT):
    return Lookup(
        decision, answers=((shape, json.dumps(body or ANSWER).encode()),), entry_id="e", similarity=1.0, age_ms=7
    )


def _texts(*pairs):
    return Compression(tuple(CompressedText(name, text, changed=True, skip_reason="") for name, text in pairs), COUNTS)


async def test_a_miss_is_compressed_and_keeps_its_token(parts, state, data):
    """Without a hit the texts are compressed; the token waits for Store."""
    assert await parts.pipeline.run(state, data, texts=TEXTS) == ["Be brief.", "It is blue. Why?"]
    assert (state.cache, state.compression) == (CacheDecision.MISS, CompressionDecision.APPLIED)
    assert (state.lookup_token, state.counts.saved) == (b"token", 1)
    assert state.cache_ms >= 0
    assert state.compression_ms >= 0
    counts = parts.counters.snapshot()
    assert counts['pith_hooks_cache_total{outcome="miss",reason=""}'] == 1
    assert counts['pith_hooks_compression_total{outcome="applied",reason=""}'] == 1
    assert counts["pith_hooks_tokens_saved_total"] == 1


async def test_the_services_are_told_what_they_need(parts, state, data, cache, compressor):
    """The lookup gets the original request without internals, the compressor the slots."""
    state.mode, state.max_age_s = "exact", 60.0
    await parts.pipeline.run(state, data, texts=TEXTS)
    asked = cache.asked[0]
    assert json.loads(asked.request_json) == {"model": "gpt-4o", "messages": data["messages"]}
    assert (asked.caller.tenant_id, asked.api, asked.model_group, asked.mode, asked.max_age_s) == (
        "acme", "chat", "gpt-4o", "exact", 60.0,
    )  # fmt: skip
    question, timeout_s = compressor.asked[0]
    assert [slot.role for slot in question.slots] == ["system", "user"]
    assert timeout_s <= 0.08


async def test_a_hit_is_kept_and_nothing_is_compressed(parts, state, data, compressor, cache):
    """A hit waits in the state for LiteLLM to fetch it."""
    cache.says = _hit(decision=CacheDecision.HIT_SEMANTIC)
    assert await parts.pipeline.run(state, data, texts=TEXTS) == TEXTS
    assert (state.cache, state.compression) == (CacheDecision.HIT_SEMANTIC, CompressionDecision.HIT)
    assert json.loads(state.answers["chat"]) == ANSWER
    assert (state.entry_id, state.similarity, state.age_ms, state.lookup_token) == ("e", 1.0, 7, b"")
    assert compressor.asked == []


@pytest.mark.parametrize(
    "lookup",
    [
        Lookup(CacheDecision.HIT_EXACT),
        _hit({"foo": 1}),
        _hit(shape="text"),
        Lookup(CacheDecision.HIT_EXACT, answers=(("chat", b"{"), ("chat", b"\xff\xfe"))),
        Lookup(CacheDecision.BAD_ANSWER),
    ],
)
async def test_a_hit_that_cannot_be_replayed_is_a_bypass(parts, state, data, cache, lookup):
    """An answer that is not what its format says is never given to LiteLLM; compression goes on."""
    cache.says = lookup
    assert await parts.pipeline.run(state, data, texts=TEXTS) == ["Be brief.", "It is blue. Why?"]
    assert state.cache is CacheDecision.BAD_ANSWER
    assert state.answers == {}


async def test_a_bypass_of_the_service_is_compressed(parts, state, data, cache):
    """What may not be cached may still be compressed; a token with a bypass is not kept."""
    cache.says = Lookup(CacheDecision.TEMPERATURE, lookup_token=b"x")
    await parts.pipeline.run(state, data, texts=TEXTS)
    assert (state.cache, state.compression) == (CacheDecision.TEMPERATURE, CompressionDecision.APPLIED)
    assert state.lookup_token == b""


@pytest.mark.parametrize("failure", list(Failure))
async def test_a_failed_lookup_still_compresses(parts, state, data, cache, failure):
    """Each failure of the cache service has its own word, and is no reason not to compress."""
    cache.says = CallFailed(failure)
    assert await parts.pipeline.run(state, data, texts=TEXTS) == ["Be brief.", "It is blue. Why?"]
    assert state.cache is failure.of_cache


@pytest.mark.parametrize("failure", list(Failure))
async def test_a_failed_compression_sends_the_original(parts, state, data, compressor, failure):
    """Each failure of the compressor has its own word, and leaves the texts alone."""
    compressor.says = CallFailed(failure)
    assert await parts.pipeline.run(state, data, texts=TEXTS) == TEXTS
    assert state.compression is failure.of_compression
    assert state.counts is None


@pytest.mark.parametrize(
    "compression",
    [
        _texts(("0", "Be brief.")),
        _texts(("1", "Be brief."), ("0", "It is blue. Why?")),
        _texts(("0", "Be brief."), ("0", "It is blue. Why?")),
        _texts(("0", "Be brief."), ("1", ""), ("2", "more")),
        _texts(("0", "Be brief."), ("1", "")),
        _texts(("0", "Be brief."), ("1", "It is really blue. Why? And much more than that.")),
    ],
)
async def test_an_answer_that_does_not_fit_is_not_applied(parts, state, data, compressor, compression):
    """Wrong counts, swapped ids, empty and longer texts: the original goes on."""
    compressor.says = compression
    assert await parts.pipeline.run(state, data, texts=TEXTS) == TEXTS
    assert state.compression is CompressionDecision.BAD_ANSWER


async def test_a_locked_text_must_come_back_as_it_went(parts, state, data, compressor):
    """A service that changes a prompt-cache prefix is not obeyed."""
    data["messages"][0]["cache_control"] = {"type": "ephemeral"}
    compressor.says = _texts(("0", "Brief."), ("1", "It is blue. Why?"))
    assert await parts.pipeline.run(state, data, texts=TEXTS) == TEXTS
    assert state.compression is CompressionDecision.BAD_ANSWER


async def test_texts_that_are_not_ours_are_left_alone(parts, state, data, compressor):
    """Where LiteLLM lists other texts than our walk, nothing is compressed."""
    assert await parts.pipeline.run(state, data, texts=[*TEXTS, "more"]) == [*TEXTS, "more"]
    assert state.compression is CompressionDecision.MISALIGNED
    assert compressor.asked == []


@pytest.mark.parametrize(
    ("reasons", "decision"),
    [
        (["locked", "question"], CompressionDecision.NOTHING_ELIGIBLE),
        (["system", "too-short"], CompressionDecision.TOO_SHORT),
        (["policy", "policy"], CompressionDecision.SERVICE_POLICY),
        (["no-budget", "verification"], CompressionDecision.NO_BUDGET),
    ],
)
async def test_nothing_changed_says_why(parts, state, data, compressor, reasons, decision):
    """The reason of the texts that could have changed is the reason of the request."""
    texts = tuple(CompressedText(str(n), TEXTS[n], changed=False, skip_reason=r) for n, r in enumerate(reasons))
    compressor.says = Compression(texts, COUNTS)
    assert await parts.pipeline.run(state, data, texts=TEXTS) == TEXTS
    assert state.compression is decision


async def test_a_request_that_is_no_json_is_not_looked_up(parts, state, data, cache):
    """A value that JSON cannot hold bypasses the cache."""
    data["seed"] = object()
    await parts.pipeline.run(state, data, texts=TEXTS)
    assert state.cache is CacheDecision.NOT_JSON
    assert cache.asked == []


async def test_opt_outs_ask_nobody(parts, state, data, cache, compressor):
    """What is not wanted is not asked."""
    state.cache_wanted = state.compression_wanted = False
    assert await parts.pipeline.run(state, data, texts=TEXTS) == TEXTS
    assert cache.asked == compressor.asked == []


async def test_a_slow_lookup_leaves_less_for_compression(parts, state, data, cache, compressor):
    """Both together stay within the total."""

    async def slow():
        await asyncio.sleep(0.06)
        raise CallFailed(Failure.TIMEOUT)

    cache.says = slow
    await parts.pipeline.run(state, data, texts=TEXTS)
    assert compressor.asked[0][1] <= 0.061


async def test_settling_decides_only_what_is_open(parts, state):
    """A run that was cut short names the failure where no decision was made yet."""
    state.cache = CacheDecision.MISS
    parts.pipeline.settle(state, Failure.TIMEOUT)
    assert (state.cache, state.compression) == (CacheDecision.MISS, CompressionDecision.TIMEOUT)


class TestCoalescing:
    """Answers that are on their way to another request."""

    @pytest.fixture
    def settings(self) -> HookSettings:
        """Coalescing is on."""
        return HookSettings(coalesce_wait_ms=300.0)

    async def test_an_answer_on_its_way_becomes_a_hit(self, parts, state, data, cache):
        """The first lookup only touches, the second waits; nothing is left to store."""
        cache.says = Lookup(CacheDecision.MISS, lookup_token=b"token", in_flight=True)
        cache.wait_says = _hit()
        await parts.pipeline.run(state, data, texts=TEXTS)
        assert cache.asked[0].coalesce_wait_ms == 1.0
        assert cache.waited[0][0].coalesce_wait_ms == 300.0
        assert (state.cache, state.lookup_token, state.leads) == (CacheDecision.HIT_EXACT, b"", False)

    async def test_a_wait_in_vain_leaves_time_to_compress(self, parts, state, data, cache, compressor):
        """Waiting for another request's answer does not eat the deadline of the compressor."""

        async def in_vain():
            await asyncio.sleep(0.2)
            raise CallFailed(Failure.TIMEOUT)

        cache.says = Lookup(CacheDecision.MISS, lookup_token=b"token", in_flight=True)
        cache.wait_says = in_vain
        await parts.pipeline.run(state, data, texts=TEXTS)
        assert (state.cache, state.lookup_token, state.leads) == (CacheDecision.MISS, b"token", False)
        assert compressor.asked[0][1] > 0.05
        assert state.cache_ms > 150

    async def test_a_miss_of_its_own_leads(self, parts, state, data):
        """Others may wait for its answer."""
        await parts.pipeline.run(state, data, texts=TEXTS)
        assert state.leads


async def test_what_the_caller_wants_is_passed_on(parts, state, data, cache):
    """Not to be served, not to be stored; and while coalescing is off nothing touches a flight."""
    state.no_cache = state.no_store = True
    await parts.pipeline.run(state, data, texts=TEXTS)
    asked = cache.asked[0]
    assert (asked.no_cache, asked.no_store, asked.coalesce_wait_ms) == (True, True, 0.0)
