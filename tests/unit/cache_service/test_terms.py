"""The words of the cache."""

import pytest

from cache_service.terms import Api, Bypass, HitKind, Mode, Outcome, Policy, Rejection, ScopeWidth, Veto
from pith.cache.v1 import cache_pb2 as pb


@pytest.mark.parametrize(
    ("words", "wire", "prefix"),
    [
        (Api, pb.Api, "API_"),
        (Mode, pb.LookupMode, "LOOKUP_MODE_"),
        (ScopeWidth, pb.ScopeWidth, "SCOPE_WIDTH_"),
        (Outcome, pb.Outcome, "OUTCOME_"),
        (HitKind, pb.HitKind, "HIT_KIND_"),
        (Bypass, pb.BypassReason, "BYPASS_REASON_"),
        (Rejection, pb.RejectReason, "REJECT_REASON_"),
    ],
)
def test_the_words_of_the_wire_are_ours(words: type, wire: type, prefix: str) -> None:
    """Neither side has a word that the other lacks."""
    ours = {f"{prefix}{word.name}" for word in words}  # type: ignore[attr-defined]
    assert ours == set(wire.keys()) - {f"{prefix}UNSPECIFIED"}  # type: ignore[attr-defined]


def test_every_veto_of_ours_is_on_the_wire() -> None:
    """The wire knows more, for guards to come."""
    assert {f"VETO_{veto.name}" for veto in Veto} <= set(pb.Veto.keys())


def test_a_policy_without_modes_allows_all() -> None:
    """One with modes allows those."""
    assert all(Policy("acme").allows(mode) for mode in Mode)
    assert [mode for mode in Mode if Policy("acme", modes=(Mode.EXACT,)).allows(mode)] == [Mode.EXACT]
