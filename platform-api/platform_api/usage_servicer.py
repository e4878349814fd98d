"""Translates UsageService between the wire and the domain."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy.exc import SQLAlchemyError

from grpc_serving.errors import InvalidArgument, Unavailable
from grpc_serving.observe import request_log
from grpc_serving.security import require_tenant
from grpc_serving.server import Role, Service
from pith.usage.v1 import usage_pb2, usage_pb2_grpc

from .domain.usage import MAX_EVENTS, Outcome, UsageEvent, check_event
from .storage.usage import UsageRepository

_OUTCOMES: Mapping[int, Outcome] = {
    usage_pb2.OUTCOME_PROVIDER: Outcome.PROVIDER,
    usage_pb2.OUTCOME_HIT_EXACT: Outcome.HIT_EXACT,
    usage_pb2.OUTCOME_HIT_SEMANTIC: Outcome.HIT_SEMANTIC,
    usage_pb2.OUTCOME_ERROR: Outcome.ERROR,
    usage_pb2.OUTCOME_CANCELLED: Outcome.CANCELLED,
}
_LAST_SECOND = 253_402_300_799  # the end of the year 9999


class UsageServicer(usage_pb2_grpc.UsageServiceServicer):
    """Takes usage events."""

    def __init__(self, repository: UsageRepository) -> None:
        self._repository = repository

    async def Record(  # noqa: N802
        self,
        request: usage_pb2.RecordRequest,
        context: grpc.aio.ServicerContext,  # noqa: ARG002
    ) -> usage_pb2.RecordResponse:
        """Write a batch of events, each once, all or none of them."""
        started = time.perf_counter()
        if len(request.events) > MAX_EVENTS:
            raise InvalidArgument("events", f"must be at most {MAX_EVENTS}, got {len(request.events)}")
        events = [_event(event, field=f"events[{index}]") for index, event in enumerate(request.events)]
        for tenant_id in {event.tenant_id for event in events}:
            require_tenant(tenant_id)
        checked = time.perf_counter()
        try:
            recorded = await self._repository.record(events)
        except SQLAlchemyError as error:
            raise Unavailable("the store does not answer now") from error
        done = time.perf_counter()
        request_log(recorded=recorded, duplicates=len(events) - recorded)
        stages = {"check": (checked - started) * 1000, "write": (done - checked) * 1000}
        timings = usage_pb2.Timings(total_ms=(done - started) * 1000, stage_ms=stages)
        return usage_pb2.RecordResponse(recorded=recorded, duplicates=len(events) - recorded, timings=timings)


def usage_service(repository: UsageRepository) -> Service:
    """Return the gRPC service for a server to add."""
    servicer = UsageServicer(repository)
    return Service(
        name=usage_pb2.DESCRIPTOR.services_by_name["UsageService"].full_name,
        register=lambda server: usage_pb2_grpc.add_UsageServiceServicer_to_server(servicer, server),  # type: ignore[no-untyped-call]
        roles={"Record": Role.HOOK},
        close=_nothing_to_close,
    )


async def _nothing_to_close() -> None:
    """The repository belongs to the process, which closes it."""


def _event(event: usage_pb2.UsageEvent, *, field: str) -> UsageEvent:
    outcome = _OUTCOMES.get(event.outcome)
    if outcome is None:
        raise InvalidArgument(f"{field}.outcome", f"must be one of the outcomes of a request, got {event.outcome}")
    domain_event = UsageEvent(
        event_id=event.event_id,
        request_id=event.request_id,
        tenant_id=event.tenant_id,
        key_id=event.key_id,
        model=event.model,
        api=event.api,
        prompt_tokens=event.prompt_tokens,
        completion_tokens=event.completion_tokens,
        cost_usd=event.cost_usd,
        saved_cache_usd=event.saved_cache_usd,
        saved_compression_usd=event.saved_compression_usd,
        outcome=outcome,
        at=_moment(event.at if event.HasField("at") else None, field=f"{field}.at"),
    )
    check_event(domain_event, field=field)
    return domain_event


def _moment(stamp: Timestamp | None, *, field: str) -> datetime:
    if stamp is None or not (0 < stamp.seconds <= _LAST_SECOND and 0 <= stamp.nanos < 1_000_000_000):
        raise InvalidArgument(field, "must be a moment between 1970 and 9999")
    return datetime.fromtimestamp(stamp.seconds, UTC).replace(microsecond=stamp.nanos // 1000)
