"""Writes the words of the cache into the messages of the wire."""

import base64
from collections.abc import Sequence
from enum import Enum
from functools import cache
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from cache_service.inspection import Allowed, Explanation, Stats
from cache_service.lookups import LookupResult, StoreResult
from cache_service.stopwatch import Stopwatch
from cache_service.stores import Entry
from cache_service.terms import Api, Policy, Saved
from pith.cache.v1 import cache_pb2 as pb

LISTED_CHARS = 500


def lookup_response(result: LookupResult) -> pb.LookupResponse:
    """The message for what a lookup decided."""
    response = pb.LookupResponse(
        outcome=_name("OUTCOME", result.outcome),
        hit_kind=_name("HIT_KIND", result.hit_kind),
        bypass_reason=_name("BYPASS_REASON", result.bypass),
        shadow=_name("OUTCOME", result.shadow),
        similarity=result.similarity,
        error_bound=result.error_bound,
        age_ms=result.age_ms,
        near_misses=[
            pb.NearMiss(entry_id=near.entry_id, similarity=near.similarity, veto=_name("VETO", near.veto))
            for near in result.near_misses
        ],
        lookup_token=result.token,
        timings=timings(result.watch),
        stale=result.stale,
        in_flight=result.in_flight,
    )
    if result.entry is not None:
        response.entry_id = result.entry.entry_id
        response.answers.extend(answers(result.entry))
        response.saved.CopyFrom(saved(result.entry.saved))
    return response


def store_response(result: StoreResult) -> pb.StoreResponse:
    """The message for what became of an answer."""
    if result.rejection is not None:
        reason = _name("REJECT_REASON", result.rejection)
        return pb.StoreResponse(outcome=pb.STORE_OUTCOME_REJECTED, reject_reason=reason, timings=timings(result.watch))
    response = pb.StoreResponse(
        outcome=pb.STORE_OUTCOME_STORED,
        timings=timings(result.watch),
        compared=result.compared,
        differed=result.differed,
    )
    if result.entry is not None:
        response.entry_id = result.entry.entry_id
        response.expires_at.CopyFrom(timestamp(result.entry.expires_at))
    return response


def entry_message(entry: Entry) -> pb.Entry:
    """One entry without its answers."""
    return pb.Entry(
        entry_id=entry.entry_id,
        model_group=entry.model_group,
        api=_name("API", Api(entry.api)),
        key_text=entry.key_text[:LISTED_CHARS],
        stored_at=timestamp(entry.stored_at),
        expires_at=timestamp(entry.expires_at),
        tags=entry.tags,
        sources=[pb.Source(id=source.id, version=source.version) for source in entry.sources],
        hits=entry.hits,
        saved=saved(entry.saved),
        formats=[answer.format for answer in entry.answers],
    )


def answers(entry: Entry) -> Sequence[pb.Answer]:
    """The answers of an entry."""
    return [pb.Answer(format=answer.format, body=answer.body) for answer in entry.answers]


def explain_response(explained: Explanation, watch: Stopwatch) -> pb.ExplainResponse:
    """The message for a comparison."""
    return pb.ExplainResponse(
        same_exact_key=explained.same_exact_key,
        same_partition=explained.same_partition,
        similarity=explained.similarity,
        guards=[
            pb.GuardVerdict(
                name=guard.name,
                verdict=_name("VETO", guard.veto),
                detail=guard.detail,
            )
            for guard in explained.guards
        ],
        error_bound=explained.error_bound,
        outcome=_name("OUTCOME", explained.outcome),
        bypass_reason=_name("BYPASS_REASON", explained.bypass),
        timings=timings(watch),
        max_wrong_hit_rate=explained.budget,
        veto=_name("VETO", explained.veto),
        reason=explained.reason,
    )


def policy_message(policy: Policy) -> pb.Policy:
    """The message for a policy."""
    return pb.Policy(
        namespace=policy.namespace,
        scope_width=_name("SCOPE_WIDTH", policy.scope_width),
        ttl_s=policy.ttl_s,
        modes=[_name("LOOKUP_MODE", mode) for mode in policy.modes],
        etag=policy.etag,
        max_temperature=policy.max_temperature,
        max_wrong_hit_rate=policy.max_wrong_hit_rate,
        pool=policy.pool,
        pool_members=policy.pool_members,
        pool_curators=policy.pool_curators,
        stale_after_s=policy.stale_after_s,
        shadow_rate=policy.shadow_rate,
    )


def calibration_message(allowed: Allowed) -> pb.Calibration:
    """The message for what the evidence of a namespace allows."""
    return pb.Calibration(
        embedder=allowed.embedder,
        observations=allowed.observations,
        own_observations=allowed.own_observations,
        threshold=allowed.threshold,
        error_bound=allowed.error_bound,
        expected_hit_share=allowed.hit_share,
        expected_wrong_rate=allowed.wrong_rate,
        next_threshold=allowed.next_threshold,
        missing_observations=allowed.missing,
        curve=[
            pb.BoundPoint(
                similarity=point.similarity,
                error_bound=point.error_bound,
                observations=point.observations,
                wrong=point.wrong,
            )
            for point in allowed.curve
        ],
    )


def stats_response(stats: Stats, watch: Stopwatch) -> pb.GetStatsResponse:
    """The message for the counts of a window."""
    rate, low, high = stats.wrong_per_hit
    return pb.GetStatsResponse(
        lookups=stats.lookups,
        hits_exact=stats.hits_exact,
        hits_semantic=stats.hits_semantic,
        misses=stats.misses,
        bypasses=stats.bypasses,
        stored=stats.stored,
        rejected=stats.rejected,
        hit_rate=stats.hit_rate,
        wrong_per_hit=rate,
        wrong_per_hit_low=low,
        wrong_per_hit_high=high,
        entries=stats.entries,
        saved=saved(stats.saved),
        timings=timings(watch),
    )


def saved(value: Saved) -> pb.Saved:
    """The message for what a hit saves."""
    return pb.Saved(
        prompt_tokens=value.prompt_tokens, completion_tokens=value.completion_tokens, cost_usd=value.cost_usd
    )


def timings(watch: Stopwatch) -> pb.Timings:
    """The message for where the time went."""
    return pb.Timings(total_ms=watch.total_ms, queue_ms=watch.queue_ms, stage_ms=watch.stage_ms)


def timestamp(seconds: float) -> Timestamp:
    """A time since 1970 as a message."""
    return Timestamp(seconds=int(seconds), nanos=int(seconds % 1 * 1e9))


def page_token(before: int) -> str:
    """Where the next page begins, for the client to hand back; empty after the last page."""
    return base64.urlsafe_b64encode(str(before).encode()).decode() if before else ""


@cache
def _name(prefix: str, member: Enum | None) -> Any:
    """The wire's value for a word of ours."""
    return getattr(pb, f"{prefix}_{member.name if member else 'UNSPECIFIED'}")
