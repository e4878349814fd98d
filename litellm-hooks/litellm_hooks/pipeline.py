"""Looks up, compresses and remembers for one request, without LiteLLM."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from litellm_hooks.clients import CacheClient, CompressorClient
from litellm_hooks.coalescing import Coalescing
from litellm_hooks.config import HookSettings
from litellm_hooks.counters import Counters
from litellm_hooks.decisions import CacheDecision, CompressionDecision, Failure
from litellm_hooks.exchange import Compression, CompressQuestion, Lookup, LookupQuestion
from litellm_hooks.line import CallFailed
from litellm_hooks.request_view import Slot, aligned, chat_slots, request_json
from litellm_hooks.shapes import is_replayable
from litellm_hooks.stash import RequestState

# Skip reasons that say where a segment stands rather than what the service thought of it.
_STANDING = {"locked", "system", "question", "last-assistant", "unspecified"}


class Pipeline:
    """The order of things for one request; each step leaves its decision in the state."""

    def __init__(
        self,
        cache: CacheClient,
        compressor: CompressorClient,
        *,
        coalescing: Coalescing,
        counters: Counters,
        settings: HookSettings,
    ) -> None:
        self._cache, self._compressor, self._coalescing = cache, compressor, coalescing
        self._counters, self._settings = counters, settings

    async def run(self, state: RequestState, data: Mapping[str, Any], *, texts: Sequence[str]) -> list[str]:
        """Look up; without a hit, compress. Gives the texts to send on, as many as came."""
        looked_up_s = await self.lookup(state, data) if state.cache_wanted else 0.0
        if state.cache.is_hit:
            self._compression(state, CompressionDecision.HIT)
        elif state.compression_wanted:
            left_s = self._settings.total_timeout_s - looked_up_s
            return await self.compress(state, chat_slots(data), texts=texts, left_s=left_s)
        return list(texts)

    async def lookup(self, state: RequestState, data: Mapping[str, Any]) -> float:
        """Ask the cache service, and keep what it says in the state; seconds spent, waiting for others left out."""
        body = request_json(data)
        if body is None:
            self._cached(state, CacheDecision.NOT_JSON)
            return 0.0
        question = LookupQuestion(
            caller=state.caller,
            api=state.api,
            model_group=state.model_group,
            request_json=body,
            stream=state.stream,
            mode=state.mode,
            max_age_s=state.max_age_s,
            no_cache=state.no_cache,
            no_store=state.no_store,
            coalesce_wait_ms=self._coalescing.touch_ms,
            request_id=state.request_id,
            traceparent=state.traceparent,
        )
        began = time.perf_counter()
        spent_s = 0.0
        try:
            found = await self._cache.lookup(question, timeout_s=self._settings.lookup_timeout_ms / 1000)
            spent_s = time.perf_counter() - began
            self._remember(state, await self._coalescing.wait(question, found))
        except CallFailed as failed:
            spent_s = time.perf_counter() - began
            self._cached(state, failed.failure.of_cache)
        state.cache_ms = self._took("lookup", began)
        return spent_s

    async def compress(
        self, state: RequestState, slots: tuple[Slot, ...], *, texts: Sequence[str], left_s: float
    ) -> list[str]:
        """Ask the compressor service; gives the original texts wherever its answer cannot be used."""
        if not aligned(slots, texts):
            self._compression(state, CompressionDecision.MISALIGNED)
            return list(texts)
        timeout_s = max(0.001, min(left_s, self._settings.compress_timeout_ms / 1000))
        question = CompressQuestion(state.caller, state.model_group, slots, state.request_id, state.traceparent)
        began = time.perf_counter()
        try:
            compression = await self._compressor.compress(question, timeout_s=timeout_s)
            new_texts = _accept(slots, compression)
        except CallFailed as failed:
            self._compression(state, failed.failure.of_compression)
            new_texts = list(texts)
        else:
            state.counts = compression.counts
            self._compression(state, _applied_or_why(compression))
        state.compression_ms = self._took("compression", began)
        return new_texts

    def settle(self, state: RequestState, failure: Failure) -> None:
        """Decide what has not been decided yet when the run was cut short."""
        if state.cache_wanted and state.cache is CacheDecision.NOT_ASKED:
            self._cached(state, failure.of_cache)
        if state.compression_wanted and state.compression is CompressionDecision.NOT_ASKED:
            self._compression(state, failure.of_compression)

    def _remember(self, state: RequestState, lookup: Lookup) -> None:
        answers = _replayable(lookup) if lookup.decision.is_hit else {}
        usable = bool(answers) or not lookup.decision.is_hit
        self._cached(state, lookup.decision if usable else CacheDecision.BAD_ANSWER)
        state.lookup_token = lookup.lookup_token if lookup.decision is CacheDecision.MISS else b""
        state.leads = bool(state.lookup_token) and not lookup.in_flight
        if answers:
            state.answers = answers
            state.entry_id, state.similarity = lookup.entry_id, lookup.similarity
            state.age_ms, state.saved_cost_usd = lookup.age_ms, lookup.saved_cost_usd

    def _cached(self, state: RequestState, decision: CacheDecision) -> None:
        state.cache = decision
        self._counters.decided("cache_total", decision)

    def _compression(self, state: RequestState, decision: CompressionDecision) -> None:
        state.compression = decision
        self._counters.decided("compression_total", decision)
        if decision is CompressionDecision.APPLIED and state.counts:
            self._counters.add("tokens_saved_total", amount=state.counts.saved)

    def _took(self, stage: str, began: float) -> float:
        seconds = time.perf_counter() - began
        self._counters.add("seconds_total", {"stage": stage}, amount=seconds)
        return seconds * 1000


def _replayable(lookup: Lookup) -> dict[str, str]:
    """Keep the answers that are what their format says: LiteLLM would send a malformed one to the client."""
    answers = {shape: body.decode(errors="replace") for shape, body in lookup.answers}
    return {shape: body for shape, body in answers.items() if is_replayable(shape, body)}


def _accept(slots: Sequence[Slot], compression: Compression) -> list[str]:
    """Take the texts of an answer that fits the question; raise CallFailed otherwise."""
    if [text.id for text in compression.texts] != [str(index) for index in range(len(slots))]:
        raise CallFailed(Failure.BAD_ANSWER, "segments are not those of the request")
    accepted: list[str] = []
    for slot, answer in zip(slots, compression.texts, strict=True):
        text = answer.text if answer.changed else slot.text
        if (slot.locked and text != slot.text) or (slot.text and not text) or len(text) > len(slot.text):
            raise CallFailed(Failure.BAD_ANSWER, "a text is longer, empty or locked")
        accepted.append(text)
    return accepted


def _applied_or_why(compression: Compression) -> CompressionDecision:
    if any(text.changed for text in compression.texts):
        return CompressionDecision.APPLIED
    reasons = Counter(text.skip_reason for text in compression.texts if text.skip_reason not in _STANDING)
    if not reasons:
        return CompressionDecision.NOTHING_ELIGIBLE
    reason = reasons.most_common(1)[0][0]
    return CompressionDecision("skipped;" + ("service-policy" if reason == "policy" else reason))
