"""A request as the cache sees it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

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


async def read(questions: Questions, body: bytes, *, key_id: str = "k1") -> Question:
    """A chat request of one tenant."""
    return await questions.read(RequestRef(Scope("acme", key_id), Api.CHAT, "gpt-4o", body), Stopwatch())


async def test_without_an_embedder_the_semantic_tier_is_closed(policies: Policies) -> None:
    """And the keys are those of no artefact."""
    questions = Questions(policies, None, secret=SECRET, max_text_bytes=1000)
    question = await read(questions, chat_json("How do I cancel?"))
    assert (questions.embedder, question.exact_only) == (NO_EMBEDDER, None)
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
    assert apart[0].exact_only is ExactOnly.TEMPERATURE


async def test_a_bypass_is_told_and_a_body_over_the_limit_is_refused(policies: Policies) -> None:
    """The limit is the service's setting."""
    questions = Questions(policies, None, secret=SECRET, max_text_bytes=1000)
    assert (await read(questions, chat_json("Hi there", n=2))).bypass is Bypass.SEVERAL_ANSWERS
    with pytest.raises(InvalidArgument, match="at most 1000"):
        await read(questions, chat_json("x" * 1000))
