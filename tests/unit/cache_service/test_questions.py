"""A request as the cache sees it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cache_service.eligibility import Wishes
from cache_service.embedding import Embedding
from cache_service.lookups import RequestRef
from cache_service.policies import Policies
from cache_service.questions import NO_EMBEDDER, Question, Questions
from cache_service.stopwatch import Stopwatch
from cache_service.stores import StoreOptions
from cache_service.stores.sqlite import SqliteStore
from cache_service.terms import Api, Bypass, ExactOnly, Policy, Scope, ScopeWidth
from fakes_cache import WordEmbedder, chat_json
from grpc_serving.errors import InvalidArgument

SECRET = b"s" * 32


@pytest.fixture
async def policies(tmp_path: Path) -> AsyncIterator[Policies]:
    """The policies of an empty store."""
    store = await SqliteStore.open(StoreOptions(tmp_path))
    yield Policies(store, Policy(""))
    await store.close()


async def read(questions: Questions, body: bytes, *, key_id: str = "k1", **scope: str) -> Question:
    """A chat request of one tenant."""
    whose = Scope(scope.pop("tenant_id", "acme"), key_id, **scope)
    return await questions.read(RequestRef(whose, Api.CHAT, "gpt-4o", body), Stopwatch())


BODY = chat_json("How do I cancel?")


async def test_without_an_embedder_the_semantic_tier_is_closed(policies: Policies) -> None:
    """And the keys are those of no artefact."""
    questions = Questions(policies, None, secret=SECRET, max_text_bytes=1000)
    question = await read(questions, chat_json("How do I cancel?"))
    assert questions.embedder == NO_EMBEDDER
    assert questions.exact_only(question) is ExactOnly.NO_EMBEDDER


async def test_what_the_embedder_cannot_read_closes_it_too(policies: Policies) -> None:
    """What the text itself says comes first."""
    embedding = Embedding(WordEmbedder())
    questions = Questions(policies, embedding, secret=SECRET, max_text_bytes=1000)
    found = {
        text: questions.exact_only(await read(questions, chat_json(text)))
        for text in ("How do I cancel?", "word " * 65, "word " * 65 + "today", "a ☃ man")
    }
    assert list(found.values()) == [None, ExactOnly.TOO_LONG, ExactOnly.TIME_BOUND, ExactOnly.UNKNOWN_WORDS]
    assert questions.embedder == "words-1"
    await embedding.close()


async def test_the_policy_sets_width_and_temperature(policies: Policies) -> None:
    """Keys separate under a key's width, and a lower limit closes the semantic tier."""
    questions = Questions(policies, None, secret=SECRET, max_text_bytes=1000)
    body = chat_json("How do I cancel?", temperature=0.7)
    shared = [(await read(questions, body, key_id=key)).keys for key in ("k1", "k2")]
    await policies.put(Policy("acme", ScopeWidth.KEY, max_temperature=0.5), max_ttl_s=10_000)
    apart = [await read(questions, body, key_id=key) for key in ("k1", "k2")]
    assert shared[0] == shared[1]
    assert apart[0].keys != apart[1].keys
    assert questions.exact_only(apart[0]) is ExactOnly.TEMPERATURE


async def test_a_bypass_is_told_and_a_body_over_the_limit_is_refused(policies: Policies) -> None:
    """The limit is the service's setting."""
    questions = Questions(policies, None, secret=SECRET, max_text_bytes=1000)
    assert (await read(questions, chat_json("Hi there", n=2))).bypass is Bypass.SEVERAL_ANSWERS
    with pytest.raises(InvalidArgument, match="at most 1000"):
        await read(questions, chat_json("x" * 1000))


async def test_a_user_comes_from_the_scope_or_the_body(policies: Policies) -> None:
    """The same user has the same keys either way; two users and two tenants' users do not."""
    for tenant_id in ("acme", "umbrella"):
        await policies.put(Policy(tenant_id, ScopeWidth.USER), max_ttl_s=10_000)
    questions = Questions(policies, None, secret=SECRET, max_text_bytes=1000)
    named = chat_json("How do I cancel?", user="ann")
    ann = (await read(questions, BODY, user_id="ann")).keys
    assert (await read(questions, named)).keys == ann
    assert (await read(questions, named, user_id="bob")).keys != ann
    assert (await read(questions, named, tenant_id="umbrella")).keys != ann
    assert (await read(questions, chat_json("How do I cancel?", safety_identifier="ann"))).keys == ann


@pytest.mark.parametrize("width", [ScopeWidth.USER, ScopeWidth.KEY])
async def test_a_request_that_does_not_say_whose_it_is_shares_with_nobody(
    policies: Policies, width: ScopeWidth
) -> None:
    """It is bypassed with a reason, so that traffic flows, and its keys are nobody else's, not even its own again."""
    await policies.put(Policy("acme", width), max_ttl_s=10_000)
    questions = Questions(policies, None, secret=SECRET, max_text_bytes=1000)
    one, other = [await read(questions, BODY, key_id="") for _ in range(2)]
    assert (one.bypass, other.bypass) == (Bypass.SCOPE, Bypass.SCOPE)
    assert one.keys.partition != other.keys.partition


async def test_the_policy_names_the_pool_and_the_pool_its_members(policies: Policies) -> None:
    """Members and curators share; strangers, and requests that name another pool, are bypassed."""
    for tenant_id in ("member", "curator", "stranger"):
        await policies.put(Policy(tenant_id, ScopeWidth.POOL, pool="faq"), max_ttl_s=10_000)
    await policies.put(Policy("pool:faq", pool_members=("member",), pool_curators=("curator",)), max_ttl_s=10_000)
    await policies.put(Policy("pool:other", pool_members=("member",)), max_ttl_s=10_000)
    questions = Questions(policies, None, secret=SECRET, max_text_bytes=1000)
    found = {name: await read(questions, BODY, tenant_id=name) for name in ("member", "curator", "stranger")}
    assert found["member"].keys == found["curator"].keys != found["stranger"].keys
    assert [(question.bypass, question.pool, question.namespace) for question in found.values()] == [
        (None, "faq", "pool:faq"), (None, "faq", "pool:faq"), (Bypass.SCOPE, "", "stranger"),
    ]  # fmt: skip
    assert (await read(questions, BODY, tenant_id="member", pool="faq")).keys == found["member"].keys
    assert (await read(questions, BODY, tenant_id="member", pool="other")).bypass is Bypass.SCOPE


async def test_a_pool_that_a_request_names_opens_nothing(policies: Policies) -> None:
    """Outside its policy's width the name is not looked at."""
    questions = Questions(policies, None, secret=SECRET, max_text_bytes=1000)
    assert (await read(questions, BODY, pool="faq")).keys == (await read(questions, BODY)).keys
    assert (await read(questions, BODY, pool="faq")).namespace == "acme"


async def test_the_stricter_wish_counts(policies: Policies) -> None:
    """Those of the call and those in the body come together; none left is a bypass by the client."""
    questions = Questions(policies, None, secret=SECRET, max_text_bytes=1000)
    ref = RequestRef(Scope("acme"), Api.CHAT, "gpt-4o", chat_json("Hi there", cache={"no-cache": True, "s-maxage": 5}))
    question = await questions.read(ref, Stopwatch(), wishes=Wishes(max_age_s=9.0, ttl_s=3.0))
    assert (question.bypass, question.wishes) == (None, Wishes(serve=False, max_age_s=5.0, ttl_s=3.0))
    assert question.keys == (await read(questions, chat_json("Hi there"), key_id="")).keys
    nothing = await questions.read(ref, Stopwatch(), wishes=Wishes(store=False))
    assert nothing.bypass is Bypass.CLIENT
