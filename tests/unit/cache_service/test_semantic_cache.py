"""The order of the tiers, and that whatever fails is a miss."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cache_service.calibration import Support, no_evidence
from cache_service.stores import Target, TargetKind
from cache_service.terms import Answer, Bypass, HitKind, Mode, Outcome, Policy, Saved, Scope, Veto
from fakes_cache import Cache, Clock, chat_answer, chat_json, open_cache, tamper
from grpc_serving.errors import InvalidArgument

STORED = "How do I cancel my running order"
NEAR = "How do I cancel my running order please"
OTHER = "Where can I buy a blue bicycle"
SCOPE = Scope("acme")


@pytest.fixture
def clock() -> Clock:
    """The store's clock."""
    return Clock()


@pytest.fixture
async def cache(tmp_path: Path, clock: Clock) -> AsyncIterator[Cache]:
    """An empty cache."""
    opened = await open_cache(tmp_path, clock)
    yield opened
    await opened.close()


async def test_the_same_request_hits_the_exact_tier_without_the_model(cache: Cache, clock: Clock) -> None:
    """The answer comes back as it was stored, with its age and what it saves."""
    await cache.learn(STORED, saved=Saved(10, 2, 0.5))
    calls = cache.embedder.calls
    clock.advance(3)
    result = await cache.ask(STORED)
    assert (result.outcome, result.hit_kind, result.similarity, result.error_bound) == (
        Outcome.HIT,
        HitKind.EXACT,
        1.0,
        0.0,
    )
    assert result.entry is not None
    assert (result.entry.answers, result.entry.saved) == ((chat_answer(),), Saved(10, 2, 0.5))
    assert result.age_ms == pytest.approx(3000)
    assert (result.token, cache.embedder.calls) == (b"", calls)


async def test_a_near_request_hits_the_semantic_tier(cache: Cache) -> None:
    """Its similarity is told, and an error bound within the budget."""
    await cache.learn(STORED)
    result = await cache.ask(NEAR)
    assert (result.outcome, result.hit_kind) == (Outcome.HIT, HitKind.SEMANTIC)
    assert 0 < result.error_bound <= 0.03
    assert 0.8 < result.similarity < 1
    assert {"exact", "embed", "nearest", "guards", "canonicalize"} <= set(result.watch.stage_ms)


async def test_a_miss_in_an_empty_partition_embeds_nothing_and_its_store_does(cache: Cache) -> None:
    """The model is kept off the path of a request that cannot hit."""
    result = await cache.ask(STORED)
    assert (result.outcome, cache.embedder.calls) == (Outcome.MISS, 0)
    await cache.keep(result)
    assert cache.embedder.calls == 1


async def test_a_miss_beside_other_entries_embeds_once_for_lookup_and_store(cache: Cache) -> None:
    """The token carries the vector."""
    await cache.learn(STORED)
    calls = cache.embedder.calls
    await cache.learn(OTHER)
    assert cache.embedder.calls == calls + 1
    assert (await cache.ask(f"{OTHER} please")).hit_kind is HitKind.SEMANTIC


@pytest.mark.parametrize(
    ("question", "veto"),
    [
        ("How do I never cancel my running order", Veto.NEGATION),
        ("How do I cancel my 2 running order", Veto.NUMBERS),
    ],
)
async def test_a_near_miss_is_told_with_its_veto(cache: Cache, question: str, veto: Veto) -> None:
    """The entry, the similarity, and why it is not served."""
    stored = await cache.learn(STORED)
    assert stored.entry is not None
    result = await cache.ask(question)
    assert (result.outcome, result.entry) == (Outcome.MISS, None)
    assert [(near.entry_id, near.veto) for near in result.near_misses] == [(stored.entry.entry_id, veto)]
    assert result.token


async def test_what_is_far_is_no_near_miss(cache: Cache) -> None:
    """Nobody wants to read of unrelated entries."""
    await cache.learn(STORED)
    assert (await cache.ask(OTHER)).near_misses == ()


async def test_another_tenant_never_hits(cache: Cache) -> None:
    """Neither tier crosses the border."""
    await cache.learn(STORED)
    for question in (STORED, NEAR):
        assert (await cache.ask(question, tenant_id="umbrella")).outcome is Outcome.MISS


@pytest.mark.parametrize(
    ("mode", "question", "outcome", "kind"),
    [
        (Mode.EXACT, STORED, Outcome.HIT, HitKind.EXACT),
        (Mode.EXACT, NEAR, Outcome.MISS, None),
        (Mode.SEMANTIC, STORED, Outcome.HIT, HitKind.SEMANTIC),
        (Mode.SEMANTIC, NEAR, Outcome.HIT, HitKind.SEMANTIC),
        (Mode.OFF, STORED, Outcome.BYPASS, None),
    ],
)
async def test_the_mode_chooses_the_tiers(
    cache: Cache, mode: Mode, question: str, outcome: Outcome, kind: HitKind | None
) -> None:
    """Off is a bypass without a token."""
    await cache.learn(STORED)
    result = await cache.ask(question, mode=mode)
    assert (result.outcome, result.hit_kind) == (outcome, kind)
    assert bool(result.token) == (outcome is Outcome.MISS)
    assert result.bypass is (Bypass.POLICY if mode is Mode.OFF else None)


@pytest.mark.parametrize(("question", "shadow"), [(STORED, Outcome.HIT), (NEAR, Outcome.HIT), (OTHER, Outcome.MISS)])
async def test_shadow_mode_decides_and_never_serves(cache: Cache, question: str, shadow: Outcome) -> None:
    """The caller learns what would have been, fetches the answer itself, and may store it."""
    await cache.learn(STORED)
    result = await cache.ask(question, mode=Mode.SHADOW)
    assert (result.outcome, result.shadow, result.entry) == (Outcome.MISS, shadow, None)
    assert (await cache.keep(result)).entry is not None


async def test_a_policy_can_forbid_a_mode(cache: Cache) -> None:
    """A forbidden mode is a bypass."""
    await cache.policies.put(Policy("acme", modes=(Mode.EXACT,)), max_ttl_s=10_000)
    assert (await cache.ask(STORED)).bypass is Bypass.POLICY
    assert (await cache.ask(STORED, mode=Mode.EXACT)).outcome is Outcome.MISS


async def test_a_bypassed_request_gets_no_token(cache: Cache) -> None:
    """So nothing can be stored for it."""
    result = await cache.ask(STORED, body=chat_json(STORED, n=2))
    assert (result.outcome, result.bypass, result.token) == (Outcome.BYPASS, Bypass.SEVERAL_ANSWERS, b"")


@pytest.mark.parametrize(
    "question", ["How do I cancel my running order today", "☃ How do I cancel my running order", "word " * 70]
)
async def test_a_request_closed_to_the_semantic_tier_is_served_by_the_exact_one(cache: Cache, question: str) -> None:
    """It is neither embedded nor found by another."""
    await cache.learn(STORED)
    calls = cache.embedder.calls
    assert (await cache.ask(question)).outcome is Outcome.MISS
    await cache.learn(question)
    assert (await cache.ask(question)).hit_kind is HitKind.EXACT
    assert cache.embedder.calls == calls


async def test_limits_of_a_request_only_tighten(cache: Cache, clock: Clock) -> None:
    """A higher similarity refuses, a lower one allows nothing more; an age and an error budget refuse."""
    await cache.learn(STORED)
    clock.advance(10)
    assert (await cache.ask(NEAR, min_similarity=0.999)).near_misses[0].veto is Veto.SIMILARITY
    assert (await cache.ask("How do we stop my running order", min_similarity=-1.0)).outcome is Outcome.MISS
    assert (await cache.ask(NEAR, max_age_s=9.0)).near_misses[0].veto is Veto.AGE
    assert (await cache.ask(NEAR, max_age_s=11.0)).outcome is Outcome.HIT
    assert (await cache.ask(NEAR, max_wrong_hit_rate=0.001)).near_misses[0].veto is Veto.ERROR_BOUND
    old = await cache.ask(STORED, max_age_s=9.0)
    assert (old.outcome, old.near_misses[0].veto) == (Outcome.MISS, Veto.AGE)


async def test_a_fresh_answer_replaces_one_that_was_too_old(cache: Cache, clock: Clock) -> None:
    """Who asked for a younger answer leaves it to those who come after."""
    await cache.learn(STORED)
    clock.advance(10)
    await cache.keep(await cache.ask(STORED, max_age_s=5.0), answer=chat_answer("Newer."))
    result = await cache.ask(STORED, max_age_s=5.0)
    assert result.entry is not None
    assert result.entry.answers == (chat_answer("Newer."),)


async def test_a_reported_pair_is_not_served_again_and_others_are(cache: Cache) -> None:
    """The verdict holds for the request it was given on."""
    stored = await cache.learn(STORED)
    assert stored.entry is not None
    wrong = await cache.ask(NEAR, mode=Mode.SHADOW)
    asked = cache.storing.asked_by_token(wrong.token, SCOPE)
    await cache.storing.report(SCOPE, stored.entry.entry_id, wrong=True, asked=asked)
    assert (await cache.ask(NEAR)).near_misses[0].veto is Veto.REPORTED
    assert (await cache.ask(f"so {STORED}")).outcome is Outcome.HIT


async def test_an_entry_without_a_format_for_the_request_is_a_miss_and_learns_it(cache: Cache) -> None:
    """The next one finds both."""
    await cache.keep(
        await cache.ask(STORED),
        answer=Answer("text", b'{"object":"text_completion","choices":[{"text":"x","finish_reason":"stop"}]}'),
    )
    result = await cache.ask(STORED)
    assert result.outcome is Outcome.MISS
    await cache.keep(result)
    result = await cache.ask(STORED)
    assert result.entry is not None
    assert {answer.format for answer in result.entry.answers} == {"chat", "text"}


@pytest.mark.parametrize("error", [RuntimeError("broken"), ValueError("odd"), MemoryError()])
async def test_a_model_that_fails_makes_a_miss_that_can_be_stored(cache: Cache, error: Exception) -> None:
    """The exact tier goes on without the model."""
    await cache.learn(STORED)
    cache.embedder.fails_with = error
    result = await cache.ask(OTHER)
    assert result.outcome is Outcome.MISS
    assert (await cache.keep(result)).entry is not None
    assert (await cache.ask(OTHER)).hit_kind is HitKind.EXACT


async def test_a_slow_model_makes_a_miss_before_the_callers_deadline(cache: Cache) -> None:
    """The caller still has time to go on."""
    await cache.learn(STORED)
    cache.embedder.takes_s = 0.3
    async with asyncio.timeout(0.2):
        result = await cache.ask(OTHER, time_left_s=0.1)
    assert result.outcome is Outcome.MISS
    assert result.token


async def test_a_store_that_is_down_makes_a_miss(cache: Cache, tmp_path: Path) -> None:
    """Also when it is the policy that cannot be read, but then nothing may be stored."""
    await cache.learn(STORED)
    tamper(tmp_path, "DROP TABLE answers")
    assert (await cache.ask(STORED)).outcome is Outcome.MISS
    tamper(tmp_path, "DROP TABLE policies")
    result = await cache.ask(STORED, tenant_id="umbrella")
    assert (result.outcome, result.token) == (Outcome.MISS, b"")


async def test_a_record_of_another_partition_is_not_served(cache: Cache, tmp_path: Path) -> None:
    """What a store returns is checked again."""
    stored = await cache.learn(STORED)
    assert stored.entry is not None
    tamper(tmp_path, "UPDATE entries SET model_group = 'gpt-5'")
    for question in (STORED, NEAR):
        assert (await cache.ask(question)).outcome is Outcome.MISS


async def test_a_body_that_cannot_be_read_is_the_callers_fault(cache: Cache) -> None:
    """This alone is an error."""
    with pytest.raises(InvalidArgument, match="request_json"):
        await cache.ask("", body=b"{")


async def test_waiting_lookups_share_one_call(cache: Cache) -> None:
    """All get the answer that the first one stores."""
    first = await cache.ask(STORED)
    waiting = [asyncio.create_task(cache.ask(STORED, coalesce_wait_ms=5000)) for _ in range(4)]
    await asyncio.sleep(0.05)
    await cache.keep(first)
    results = await asyncio.gather(*waiting)
    assert [result.hit_kind for result in results] == [HitKind.EXACT] * 4


async def test_waiting_lookups_go_on_when_the_call_fails_or_takes_too_long(cache: Cache) -> None:
    """A release frees them at once, the end of the wait later."""
    first = await cache.ask(STORED)
    waiting = asyncio.create_task(cache.ask(STORED, coalesce_wait_ms=5000))
    await asyncio.sleep(0.05)
    assert await cache.storing.release(first.token, SCOPE)
    async with asyncio.timeout(1):
        assert (await waiting).outcome is Outcome.MISS
    async with asyncio.timeout(1):
        assert (await cache.ask(STORED, coalesce_wait_ms=50)).outcome is Outcome.MISS


def moody(shadow_rate: float, **changes: object) -> Policy:
    """A policy that checks so many of the hits."""
    return Policy("acme", ttl_s=600.0, shadow_rate=shadow_rate, **changes)  # type: ignore[arg-type]


async def test_a_hit_that_is_checked_is_a_miss_that_says_so_and_store_compares(cache: Cache) -> None:
    """The live answer is right: it is evidence, and the next one is served."""
    await cache.policies.put(moody(1.0), max_ttl_s=1000)
    await cache.learn(STORED)
    checked = await cache.ask(NEAR)
    assert (checked.outcome, checked.shadow, checked.entry, checked.hit_kind) == (Outcome.MISS, Outcome.HIT, None, None)
    stored = await cache.keep(checked)
    assert (stored.compared, stored.differed) == (1, 0)
    own = await cache.calibrations.own("acme")
    assert own is not None
    assert (own.observations, own.wrong.sum(), own.seen.sum()) == (1.0, 0.0, 1.0)


async def test_a_checked_hit_with_another_answer_is_remembered_as_wrong(cache: Cache) -> None:
    """This pair is never served again, and it counts against all that are as near."""
    await cache.policies.put(moody(1.0), max_ttl_s=1000)
    stored = await cache.learn(STORED)
    assert stored.entry is not None
    compared = await cache.keep(await cache.ask(NEAR), answer=chat_answer("Rome."))
    assert (compared.compared, compared.differed) == (1, 1)
    own = await cache.calibrations.own("acme")
    assert own is not None
    assert own.wrong.sum() == 1
    assert compared.entry is not None
    gone = Target(TargetKind.ENTRY, compared.entry.entry_id)
    await cache.store.invalidate("acme", gone, dry_run=False)
    assert (await cache.ask(NEAR)).near_misses[0].veto is Veto.REPORTED


async def test_exact_hits_are_never_checked(cache: Cache) -> None:
    """Nothing is to be learnt from them."""
    await cache.policies.put(moody(1.0), max_ttl_s=1000)
    await cache.learn(STORED)
    assert (await cache.ask(STORED)).hit_kind is HitKind.EXACT


async def test_what_lies_below_the_threshold_is_learnt_from_every_miss(tmp_path: Path) -> None:
    """Without evidence nothing is served, and enough right answers open the tier."""
    cache = await open_cache(tmp_path, starting=no_evidence())
    await cache.learn(STORED)
    first = await cache.ask(NEAR)
    assert (first.outcome, first.near_misses[0].veto) == (Outcome.MISS, Veto.ERROR_BOUND)
    assert (await cache.keep(first)).compared == 1
    for _ in range(200):
        cache.calibrations.learn("acme", first.near_misses[0].similarity, Support.AGREED, wrong=False)
    await cache.calibrations.refresh("acme")
    served = await cache.ask(f"so {NEAR}")
    assert (served.outcome, served.hit_kind) == (Outcome.HIT, HitKind.SEMANTIC)
    await cache.close()


async def test_a_budget_of_nothing_closes_the_semantic_tier(cache: Cache) -> None:
    """The exact one goes on, and nothing is embedded for a lookup."""
    await cache.learn(STORED)
    calls = cache.embedder.calls
    await cache.policies.put(moody(0.0, max_wrong_hit_rate=0.0), max_ttl_s=1000)
    assert (await cache.ask(NEAR)).outcome is Outcome.MISS
    assert (await cache.ask(STORED)).hit_kind is HitKind.EXACT
    assert cache.embedder.calls == calls


async def test_a_stale_entry_is_fetched_anew_by_one_and_served_to_the_others(cache: Cache, clock: Clock) -> None:
    """Until the fresh answer is there; its age never grows beyond its time to live."""
    await cache.policies.put(moody(0.0, stale_after_s=60.0), max_ttl_s=1000)
    await cache.learn(STORED)
    clock.advance(61)
    leader, other = await cache.ask(STORED), await cache.ask(STORED)
    assert (leader.outcome, other.outcome, other.stale) == (Outcome.MISS, Outcome.HIT, True)
    await cache.keep(leader, answer=chat_answer("Newer."))
    fresh = await cache.ask(STORED)
    assert (fresh.outcome, fresh.stale) == (Outcome.HIT, False)
    assert fresh.entry is not None
    assert fresh.entry.answers == (chat_answer("Newer."),)


async def test_a_miss_says_when_the_answer_is_on_its_way(cache: Cache) -> None:
    """To whoever comes second."""
    first, second = await cache.ask(STORED), await cache.ask(STORED)
    assert (first.in_flight, second.in_flight) == (False, True)
    assert await cache.storing.renew(first.token, SCOPE) is not None
    assert await cache.storing.renew(second.token, SCOPE) is None


async def test_the_same_question_in_other_words_waits_for_its_answer(cache: Cache) -> None:
    """And finds it as a neighbour."""
    first = await cache.ask(STORED, coalesce_wait_ms=1.0)
    waiting = asyncio.create_task(cache.ask(NEAR, coalesce_wait_ms=5000))
    await asyncio.sleep(0.1)
    await cache.keep(first)
    async with asyncio.timeout(2):
        assert (await waiting).hit_kind is HitKind.SEMANTIC


async def test_the_callers_wishes_hold(cache: Cache) -> None:
    """Not to be served an entry; not to have the answer stored."""
    await cache.learn(STORED)
    unserved = await cache.ask(STORED, no_cache=True)
    assert (unserved.outcome, bool(unserved.token)) == (Outcome.MISS, True)
    assert (await cache.ask(STORED, no_store=True)).outcome is Outcome.HIT
    assert (await cache.ask(OTHER, no_store=True)).token == b""


async def test_a_collision_is_vetoed(cache: Cache) -> None:
    """Letters that only look the same."""
    await cache.learn(STORED)
    trick = await cache.ask(f"{STORED} \u200b")
    assert (trick.outcome, trick.near_misses[0].veto) == (Outcome.MISS, Veto.COLLISION)
