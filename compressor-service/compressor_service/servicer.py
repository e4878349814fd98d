"""Translates the gRPC messages of the compressor to the domain and back."""

import math
import time
from collections.abc import Sequence
from enum import Enum
from typing import TypeVar

import grpc

from compressor_service import validation
from compressor_service.admission import Admission, Answer
from compressor_service.compression import Compressor
from compressor_service.conversation import Role, Segment
from compressor_service.outcomes import sum_eligible
from compressor_service.pacing import TIERS, Pacer
from compressor_service.policy import Policy, Profile, RateRange
from compressor_service.requests import Request, Result, SegmentResult
from compressor_service.spans import to_bytes
from compressor_service.structure import ContentType
from compressor_service.tokens import EXACT_FOR
from grpc_serving.errors import InvalidArgument
from grpc_serving.observe import request_log
from grpc_serving.security import Role as CallerRole
from pith.compressor.v1 import compressor_pb2 as pb
from pith.compressor.v1 import compressor_pb2_grpc

SERVICE = "pith.compressor.v1.CompressorService"
ROLES = {"Compress": CallerRole.HOOK, "GetCapabilities": CallerRole.OPERATOR}

E = TypeVar("E", bound=Enum)


class CompressorServicer(compressor_pb2_grpc.CompressorServiceServicer):
    """Answers Compress and GetCapabilities."""

    def __init__(
        self,
        compressor: Compressor,
        pacer: Pacer,
        *,
        admission: Admission,
        limits: validation.Limits,
        default_budget_ms: float,
    ) -> None:
        self._compressor = compressor
        self._pacer = pacer
        self._admission = admission
        self._limits = limits
        self._default_budget_ms = default_budget_ms

    async def Compress(  # noqa: N802
        self, request: pb.CompressRequest, context: grpc.aio.ServicerContext[pb.CompressRequest, pb.CompressResponse]
    ) -> pb.CompressResponse:
        """Compress the segments of one LLM request."""
        request_log(request_id=request.request_id, tenant_id=request.tenant_id)
        wanted = read_request(request, self._limits, self._compressor.engines.names)
        budget_ms = min(wanted.budget_ms or self._default_budget_ms, _remaining_ms(context))
        answer = await self._admission.compress(wanted, budget_ms)
        response = write_answer(answer, include_spans=request.include_spans)
        request_log(
            engine=response.engine,
            tokens_before=response.totals.tokens_before,
            tokens_after=response.totals.tokens_after,
        )
        return response

    async def GetCapabilities(  # noqa: N802
        self,
        request: pb.GetCapabilitiesRequest,  # noqa: ARG002
        context: grpc.aio.ServicerContext[pb.GetCapabilitiesRequest, pb.GetCapabilitiesResponse],  # noqa: ARG002
    ) -> pb.GetCapabilitiesResponse:
        """Name the engines that work on this server, what they cost, and the tokenizers."""
        started = time.perf_counter()
        engines = [
            pb.EngineCapability(
                name=name,
                fingerprint=self._compressor.engines.fingerprint_of(name),
                measured_ms_per_1k_tokens=self._pacer.cost(name),
            )
            for name in self._compressor.engines.names
        ]
        tokenizers = [pb.TokenizerCapability(name=name, exact_for=prefixes) for name, prefixes in EXACT_FOR.items()]
        timings = pb.Timings(total_ms=(time.perf_counter() - started) * 1000)
        return pb.GetCapabilitiesResponse(engines=engines, tokenizers=tokenizers, timings=timings)


def _remaining_ms(context: grpc.aio.ServicerContext[pb.CompressRequest, pb.CompressResponse]) -> float:
    remaining_s = context.time_remaining()
    return math.inf if remaining_s is None else remaining_s * 1000


def read_request(request: pb.CompressRequest, limits: validation.Limits, engines: Sequence[str] = TIERS) -> Request:
    """Translate a request; InvalidArgument names the field that is wrong, FailedPrecondition an engine that is missing."""
    validation.check_count(len(request.segments), limits)
    validation.check_budget(request.budget_ms)
    segments = [_read_segment(segment, f"segments[{index}]") for index, segment in enumerate(request.segments)]
    validation.check_segments(segments, limits)
    policy = _read_policy(request.policy)
    validation.check_policy(policy, engines)
    mode = _known("mode", request.mode, pb.Mode)
    return Request(
        segments,
        policy,
        target_model=request.target_model,
        tenant_id=request.tenant_id,
        budget_ms=request.budget_ms,
        shadow=mode == pb.MODE_SHADOW,
    )


def _read_segment(segment: pb.Segment, where: str) -> Segment:
    if _known(f"{where}.role", segment.role, pb.Role) == pb.ROLE_UNSPECIFIED:
        raise InvalidArgument(f"{where}.role", "must be SYSTEM, USER, ASSISTANT or TOOL")
    content_type = _known(f"{where}.content_type", segment.content_type, pb.ContentType)
    return Segment(
        id=segment.id,
        role=Role(segment.role),
        text=segment.text,
        locked=segment.locked,
        query=segment.query,
        content_type=ContentType(content_type or pb.CONTENT_TYPE_AUTO),
        call_name=segment.tool_call.name,
        call_arguments=segment.tool_call.arguments,
    )


def _read_policy(policy: pb.Policy) -> Policy:
    profile = _known("policy.profile", policy.profile, pb.Profile)
    stability = _known("policy.stability", policy.stability, pb.Stability)
    target = policy.WhichOneof("target")
    return Policy(
        profile=Profile(profile) if profile else None,
        rate=policy.rate if target == "rate" else None,
        target_tokens=policy.target_tokens if target == "target_tokens" else None,
        min_tokens=policy.min_tokens if policy.HasField("min_tokens") else None,
        ranges=tuple(RateRange(size.min_tokens, size.max_tokens, size.rate) for size in policy.ranges),
        force_tokens=tuple(policy.force_tokens),
        protect_extra=tuple(policy.protect_extra),
        compress_system=policy.compress_system,
        engine=policy.engine,
        stable=stability != pb.STABILITY_NONE,
        tags=policy.tags if policy.HasField("tags") else None,
    )


def _known(field: str, value: int, enum: type) -> int:
    """proto3 lets unknown numbers through; a wish that this server does not know must not be ignored."""
    if value not in enum.values():  # type: ignore[attr-defined]
        raise InvalidArgument(field, f"unknown value {value}")
    return value


def write_answer(answer: Answer, *, include_spans: bool) -> pb.CompressResponse:
    """Translate an answer."""
    result = answer.result
    return pb.CompressResponse(
        segments=[_write_segment(segment, include_spans=include_spans) for segment in result.segments],
        totals=_write_totals(result),
        invariants=[
            pb.Invariant(**{"class": found.kind.value}, total=found.total, kept=found.kept, repaired=found.repaired)
            for found in result.findings
        ],
        engine=result.engine,
        degraded_from=result.degraded_from,
        policy_version=result.policy_version,
        engine_fingerprint=result.fingerprint,
        warnings=result.warnings,
        timings=pb.Timings(total_ms=answer.total_ms, queue_ms=answer.queue_ms, stage_ms=result.clock.stage_ms),
    )


def _write_totals(result: Result) -> pb.Totals:
    outcomes = [segment.outcome for segment in result.segments]
    eligible_before, eligible_after = sum_eligible(outcomes)
    return pb.Totals(
        tokens_before=sum(outcome.tokens_before for outcome in outcomes),
        tokens_after=sum(outcome.tokens_after for outcome in outcomes),
        eligible_before=eligible_before,
        eligible_after=eligible_after,
        tokenizer=result.tokenizer.name,
        tokenizer_exact=result.tokenizer.exact,
    )


def _write_segment(segment: SegmentResult, *, include_spans: bool) -> pb.SegmentResult:
    outcome = segment.outcome
    written = pb.SegmentResult(
        id=segment.id,
        changed=segment.changed,
        text=segment.text,
        skip_reason=pb.SkipReason.Name(outcome.skip.value if outcome.skip else 0),
        tokens_before=outcome.tokens_before,
        tokens_after=outcome.tokens_after,
        engine=outcome.engine,
    )
    if include_spans:
        written.spans.extend(
            pb.Span(
                start=span.start,
                end=span.end,
                kept=span.kept,
                score=span.score,
                reason=pb.SpanReason.Name(span.reason.value),
            )
            for span in to_bytes(segment.original, segment.spans)
        )
    return written
