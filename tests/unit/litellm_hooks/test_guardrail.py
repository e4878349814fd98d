"""The guardrail."""

import asyncio

import pytest

from litellm_hooks.config import HookSettings
from litellm_hooks.decisions import CacheDecision, CompressionDecision
from litellm_hooks.exchange import Lookup
from litellm_hooks.guardrail import PithGuardrail
from litellm_hooks.stash import TOKEN_KEY

TEXTS = ["Be brief.", "It is really blue. Why?"]


@pytest.fixture
def guardrail(parts, state, data):
    """The guardrail, with a request under way."""
    parts.stash.put(state)
    data["metadata"][TOKEN_KEY] = state.token
    return PithGuardrail(lambda: parts, guardrail_name="pith")


def _inputs(data):
    return {"texts": list(TEXTS), "structured_messages": data["messages"]}


async def test_texts_are_replaced_and_nothing_else(guardrail, data):
    """LiteLLM gets the same dict with new texts; the messages stay the same object."""
    inputs = _inputs(data)
    out = await guardrail.apply_guardrail(inputs=inputs, request_data=data, input_type="request")
    assert out["texts"] == ["Be brief.", "It is blue. Why?"]
    assert out["structured_messages"] is data["messages"]


async def test_an_answer_is_not_touched(guardrail, data, cache):
    """After the call there is nothing to do."""
    inputs = {"texts": ["It is really blue."]}
    assert await guardrail.apply_guardrail(inputs=inputs, request_data=data, input_type="response") is inputs
    assert cache.asked == []


async def test_a_request_without_a_state_passes(guardrail, parts, cache):
    """A request that begin never saw goes on untouched, and is counted."""
    inputs = {"texts": list(TEXTS)}
    out = await guardrail.apply_guardrail(inputs=inputs, request_data={"metadata": {}}, input_type="request")
    assert out["texts"] == TEXTS
    assert cache.asked == []
    assert parts.counters.snapshot()["pith_hooks_stash_missing_total"] == 1


async def test_a_request_that_wants_nothing_passes(guardrail, state, data, cache, compressor):
    """Other routes and opted-out requests are not run through the pipeline."""
    state.cache_wanted = state.compression_wanted = False
    inputs = _inputs(data)
    assert (await guardrail.apply_guardrail(inputs=inputs, request_data=data, input_type="request"))["texts"] == TEXTS
    assert cache.asked == compressor.asked == []


async def test_a_bug_lets_the_request_through(guardrail, state, data, cache, parts, caplog):
    """Whatever is raised, LiteLLM gets the original texts; the decisions and a counter say so."""
    cache.says = RuntimeError("bug")
    out = await guardrail.apply_guardrail(inputs=_inputs(data), request_data=data, input_type="request")
    assert out["texts"] == TEXTS
    assert (state.cache, state.compression) == (CacheDecision.ERROR, CompressionDecision.ERROR)
    assert parts.counters.snapshot()['pith_hooks_hook_errors_total{hook="guardrail"}'] == 1
    assert "bug" in caplog.text


async def test_a_service_that_ignores_its_deadline_is_cut_off(guardrail, state, data, cache):
    """The guardrail's own deadline ends what a call's deadline did not."""
    cache.says = lambda: asyncio.sleep(30)
    began = asyncio.get_running_loop().time()
    out = await guardrail.apply_guardrail(inputs=_inputs(data), request_data=data, input_type="request")
    assert asyncio.get_running_loop().time() - began < 1
    assert out["texts"] == TEXTS
    assert (state.cache, state.compression) == (CacheDecision.TIMEOUT, CompressionDecision.TIMEOUT)


@pytest.mark.parametrize("texts", [["one"], ["one", 2], ["one", "two", "three"]])
async def test_a_rewrite_that_litellm_cannot_apply_is_refused(guardrail, data, parts, texts):
    """A wrong number or type of texts would be an error to the client."""

    async def run(*_, **__):
        return texts

    parts.pipeline.run = run
    out = await guardrail.apply_guardrail(inputs=_inputs(data), request_data=data, input_type="request")
    assert out["texts"] == TEXTS


async def test_cancellation_passes(guardrail, data, cache):
    """A client that leaves ends the work."""
    cache.says = lambda: asyncio.sleep(30)
    task = asyncio.create_task(guardrail.apply_guardrail(inputs=_inputs(data), request_data=data, input_type="request"))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


class TestCoalescing:
    """Calls whose answers others may wait for."""

    @pytest.fixture
    def settings(self) -> HookSettings:
        """Coalescing is on."""
        return HookSettings(coalesce_wait_ms=300.0)

    async def test_a_call_that_leads_is_renewed_in_the_background(self, guardrail, parts, state, data, cache):
        """Its lease is kept until the call ends."""
        rounds = []

        async def one_round(seconds):
            rounds.append(seconds)
            if len(rounds) == 2:
                parts.coalescing.end(state.lookup_token)

        parts.coalescing.sleep = one_round
        await guardrail.apply_guardrail(inputs=_inputs(data), request_data=data, input_type="request")
        await asyncio.gather(*parts._tasks)
        assert cache.renewed == [b"token"]

    async def test_the_guardrail_waits_as_long_as_the_lookup(self, guardrail, state, data, cache):
        """Its own limit grows by the wait, so that a wait is not cut short."""

        async def late():
            await asyncio.sleep(0.25)
            return Lookup(CacheDecision.MISS, lookup_token=b"second")

        cache.says = Lookup(CacheDecision.MISS, lookup_token=b"first", in_flight=True)
        cache.wait_says = late
        await guardrail.apply_guardrail(inputs=_inputs(data), request_data=data, input_type="request")
        assert (state.cache, state.lookup_token) == (CacheDecision.MISS, b"second")
