"""Words of ours become messages."""

import pytest

from cache_service import wire_writing as writing
from cache_service.inspection import Stats
from cache_service.lookups import LookupResult, NearMiss, StoreResult
from cache_service.requests import Keys
from cache_service.stopwatch import Stopwatch
from cache_service.stores import Entry
from cache_service.terms import Answer, Bypass, HitKind, Outcome, Rejection, Saved, Source, Veto
from pith.cache.v1 import cache_pb2 as pb

ENTRY = Entry(
    "e1",
    "acme",
    "gpt-4o",
    "chat",
    Keys(b"p", b"e"),
    "x" * 600,
    1000.25,
    4600.25,
    Saved(3, 2, 0.5),
    7,
    ("t",),
    (Source("d", "1"),),
    (Answer("chat", b"b"),),
)


def test_a_hit_is_written_whole() -> None:
    """With its answers, and without a token."""
    near = NearMiss("e0", 0.95, Veto.NUMBERS)
    result = LookupResult(Outcome.HIT, HitKind.SEMANTIC, ENTRY, 0.97, 1.0, 500.0, (near,))
    written = writing.lookup_response(result)
    assert (written.outcome, written.hit_kind, written.entry_id) == (pb.OUTCOME_HIT, pb.HIT_KIND_SEMANTIC, "e1")
    assert (written.similarity, written.error_bound, written.age_ms) == (0.97, 1.0, 500.0)
    assert (written.answers[0].format, written.answers[0].body) == ("chat", b"b")
    assert (written.saved.prompt_tokens, written.saved.completion_tokens, written.saved.cost_usd) == (3, 2, 0.5)
    assert (written.near_misses[0].entry_id, written.near_misses[0].veto) == ("e0", pb.VETO_NUMBERS)
    assert (written.bypass_reason, written.shadow, written.lookup_token) == (0, 0, b"")


@pytest.mark.parametrize("reason", list(Bypass))
def test_every_bypass_has_its_reason_on_the_wire(reason: Bypass) -> None:
    """By the same name."""
    written = writing.lookup_response(LookupResult(Outcome.BYPASS, bypass=reason))
    assert pb.BypassReason.Name(written.bypass_reason) == f"BYPASS_REASON_{reason.name}"


def test_a_shadow_is_a_miss_with_what_would_have_been() -> None:
    """And a token."""
    written = writing.lookup_response(LookupResult(Outcome.MISS, token=b"t", shadow=Outcome.HIT))
    assert (written.outcome, written.shadow, written.lookup_token) == (pb.OUTCOME_MISS, pb.OUTCOME_HIT, b"t")


@pytest.mark.parametrize("reason", list(Rejection))
def test_every_rejection_has_its_reason_on_the_wire(reason: Rejection) -> None:
    """And neither id nor time."""
    written = writing.store_response(StoreResult(rejection=reason))
    assert written.outcome == pb.STORE_OUTCOME_REJECTED
    assert pb.RejectReason.Name(written.reject_reason) == f"REJECT_REASON_{reason.name}"
    assert (written.entry_id, written.HasField("expires_at")) == ("", False)


def test_an_entry_is_written_without_its_answers() -> None:
    """Its text is cut, its times are to the fraction."""
    written = writing.entry_message(ENTRY)
    assert (len(written.key_text), written.api, list(written.formats)) == (500, pb.API_CHAT, ["chat"])
    assert (written.stored_at.seconds, written.stored_at.nanos, written.hits) == (1000, 250_000_000, 7)
    assert (list(written.tags), written.sources[0].id, written.sources[0].version) == (["t"], "d", "1")


def test_stats_without_hits_claim_nothing() -> None:
    """The interval is everything."""
    nothing = Stats(0, 0, 0, 0, 0, 0, 0, 0, Saved())
    written = writing.stats_response(nothing, Stopwatch())
    assert (written.hit_rate, written.wrong_per_hit) == (0, 0)
    assert (written.wrong_per_hit_low, written.wrong_per_hit_high) == (0, 1)


def test_stats_have_their_rate_and_interval() -> None:
    """Bypassed lookups do not lower the rate."""
    written = writing.stats_response(Stats(60, 40, 100, 50, 9, 1, 5, 3, Saved()), Stopwatch())
    assert (written.lookups, written.hit_rate, written.wrong_per_hit) == (250, 0.5, 0.05)
    assert written.wrong_per_hit_low == pytest.approx(0.0215, abs=1e-4)
    assert written.wrong_per_hit_high == pytest.approx(0.1118, abs=1e-4)


def test_timings_have_every_stage() -> None:
    """And the time in the queue apart."""
    watch = Stopwatch()
    watch.queue_ms = 3.0
    with watch.stage("embed"):
        pass
    written = writing.timings(watch)
    assert written.queue_ms == 3.0
    assert set(written.stage_ms) == {"embed"}
    assert written.total_ms > 0
