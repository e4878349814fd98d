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
    ],
)
def test_a_target_is_read(fields: dict[str, object], target: Target) -> None:
    """Each kind of it."""
    assert reading.read_target(pb.InvalidateRequest(scope=SCOPE, **fields)) == target  # type: ignore[arg-type]


@pytest.mark.parametrize("fields", [{}, {"tenant": False}, {"entry_id": ""}, {"model_group": ""}])
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


def test_a_policy_is_read_whole() -> None:
    """For the tenant of the scope; an unspecified width is the tenant's."""
    message = pb.Policy(ttl_s=5, modes=[pb.LOOKUP_MODE_EXACT, pb.LOOKUP_MODE_EXACT], max_temperature=0.5, etag="e")
    expected = Policy("acme", ScopeWidth.TENANT, 5.0, (Mode.EXACT,), 0.5, "e")
    assert reading.read_policy(message, Scope("acme")) == expected


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
