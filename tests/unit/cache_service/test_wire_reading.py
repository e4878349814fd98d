"""Messages become words of ours, or are refused by field."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service import wire_reading as reading
from cache_service.stores import Listing, Target, TargetKind
from cache_service.terms import Api, Mode, Policy, Saved, Scope, ScopeWidth, Source
from cache_service.wire_writing import page_token
from grpc_serving.errors import InvalidArgument
from pith.cache.v1 import cache_pb2 as pb

SCOPE = pb.Scope(tenant_id="acme", key_id="k", user_id="u", pool="p")


def lookup(**fields: object) -> pb.LookupRequest:
    """A lookup that is right but for these fields."""
    usual = {"scope": SCOPE, "api": pb.API_CHAT, "model_group": "gpt-4o", "request_json": b"{}"}
    return pb.LookupRequest(**{**usual, **fields})  # type: ignore[arg-type]


def test_a_lookup_is_read_whole() -> None:
    """Limits that are not set are None, which is not 0."""
    read = reading.read_lookup(lookup(stream=True, max_age_s=0.0), max_coalesce_wait_ms=10, time_left_s=1.5)
    assert read.request.scope == Scope("acme", "k", "u", "p")
    assert (read.request.api, read.request.model_group, read.request.body) == (Api.CHAT, "gpt-4o", b"{}")
    assert (read.stream, read.mode, read.time_left_s) == (True, Mode.EXACT_THEN_SEMANTIC, 1.5)
    assert (read.max_age_s, read.min_similarity, read.max_wrong_hit_rate) == (0.0, None, None)


@pytest.mark.parametrize("mode", list(Mode))
def test_every_mode_is_read(mode: Mode) -> None:
    """By its name on the wire."""
    message = lookup(mode=pb.LookupMode.Value(f"LOOKUP_MODE_{mode.name}"))
    assert reading.read_lookup(message, max_coalesce_wait_ms=0, time_left_s=None).mode is mode


def test_the_wait_has_a_limit_that_is_a_setting() -> None:
    """The error names it."""
    with pytest.raises(InvalidArgument, match=r"coalesce_wait_ms: is 11; .* between 0 and 10"):
        reading.read_lookup(lookup(coalesce_wait_ms=11), max_coalesce_wait_ms=10, time_left_s=None)


def test_a_store_is_read_whole() -> None:
    """Tags that come twice are one."""
    message = pb.StoreRequest(
        lookup_token=b"t",
        scope=SCOPE,
        answer=pb.Answer(format="chat", body=b"b"),
        usage=pb.Usage(prompt_tokens=3, completion_tokens=2),
        cost_usd=0.5,
        tags=["a", "b", "a"],
        sources=[pb.Source(id="d", version="1")],
        ttl_s=9,
    )
    read = reading.read_store(message)
    assert (read.token, read.answer.format, read.answer.body) == (b"t", "chat", b"b")
    assert (read.saved, read.tags, read.sources, read.ttl_s) == (Saved(3, 2, 0.5), ("a", "b"), (Source("d", "1"),), 9)


@pytest.mark.parametrize(
    ("fields", "target"),
    [
        ({"entry_id": "e"}, Target(TargetKind.ENTRY, "e")),
        ({"tag": "t"}, Target(TargetKind.TAG, "t")),
        ({"source": pb.Source(id="s")}, Target(TargetKind.SOURCE, "s")),
        ({"source": pb.Source(id="s", version="2")}, Target(TargetKind.SOURCE, "s", "2")),
        ({"model_group": "m"}, Target(TargetKind.MODEL_GROUP, "m")),
        ({"tenant": True}, Target(TargetKind.TENANT)),
        ({"all": True}, Target(TargetKind.ALL)),
        (
            {"neighbourhood": pb.Neighbourhood(text=" how? ", min_similarity=0.9)},
            Target(TargetKind.NEIGHBOURHOOD, "how?", min_similarity=0.9),
        ),
    ],
)
def test_a_target_is_read(fields: dict[str, object], target: Target) -> None:
    """Each kind of it."""
    assert reading.read_target(pb.InvalidateRequest(scope=SCOPE, **fields)) == target  # type: ignore[arg-type]


@pytest.mark.parametrize("fields", [{}, {"tenant": False}, {"all": False}, {"entry_id": ""}, {"model_group": ""}])
def test_a_target_that_names_nothing_is_refused(fields: dict[str, object]) -> None:
    """Nothing is taken out of service by mistake."""
    with pytest.raises(InvalidArgument):
        reading.read_target(pb.InvalidateRequest(scope=SCOPE, **fields))  # type: ignore[arg-type]


@given(st.integers(0, 2**62 - 1))
def test_a_page_token_comes_back_as_it_went(before: int) -> None:
    """Zero is the end and has none."""
    message = pb.ListEntriesRequest(scope=SCOPE, page_token=page_token(before))
    assert reading.read_listing(message) == Listing(before=before)


@pytest.mark.parametrize("token", ["?", "xyz", "LTU=", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "ü"])
def test_a_page_token_of_somebody_else_is_refused(token: str) -> None:
    """Nonsense, a negative place, one beyond every row."""
    with pytest.raises(InvalidArgument, match="page_token"):
        reading.read_listing(pb.ListEntriesRequest(scope=SCOPE, page_token=token))


@pytest.mark.parametrize(
    ("near", "field"),
    [
        (pb.Neighbourhood(min_similarity=0.9), "neighbourhood.text"),
        (pb.Neighbourhood(text="  ", min_similarity=0.9), "neighbourhood.text"),
        (pb.Neighbourhood(text="x" * 4001, min_similarity=0.9), "neighbourhood.text"),
        (pb.Neighbourhood(text="x", min_similarity=0.49), "neighbourhood.min_similarity"),
        (pb.Neighbourhood(text="x"), "neighbourhood.min_similarity"),
        (pb.Neighbourhood(text="x", min_similarity=1.01), "neighbourhood.min_similarity"),
    ],
)
def test_a_neighbourhood_without_text_or_bounds_is_refused(near: pb.Neighbourhood, field: str) -> None:
    """An invalidation never reaches further than somebody wrote down."""
    with pytest.raises(InvalidArgument) as error:
        reading.read_target(pb.InvalidateRequest(scope=SCOPE, neighbourhood=near))
    assert error.value.field == field


def test_the_callers_wishes_are_read() -> None:
    """Not to be served and not to be stored are two fields."""
    for fields in ({"no_cache": True}, {"no_store": True}, {}):
        read = reading.read_lookup(lookup(**fields), max_coalesce_wait_ms=0, time_left_s=None)
        assert (read.no_cache, read.no_store) == ("no_cache" in fields, "no_store" in fields)


def test_a_renewal_is_read() -> None:
    """The token as it is, in its scope."""
    message = pb.RenewRequest(lookup_token=b"t", scope=SCOPE)
    assert reading.read_renew(message) == (b"t", Scope("acme", "k", "u", "p"))


def test_no_request_is_made_in_the_name_of_a_pool() -> None:
    """A pool is a namespace of policies, not a tenant; only operators name it."""
    pool = pb.Scope(tenant_id="pool:faq")
    for read in (
        lambda: reading.read_lookup(lookup(scope=pool), max_coalesce_wait_ms=0, time_left_s=None),
        lambda: reading.read_store(pb.StoreRequest(scope=pool)),
        lambda: reading.read_renew(pb.RenewRequest(scope=pool)),
    ):
        with pytest.raises(InvalidArgument, match=r"scope\.tenant_id"):
            read()
    assert reading.read_scope(pool) == Scope("pool:faq")


def test_a_policy_is_read_whole() -> None:
    """For the tenant of the scope; an unspecified width is the tenant's, an unset share is None, which is not 0."""
    message = pb.Policy(
        ttl_s=5, modes=[pb.LOOKUP_MODE_EXACT, pb.LOOKUP_MODE_EXACT], max_temperature=0.5, etag="e", stale_after_s=5,
        max_wrong_hit_rate=0.02,
    )  # fmt: skip
    expected = Policy("acme", ScopeWidth.TENANT, 5.0, (Mode.EXACT,), 0.5, "e", 0.02, stale_after_s=5.0)
    assert reading.read_policy(message, Scope("acme")) == expected
    message.shadow_rate = 0
    assert reading.read_policy(message, Scope("acme")).shadow_rate == 0.0


@pytest.mark.parametrize("scope", [Scope("pool:faq"), Scope("acme")])
def test_the_policy_of_a_pool_is_read_whole(scope: Scope) -> None:
    """Under its own name, with its tenants; one that comes twice is one."""
    message = pb.Policy(namespace="pool:faq", ttl_s=5, pool_members=["a", "b", "a"], pool_curators=["c"])
    read = reading.read_policy(message, scope)
    assert (read.namespace, read.pool_members, read.pool_curators) == ("pool:faq", ("a", "b"), ("c",))


def test_a_tenant_joins_a_pool_by_name() -> None:
    """With the width that says so."""
    read = reading.read_policy(pb.Policy(scope_width=pb.SCOPE_WIDTH_POOL, pool="faq", ttl_s=5), Scope("acme"))
    assert (read.scope_width, read.pool) == (ScopeWidth.POOL, "faq")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"namespace": "umbrella"}, "policy.namespace"),
        ({"namespace": "pool:"}, "policy.namespace"),
        ({"namespace": "pool:" + "x" * 508}, "policy.namespace"),
        ({"scope_width": 9}, "policy.scope_width"),
        ({"scope_width": pb.SCOPE_WIDTH_POOL}, "policy.pool"),
        ({"scope_width": pb.SCOPE_WIDTH_POOL, "pool": "x" * 513}, "policy.pool"),
        ({"namespace": "pool:faq", "pool": "other"}, "policy.pool"),
        ({"namespace": "pool:faq", "scope_width": pb.SCOPE_WIDTH_POOL}, "policy.pool"),
        ({"pool_members": ["a"]}, "policy.pool_members"),
        ({"pool_curators": ["a"]}, "policy.pool_curators"),
        ({"namespace": "pool:faq", "pool_members": [str(n) for n in range(1001)]}, "policy.pool_members"),
        ({"namespace": "pool:faq", "pool_curators": [""]}, "policy.pool_curators"),
        ({"namespace": "pool:faq", "pool_members": ["x" * 513]}, "policy.pool_members"),
        ({"stale_after_s": 6.0}, "policy.stale_after_s"),
        ({"stale_after_s": -1.0}, "policy.stale_after_s"),
        ({"shadow_rate": 1.1}, "policy.shadow_rate"),
        ({"shadow_rate": -0.1}, "policy.shadow_rate"),
        ({"max_wrong_hit_rate": 1.1}, "policy.max_wrong_hit_rate"),
        ({"max_wrong_hit_rate": float("nan")}, "policy.max_wrong_hit_rate"),
        ({"max_temperature": 2.1}, "policy.max_temperature"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_by_field(fields: dict[str, object], field: str) -> None:
    """Each limit names its field."""
    with pytest.raises(InvalidArgument) as error:
        reading.read_policy(pb.Policy(**{"ttl_s": 5, **fields}), Scope("acme"))  # type: ignore[arg-type]
    assert error.value.field == field


@given(st.floats(), st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_a_number_out_of_its_range_never_passes(value: float, low: float, width: float) -> None:
    """Nor does one that is none."""
    field = None
    try:
        reading.check_range("field", value, low=low, high=low + width)
    except InvalidArgument as error:
        field = error.field
    assert (field is None) == (math.isfinite(value) and low <= value <= low + width)


def test_an_enum_names_what_is_allowed() -> None:
    """The unspecified value is not."""
    with pytest.raises(InvalidArgument, match="verdict: is 0; it must be one of VERDICT_RIGHT, VERDICT_WRONG"):
        reading.read_enum("verdict", 0, pb.Verdict, "VERDICT_")


def test_the_window_of_the_stats_has_a_default() -> None:
    """An hour."""
    assert (reading.read_window(0), reading.read_window(60)) == (3600.0, 60)
