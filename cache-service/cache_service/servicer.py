"""Answers the RPCs of CacheService: reads the message, asks the domain, writes the message."""

from dataclasses import dataclass
from typing import TypeAlias

import grpc

from cache_service import wire_reading as reading
from cache_service import wire_writing as writing
from cache_service.inspection import Inspection
from cache_service.learning import Asked
from cache_service.policies import Policies
from cache_service.semantic_cache import SemanticCache
from cache_service.stopwatch import Stopwatch
from cache_service.storing import Storing
from cache_service.terms import Scope
from grpc_serving.observe import request_log
from grpc_serving.security import Role
from pith.cache.v1 import cache_pb2 as pb
from pith.cache.v1 import cache_pb2_grpc

SERVICE = pb.DESCRIPTOR.services_by_name["CacheService"].full_name
HOOK_METHODS = frozenset({"Lookup", "Store", "Release", "Renew"})
ROLES = {
    method.name: Role.HOOK if method.name in HOOK_METHODS else Role.OPERATOR
    for method in pb.DESCRIPTOR.services_by_name["CacheService"].methods
}

Context: TypeAlias = grpc.aio.ServicerContext


@dataclass(frozen=True)
class BorderLimits:
    """What the border checks."""

    max_coalesce_wait_ms: float
    max_ttl_s: float


class CacheServicer(cache_pb2_grpc.CacheServiceServicer):
    """The gRPC face of the cache."""

    def __init__(
        self,
        cache: SemanticCache,
        storing: Storing,
        *,
        inspection: Inspection,
        policies: Policies,
        limits: BorderLimits,
    ) -> None:
        self._cache = cache
        self._storing = storing
        self._inspection = inspection
        self._policies = policies
        self._limits = limits

    async def Lookup(self, request: pb.LookupRequest, context: Context) -> pb.LookupResponse:  # noqa: N802
        """Hit, miss or bypass."""
        _log(request.scope, request.request_id)
        lookup = reading.read_lookup(
            request, max_coalesce_wait_ms=self._limits.max_coalesce_wait_ms, time_left_s=context.time_remaining()
        )
        result = await self._cache.lookup(lookup)
        kind = f"-{result.hit_kind.value}" if result.hit_kind else ""
        request_log(
            outcome=f"{result.outcome.value}{kind}",
            bypass=result.bypass.value if result.bypass else None,
            entry_id=result.entry.entry_id if result.entry else None,
            similarity=round(result.similarity, 4) if result.hit_kind else None,
            near_misses=len(result.near_misses) or None,
            shadow=result.shadow.value if result.shadow else None,
            stale=result.stale or None,
        )
        return writing.lookup_response(result)

    async def Store(self, request: pb.StoreRequest, context: Context) -> pb.StoreResponse:  # noqa: N802, ARG002
        """Keeps an answer or says why not."""
        _log(request.scope)
        result = await self._storing.store(reading.read_store(request))
        rejection = result.rejection.value if result.rejection else None
        request_log(stored=rejection is None, rejected=rejection, format=request.answer.format)
        return writing.store_response(result)

    async def Release(self, request: pb.ReleaseRequest, context: Context) -> pb.ReleaseResponse:  # noqa: N802, ARG002
        """Frees whoever waits for a call that failed."""
        _log(request.scope)
        watch = Stopwatch()
        scope = reading.read_scope(request.scope)
        if request.reason:
            reading.read_enum("reason", request.reason, pb.ReleaseReason, "RELEASE_REASON_")
        released = await self._storing.release(request.lookup_token, scope)
        return pb.ReleaseResponse(released=released, timings=writing.timings(watch))

    async def Renew(self, request: pb.RenewRequest, context: Context) -> pb.RenewResponse:  # noqa: N802, ARG002
        """Says that the call of a lookup that missed still runs."""
        _log(request.scope)
        watch = Stopwatch()
        token, scope = reading.read_renew(request)
        lease_s = await self._storing.renew(token, scope)
        return pb.RenewResponse(renewed=lease_s is not None, lease_s=lease_s or 0.0, timings=writing.timings(watch))

    async def Report(self, request: pb.ReportRequest, context: Context) -> pb.ReportResponse:  # noqa: N802, ARG002
        """Hears a verdict on a served answer; without a request it is meant for every request."""
        _log(request.scope)
        watch = Stopwatch()
        scope = reading.read_scope(request.scope)
        verdict = reading.read_enum("verdict", request.verdict, pb.Verdict, "VERDICT_")
        reading.check_length("reporter", request.reporter, reading.MAX_NAME_CHARS)
        request_log(entry_id=request.entry_id, verdict=verdict.lower(), reporter=request.reporter)
        asked = await self._asked(request, scope)
        done = await self._storing.report(scope, request.entry_id, wrong=verdict == "WRONG", asked=asked)
        request_log(removed=done.entry_removed, remembered=done.pair_remembered, counted=done.counted)
        return pb.ReportResponse(
            timings=writing.timings(watch),
            entry_removed=done.entry_removed,
            pair_remembered=done.pair_remembered,
            counted=done.counted,
        )

    async def Invalidate(  # noqa: N802
        self,
        request: pb.InvalidateRequest,
        context: Context,  # noqa: ARG002
    ) -> pb.InvalidateResponse:
        """Takes entries out of service, or counts them."""
        _log(request.scope)
        watch = Stopwatch()
        scope = reading.read_scope(request.scope)
        target = reading.read_target(request)
        matched, samples = await self._inspection.invalidate(scope.tenant_id, target, dry_run=request.dry_run)
        request_log(target=target.kind.value, matched=matched, dry_run=request.dry_run)
        return pb.InvalidateResponse(
            matched=matched, samples=map(writing.entry_message, samples), timings=writing.timings(watch)
        )

    async def Explain(self, request: pb.ExplainRequest, context: Context) -> pb.ExplainResponse:  # noqa: N802, ARG002
        """Compares two requests as a lookup would."""
        _log(request.scope)
        watch = Stopwatch()
        one, other = (
            reading.read_ref(request.scope, request.api, request.model_group, body)
            for body in (request.request_json_a, request.request_json_b)
        )
        return writing.explain_response(await self._inspection.explain(one, other, watch), watch)

    async def ListEntries(  # noqa: N802
        self,
        request: pb.ListEntriesRequest,
        context: Context,  # noqa: ARG002
    ) -> pb.ListEntriesResponse:
        """A page of entries, newest first."""
        _log(request.scope)
        watch = Stopwatch()
        scope = reading.read_scope(request.scope)
        page = await self._inspection.listing(scope.tenant_id, reading.read_listing(request))
        return pb.ListEntriesResponse(
            entries=map(writing.entry_message, page.entries),
            next_page_token=writing.page_token(page.next_before),
            timings=writing.timings(watch),
        )

    async def GetEntry(self, request: pb.GetEntryRequest, context: Context) -> pb.GetEntryResponse:  # noqa: N802, ARG002
        """One entry with its answers."""
        _log(request.scope)
        watch = Stopwatch()
        scope = reading.read_scope(request.scope)
        entry = await self._inspection.entry(scope.tenant_id, request.entry_id)
        return pb.GetEntryResponse(
            entry=writing.entry_message(entry), answers=writing.answers(entry), timings=writing.timings(watch)
        )

    async def GetPolicy(self, request: pb.GetPolicyRequest, context: Context) -> pb.GetPolicyResponse:  # noqa: N802, ARG002
        """The policy in force, and what the evidence allows under it."""
        _log(request.scope)
        watch = Stopwatch()
        policy = await self._policies.get(reading.read_scope(request.scope).tenant_id)
        allowed = await self._inspection.allowed(policy.namespace, policy.max_wrong_hit_rate)
        return pb.GetPolicyResponse(
            policy=writing.policy_message(policy),
            timings=writing.timings(watch),
            calibration=writing.calibration_message(allowed),
        )

    async def SetPolicy(self, request: pb.SetPolicyRequest, context: Context) -> pb.SetPolicyResponse:  # noqa: N802, ARG002
        """Replaces a policy."""
        _log(request.scope)
        watch = Stopwatch()
        policy = reading.read_policy(request.policy, reading.read_scope(request.scope))
        new = await self._policies.put(policy, max_ttl_s=self._limits.max_ttl_s)
        return pb.SetPolicyResponse(policy=writing.policy_message(new), timings=writing.timings(watch))

    async def GetStats(self, request: pb.GetStatsRequest, context: Context) -> pb.GetStatsResponse:  # noqa: N802, ARG002
        """Counts over a window."""
        _log(request.scope)
        watch = Stopwatch()
        scope = reading.read_scope(request.scope)
        stats = await self._inspection.stats(scope.tenant_id, window_s=reading.read_window(request.window_s))
        return writing.stats_response(stats, watch)

    async def _asked(self, request: pb.ReportRequest, scope: Scope) -> Asked | None:
        """The request that a verdict is about, if it names one."""
        kind = request.WhichOneof("request")
        if kind == "lookup_token":
            return self._storing.asked_by_token(request.lookup_token, scope)
        if kind == "request_json":
            ref = reading.read_ref(request.scope, request.api, request.model_group, request.request_json)
            return await self._storing.asked_by_request(ref)
        return None


def _log(scope: pb.Scope, request_id: str = "") -> None:
    request_log(tenant_id=scope.tenant_id, request_id=request_id)
