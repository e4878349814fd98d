"""Calls the three services: our own types outside, protobuf inside."""

from collections.abc import Sequence
from typing import Any

import grpc
from google.protobuf import timestamp_pb2

from litellm_hooks.decisions import CacheDecision, Failure
from litellm_hooks.exchange import (
    CompressedText,
    Compression,
    CompressQuestion,
    Lookup,
    LookupQuestion,
    StoredAnswer,
    UsageEvent,
)
from litellm_hooks.line import CallFailed, Line
from litellm_hooks.request_view import Slot
from litellm_hooks.stash import Caller, TokenCounts
from pith.cache.v1 import cache_pb2, cache_pb2_grpc
from pith.compressor.v1 import compressor_pb2, compressor_pb2_grpc
from pith.usage.v1 import usage_pb2, usage_pb2_grpc

_APIS = {"chat": "API_CHAT", "text": "API_TEXT", "messages": "API_MESSAGES", "responses": "API_RESPONSES"}


class CacheClient:
    """The cache service as the hooks use it."""

    def __init__(self, channel: grpc.aio.Channel, line: Line) -> None:
        self._stub: Any = cache_pb2_grpc.CacheServiceStub(channel)  # type: ignore[no-untyped-call]
        self._line = line

    async def lookup(self, question: LookupQuestion, *, timeout_s: float, counted: bool = True) -> Lookup:
        """Ask for a stored answer; a call that waits for one on its way is not `counted` by the breaker."""
        request = cache_pb2.LookupRequest(
            request_id=question.request_id,
            scope=_scope(question.caller),
            api=_APIS[question.api],
            model_group=question.model_group,
            request_json=question.request_json,
            stream=question.stream,
            mode=_lookup_mode(question.mode),
            max_age_s=question.max_age_s,
            no_cache=question.no_cache,
            no_store=question.no_store,
            coalesce_wait_ms=question.coalesce_wait_ms,
        )
        reply = await self._line.call(
            self._stub.Lookup, request, timeout_s=timeout_s, traceparent=question.traceparent, counted=counted
        )
        return Lookup(
            decision=_cache_decision(reply),
            lookup_token=reply.lookup_token,
            answers=tuple((answer.format, answer.body) for answer in reply.answers),
            entry_id=reply.entry_id,
            similarity=reply.similarity,
            age_ms=max(0.0, reply.age_ms),
            saved_cost_usd=reply.saved.cost_usd,
            in_flight=reply.in_flight,
        )

    async def store(self, caller: Caller, lookup_token: bytes, *, answer: StoredAnswer, timeout_s: float) -> str:
        """Hand over the answer of a call that missed; the outcome in one word."""
        request = cache_pb2.StoreRequest(
            lookup_token=lookup_token,
            scope=_scope(caller),
            answer=cache_pb2.Answer(format=answer.shape, body=answer.body),
            finish_reason=answer.finish_reason,
            usage=cache_pb2.Usage(prompt_tokens=answer.prompt_tokens, completion_tokens=answer.completion_tokens),
            cost_usd=answer.cost_usd,
        )
        reply = await self._line.call(self._stub.Store, request, timeout_s=timeout_s)
        if reply.outcome == cache_pb2.STORE_OUTCOME_STORED:
            return "stored"
        return "rejected;" + _word(cache_pb2.RejectReason, reply.reject_reason, prefix="REJECT_REASON_")

    async def release(self, caller: Caller, lookup_token: bytes, *, reason: str, timeout_s: float) -> None:
        """Say that a call that missed will not be stored: provider_error, cancelled or not_cacheable."""
        request = cache_pb2.ReleaseRequest(
            lookup_token=lookup_token,
            scope=_scope(caller),
            reason=f"RELEASE_REASON_{reason.upper()}",
        )
        await self._line.call(self._stub.Release, request, timeout_s=timeout_s)

    async def renew(self, caller: Caller, lookup_token: bytes, *, timeout_s: float) -> bool:
        """Say that a call that missed still runs; False when nobody waits for this one any more."""
        request = cache_pb2.RenewRequest(lookup_token=lookup_token, scope=_scope(caller))
        reply = await self._line.call(self._stub.Renew, request, timeout_s=timeout_s)
        return bool(reply.renewed)


class CompressorClient:
    """The compressor service as the hooks use it."""

    def __init__(self, channel: grpc.aio.Channel, line: Line) -> None:
        self._stub: Any = compressor_pb2_grpc.CompressorServiceStub(channel)  # type: ignore[no-untyped-call]
        self._line = line

    async def compress(self, question: CompressQuestion, *, timeout_s: float) -> Compression:
        """Ask for the texts that should be sent on, one for each slot."""
        try:
            request = _compress_request(
                question, budget_ms=timeout_s * 1000 * 0.8
            )  # the rest is for the way there and back
        except ValueError:  # JSON may hold half a character, protobuf may not
            raise CallFailed(Failure.REFUSED, "text is not UTF-8") from None
        reply = await self._line.call(
            self._stub.Compress, request, timeout_s=timeout_s, traceparent=question.traceparent
        )
        totals = reply.totals
        return Compression(
            texts=tuple(
                CompressedText(
                    segment.id,
                    segment.text,
                    segment.changed,
                    _word(compressor_pb2.SkipReason, segment.skip_reason, prefix="SKIP_REASON_"),
                )
                for segment in reply.segments
            ),
            counts=TokenCounts(
                totals.tokens_before, totals.tokens_after, totals.eligible_before, totals.eligible_after
            ),
        )


class UsageClient:
    """The usage service of platform-api as the hooks use it."""

    def __init__(self, channel: grpc.aio.Channel, line: Line) -> None:
        self._stub: Any = usage_pb2_grpc.UsageServiceStub(channel)  # type: ignore[no-untyped-call]
        self._line = line

    async def record(self, events: Sequence[UsageEvent], *, timeout_s: float) -> None:
        """Write a batch of events; repeating one is harmless."""
        request = usage_pb2.RecordRequest(events=[_event(event) for event in events])
        await self._line.call(self._stub.Record, request, timeout_s=timeout_s)


def _scope(caller: Caller) -> cache_pb2.Scope:
    return cache_pb2.Scope(tenant_id=caller.tenant_id, key_id=caller.key_id, user_id=caller.user_id)


def _lookup_mode(mode: str) -> str:
    name = f"LOOKUP_MODE_{mode.upper()}"
    return name if name in cache_pb2.LookupMode.DESCRIPTOR.values_by_name else "LOOKUP_MODE_UNSPECIFIED"


def _cache_decision(reply: cache_pb2.LookupResponse) -> CacheDecision:
    if reply.outcome == cache_pb2.OUTCOME_MISS:
        return CacheDecision.MISS
    if reply.outcome == cache_pb2.OUTCOME_BYPASS:
        return CacheDecision("bypass;" + _word(cache_pb2.BypassReason, reply.bypass_reason, prefix="BYPASS_REASON_"))
    if reply.outcome == cache_pb2.OUTCOME_HIT and reply.hit_kind == cache_pb2.HIT_KIND_EXACT:
        return CacheDecision.HIT_EXACT
    if reply.outcome == cache_pb2.OUTCOME_HIT and reply.hit_kind == cache_pb2.HIT_KIND_SEMANTIC:
        return CacheDecision.HIT_SEMANTIC
    return CacheDecision.BAD_ANSWER


def _compress_request(question: CompressQuestion, *, budget_ms: float) -> compressor_pb2.CompressRequest:
    return compressor_pb2.CompressRequest(
        request_id=question.request_id,
        tenant_id=question.caller.tenant_id,
        target_model=question.model_group,
        segments=[_segment(str(index), slot) for index, slot in enumerate(question.slots)],
        budget_ms=budget_ms,
        mode=compressor_pb2.MODE_APPLY,
    )


def _segment(segment_id: str, slot: Slot) -> compressor_pb2.Segment:
    segment = compressor_pb2.Segment(
        id=segment_id,
        role=f"ROLE_{slot.role.upper()}",
        text=slot.text,
        locked=slot.locked,
        content_type=compressor_pb2.CONTENT_TYPE_AUTO,
    )
    if slot.tool_call is not None:
        segment.tool_call.name = slot.tool_call.name
        segment.tool_call.arguments = slot.tool_call.arguments
    return segment


def _event(event: UsageEvent) -> usage_pb2.UsageEvent:
    at = timestamp_pb2.Timestamp()
    at.FromMicroseconds(round(event.at_s * 1e6))
    return usage_pb2.UsageEvent(
        event_id=event.event_id,
        request_id=event.request_id,
        tenant_id=event.caller.tenant_id,
        key_id=event.caller.key_id,
        model=event.model,
        api=event.api,
        outcome=f"OUTCOME_{event.outcome.upper()}",
        prompt_tokens=event.prompt_tokens,
        completion_tokens=event.completion_tokens,
        cost_usd=event.cost_usd,
        saved_cache_usd=event.saved_cache_usd,
        saved_compression_usd=event.saved_compression_usd,
        at=at,
    )


def _word(enum: Any, value: int, *, prefix: str) -> str:
    """Write an enum value as our headers do: `BYPASS_REASON_NO_TEXT` becomes `no-text`."""
    known = enum.DESCRIPTOR.values_by_number
    name = known[value].name if value in known else prefix + "UNSPECIFIED"
    return str(name).removeprefix(prefix).lower().replace("_", "-")
