"""Reads the messages of the wire into the words of the cache, and refuses fields that cannot be."""

import base64
import binascii
import math
from collections.abc import Iterable

from cache_service.lookups import Lookup, RequestRef, StoreCall
from cache_service.stores import Listing, Target, TargetKind
from cache_service.terms import Answer, Api, Mode, Policy, Saved, Scope, ScopeWidth, Source
from grpc_serving.errors import InvalidArgument
from grpc_serving.security import require_tenant
from pith.cache.v1 import cache_pb2 as pb

MAX_LABELS = 32
MAX_LABEL_CHARS = 256
MAX_NAME_CHARS = 512
MAX_PAGE = 500
MAX_ROWS = 2**62
DEFAULT_PAGE = 50
MAX_WINDOW_S = 604_800.0
DEFAULT_WINDOW_S = 3600.0
LISTED_CHARS = 500


def read_scope(message: pb.Scope) -> Scope:
    """The scope, whose tenant the caller's token must allow."""
    if not message.tenant_id:
        raise InvalidArgument("scope.tenant_id", "must be set")
    for name in ("tenant_id", "key_id", "user_id", "pool"):
        check_length(f"scope.{name}", getattr(message, name), MAX_NAME_CHARS)
    require_tenant(message.tenant_id)
    return Scope(message.tenant_id, message.key_id, message.user_id, message.pool)


def read_api(value: int, *, field: str = "api") -> Api:
    """The API; unspecified and unknown ones are refused."""
    return Api[read_enum(field, value, pb.Api, "API_")]


def read_lookup(message: pb.LookupRequest, *, max_coalesce_wait_ms: float, time_left_s: float | None) -> Lookup:
    """A lookup with its limits checked."""
    request = read_ref(message.scope, message.api, message.model_group, message.request_json)
    wait_ms = message.coalesce_wait_ms
    return Lookup(
        request,
        stream=message.stream,
        mode=Mode[read_enum("mode", message.mode or pb.LOOKUP_MODE_EXACT_THEN_SEMANTIC, pb.LookupMode, "LOOKUP_MODE_")],
        max_wrong_hit_rate=_optional(message, "max_wrong_hit_rate", low=0, high=1),
        min_similarity=_optional(message, "min_similarity", low=-1, high=1),
        max_age_s=_optional(message, "max_age_s", low=0, high=math.inf),
        coalesce_wait_ms=check_range("coalesce_wait_ms", wait_ms, low=0, high=max_coalesce_wait_ms),
        time_left_s=time_left_s,
    )


def read_ref(scope: pb.Scope, api: int, model_group: str, body: bytes) -> RequestRef:
    """A request by whom, of which API and model group."""
    known = read_scope(scope)
    check_length("model_group", model_group, MAX_NAME_CHARS)
    return RequestRef(known, read_api(api), model_group, body)


def read_store(message: pb.StoreRequest) -> StoreCall:
    """An answer to be stored, with its labels and limits checked."""
    _check_labels("tags", message.tags)
    _check_labels("sources", [source.id for source in message.sources])
    for source in message.sources:
        check_length("sources.version", source.version, MAX_LABEL_CHARS)
    cost_usd = check_range("cost_usd", message.cost_usd, low=0, high=1e9)
    usage = message.usage
    for field in ("prompt_tokens", "completion_tokens"):
        check_range(f"usage.{field}", getattr(usage, field), low=0, high=1e12)
    return StoreCall(
        message.lookup_token,
        read_scope(message.scope),
        Answer(message.answer.format, message.answer.body),
        message.finish_reason,
        Saved(usage.prompt_tokens, usage.completion_tokens, cost_usd),
        tuple(dict.fromkeys(message.tags)),
        tuple(Source(source.id, source.version) for source in message.sources),
        check_range("ttl_s", message.ttl_s, low=0, high=math.inf),
    )


def read_target(message: pb.InvalidateRequest) -> Target:
    """What an invalidation names; the kinds that are not here yet have been refused before."""
    kind = message.WhichOneof("target")
    if kind is None or (kind == "tenant" and not message.tenant):
        raise InvalidArgument("target", "exactly one must be set")
    if kind == "tenant":
        return Target(TargetKind.TENANT)
    if kind == "source":
        return Target(TargetKind.SOURCE, _set("source.id", message.source.id), message.source.version)
    return Target(TargetKind(kind.removesuffix("_id")), _set(kind, getattr(message, kind)))


def read_listing(message: pb.ListEntriesRequest) -> Listing:
    """Which page of which entries."""
    check_range("page_size", message.page_size, low=0, high=MAX_PAGE)
    check_length("contains", message.contains, MAX_NAME_CHARS)
    return Listing(
        message.model_group, message.tag, message.contains, _page(message.page_token), message.page_size or DEFAULT_PAGE
    )


def read_policy(message: pb.Policy, scope: Scope) -> Policy:
    """A policy for the namespace of the scope."""
    if message.namespace not in {"", scope.tenant_id}:
        raise InvalidArgument("policy.namespace", "must be the scope's tenant_id or empty")
    if message.max_wrong_hit_rate:
        raise InvalidArgument("policy.max_wrong_hit_rate", "must be 0: the error budget comes with a later release")
    width = message.scope_width or pb.SCOPE_WIDTH_TENANT
    modes = tuple(
        Mode[read_enum("policy.modes", mode, pb.LookupMode, "LOOKUP_MODE_")] for mode in dict.fromkeys(message.modes)
    )
    return Policy(
        scope.tenant_id,
        ScopeWidth[read_enum("policy.scope_width", width, pb.ScopeWidth, "SCOPE_WIDTH_")],
        check_range("policy.ttl_s", message.ttl_s, low=0, high=math.inf),
        modes,
        check_range("policy.max_temperature", message.max_temperature, low=0, high=2),
        message.etag,
    )


def read_window(window_s: float) -> float:
    """The window of GetStats in seconds."""
    return check_range("window_s", window_s, low=1, high=MAX_WINDOW_S) if window_s else DEFAULT_WINDOW_S


def read_enum(field: str, value: int, enum: type, prefix: str) -> str:
    """The name of an enum value without its prefix; unspecified and unknown ones are refused."""
    names: dict[int, str] = {number: name for name, number in enum.items()}  # type: ignore[attr-defined]
    if not value or value not in names:
        allowed = ", ".join(name for number, name in sorted(names.items()) if number)
        raise InvalidArgument(field, f"is {value}; it must be one of {allowed}")
    return names[value].removeprefix(prefix)


def check_range(field: str, value: float, *, low: float, high: float) -> float:
    """The value, if it is a number between the limits."""
    if math.isnan(value) or math.isinf(value) or not low <= value <= high:
        limit = f"between {low:g} and {high:g}" if math.isfinite(high) else f"at least {low:g}"
        raise InvalidArgument(field, f"is {value:g}; it must be a finite number {limit}")
    return value


def check_length(field: str, text: str, limit: int) -> None:
    """Refuses a text of more characters than the limit."""
    if len(text) > limit:
        raise InvalidArgument(field, f"has {len(text)} characters; at most {limit} are allowed")


def _page(token: str) -> int:
    if not token:
        return 0
    try:
        before = int(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, binascii.Error) as error:
        raise InvalidArgument("page_token", "is not one that this service gave") from error
    if not 0 < before < MAX_ROWS:
        raise InvalidArgument("page_token", "is not one that this service gave")
    return before


def _optional(message: pb.LookupRequest, field: str, *, low: float, high: float) -> float | None:
    return check_range(field, getattr(message, field), low=low, high=high) if message.HasField(field) else None


def _check_labels(field: str, labels: Iterable[str]) -> None:
    known = list(labels)
    if len(known) > MAX_LABELS:
        raise InvalidArgument(field, f"has {len(known)} items; at most {MAX_LABELS} are allowed")
    for label in known:
        _set(field, label)
        check_length(field, label, MAX_LABEL_CHARS)


def _set(field: str, text: str) -> str:
    if not text:
        raise InvalidArgument(field, "must not be empty")
    return text
