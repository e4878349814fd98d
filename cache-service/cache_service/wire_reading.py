"""Reads the messages of the wire into the words of the cache, and refuses fields that cannot be."""

import base64
import binascii
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from cache_service.lookups import Lookup, RequestRef, StoreCall
from cache_service.pools import PREFIX as POOL_PREFIX
from cache_service.stores import Listing, Target, TargetKind
from cache_service.terms import Answer, Api, Mode, Policy, Saved, Scope, ScopeWidth, Source
from grpc_serving.errors import InvalidArgument
from grpc_serving.security import require_tenant, require_unbound
from pith.cache.v1 import cache_pb2 as pb

MAX_LABELS = 32
MAX_LABEL_CHARS = 256
MAX_NAME_CHARS = 512
MAX_PAGE = 500
MAX_ROWS = 2**62
DEFAULT_PAGE = 50
MAX_WINDOW_S = 604_800.0
DEFAULT_WINDOW_S = 3600.0
# Tenants that one list of a pool may name.
MAX_TENANTS = 1000
MAX_NEIGHBOURHOOD_CHARS = 4000


def read_scope(message: pb.Scope) -> Scope:
    """The scope, whose tenant the caller's token must allow; that of a pool is for tokens bound to no tenant."""
    if not message.tenant_id:
        raise InvalidArgument("scope.tenant_id", "must be set")
    if message.tenant_id.startswith(POOL_PREFIX):
        require_unbound()
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
        no_cache=message.no_cache,
        no_store=message.no_store,
    )


def read_ref(scope: pb.Scope, api: int, model_group: str, body: bytes) -> RequestRef:
    """A request by whom, of which API and model group."""
    known = _tenants_scope(scope)
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
        _tenants_scope(message.scope),
        Answer(message.answer.format, message.answer.body),
        message.finish_reason,
        Saved(usage.prompt_tokens, usage.completion_tokens, cost_usd),
        tuple(dict.fromkeys(message.tags)),
        tuple(Source(source.id, source.version) for source in message.sources),
        check_range("ttl_s", message.ttl_s, low=0, high=math.inf),
    )


def read_renew(message: pb.RenewRequest) -> tuple[bytes, Scope]:
    """The token of a call that still runs, and its scope."""
    return message.lookup_token, _tenants_scope(message.scope)


def read_target(message: pb.InvalidateRequest) -> Target:
    """What an invalidation names; of a neighbourhood the text is in `value`, for the caller to embed."""
    kind = message.WhichOneof("target")
    if kind is None or (kind in {"tenant", "all"} and not getattr(message, kind)):
        raise InvalidArgument("target", "exactly one must be set")
    if kind == "tenant":
        return Target(TargetKind.TENANT)
    if kind == "all":
        require_unbound()
        return Target(TargetKind.ALL)
    if kind == "neighbourhood":
        return _neighbourhood(message.neighbourhood)
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
    """A policy for the namespace of the scope, or for a pool's, which needs a token that is bound to no tenant."""
    namespace = message.namespace or scope.tenant_id
    if namespace != scope.tenant_id and not namespace.startswith(POOL_PREFIX):
        raise InvalidArgument("policy.namespace", "must be the scope's tenant_id, pool:<name>, or empty")
    width = message.scope_width or pb.SCOPE_WIDTH_TENANT
    modes = tuple(
        Mode[read_enum("policy.modes", mode, pb.LookupMode, "LOOKUP_MODE_")] for mode in dict.fromkeys(message.modes)
    )
    ttl_s = check_range("policy.ttl_s", message.ttl_s, low=0, high=math.inf)
    policy = Policy(
        namespace,
        ScopeWidth[read_enum("policy.scope_width", width, pb.ScopeWidth, "SCOPE_WIDTH_")],
        ttl_s,
        modes,
        check_range("policy.max_temperature", message.max_temperature, low=0, high=2),
        message.etag,
        check_range("policy.max_wrong_hit_rate", message.max_wrong_hit_rate, low=0, high=1),
        pool=message.pool,
        pool_members=_tenants("policy.pool_members", message.pool_members),
        pool_curators=_tenants("policy.pool_curators", message.pool_curators),
        stale_after_s=check_range("policy.stale_after_s", message.stale_after_s, low=0, high=ttl_s),
        shadow_rate=_optional(message, "shadow_rate", low=0, high=1, within="policy."),
    )
    _check_pool(policy)
    return policy


def _check_pool(policy: Policy) -> None:
    """Refuses what a tenant's policy says of members, and a pool's of another pool."""
    check_length("policy.pool", policy.pool, MAX_NAME_CHARS)
    if policy.namespace.startswith(POOL_PREFIX):
        require_unbound()
        check_length("policy.namespace", policy.namespace, MAX_NAME_CHARS)
        _set("policy.namespace", policy.namespace.removeprefix(POOL_PREFIX))
        if policy.pool or policy.scope_width is ScopeWidth.POOL:
            raise InvalidArgument("policy.pool", "must be empty in the policy of a pool")
        return
    if policy.pool_members or policy.pool_curators:
        field = "pool_members" if policy.pool_members else "pool_curators"
        raise InvalidArgument(f"policy.{field}", "belongs into the policy of the namespace pool:<name>")
    if policy.scope_width is ScopeWidth.POOL:
        _set("policy.pool", policy.pool)


def _tenants(field: str, names: Sequence[str]) -> tuple[str, ...]:
    if len(names) > MAX_TENANTS:
        raise InvalidArgument(field, f"has {len(names)} items; at most {MAX_TENANTS} are allowed")
    for name in names:
        check_length(field, _set(field, name), MAX_NAME_CHARS)
    return tuple(dict.fromkeys(names))


def _neighbourhood(message: pb.Neighbourhood) -> Target:
    text = _set("neighbourhood.text", message.text.strip())
    check_length("neighbourhood.text", text, MAX_NEIGHBOURHOOD_CHARS)
    least = check_range("neighbourhood.min_similarity", message.min_similarity, low=0.5, high=1)
    return Target(TargetKind.NEIGHBOURHOOD, text, min_similarity=least)


def _tenants_scope(message: pb.Scope) -> Scope:
    """The scope of a request, which only a tenant makes."""
    if message.tenant_id.startswith(POOL_PREFIX):
        raise InvalidArgument("scope.tenant_id", f"must not begin with {POOL_PREFIX}, which names the policy of a pool")
    return read_scope(message)


def read_window(window_s: float) -> float:
    """The window of GetStats in seconds."""
    return check_range("window_s", window_s, low=1, high=MAX_WINDOW_S) if window_s else DEFAULT_WINDOW_S


def read_enum(field: str, value: int, enum: type, prefix: str) -> str:
    """The name of an enum value without its prefix; unspecified and unknown ones are refused."""
    names = _enum_names(enum)
    if not value or value not in names:
        allowed = ", ".join(name for number, name in sorted(names.items()) if number)
        raise InvalidArgument(field, f"is {value}; it must be one of {allowed}")
    return names[value].removeprefix(prefix)


@cache
def _enum_names(enum: type) -> Mapping[int, str]:
    return {number: name for name, number in enum.items()}  # type: ignore[attr-defined]


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


def _optional(
    message: pb.LookupRequest | pb.Policy, field: str, *, low: float, high: float, within: str = ""
) -> float | None:
    if not message.HasField(field):
        return None
    return check_range(within + field, getattr(message, field), low=low, high=high)


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
