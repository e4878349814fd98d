"""Texts become vectors beside the event loop."""

import asyncio
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest

from cache_service.embedding import EmbedderFailed, Embedding
from cache_service.stopwatch import Stopwatch
from cache_service.terms import ExactOnly
from fakes_cache import WINDOW, WordEmbedder
from grpc_serving.errors import Overloaded

Make = Callable[..., Embedding]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    """Makes embeddings that are closed at the end."""
    made: list[Embedding] = []

    def new(embedder: WordEmbedder, **options: int) -> Embedding:
        made.append(Embedding(embedder, **options))
        return made[-1]

    yield new
    for embedding in made:
        await embedding.close()


async def test_a_text_is_embedded_once(make: Make) -> None:
    """The second time the vector comes from memory."""
    embedder = WordEmbedder()
    embedding = make(embedder)
    first = await embedding.embed("some text", Stopwatch())
    second = await embedding.embed("some text", Stopwatch())
    assert embedder.calls == 1
    assert np.array_equal(first, second)
    assert np.linalg.norm(first) == pytest.approx(1)


async def test_memory_is_bounded_and_keeps_what_was_used_last(make: Make) -> None:
    """The text that was not asked for longest goes."""
    embedder = WordEmbedder()
    embedding = make(embedder, max_remembered=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        await embedding.embed(text, Stopwatch())
    assert embedder.calls == 4


async def test_a_text_beyond_the_window_or_the_vocabulary_is_not_seen_whole(make: Make) -> None:
    """Such texts may collide, so they are not embedded."""
    embedding = make(WordEmbedder())
    assert embedding.blind_to("word " * WINDOW) is None
    assert embedding.blind_to("word " * (WINDOW + 1)) is ExactOnly.TOO_LONG
    assert embedding.blind_to("x" * 1_000_000) is ExactOnly.TOO_LONG
    assert embedding.blind_to("a ☃ man") is ExactOnly.UNKNOWN_WORDS


async def test_a_model_that_fails_is_told_by_the_kind_of_its_error_only(make: Make) -> None:
    """The text of its error may quote the prompt."""
    embedder = WordEmbedder()
    embedder.fails_with = RuntimeError("the secret prompt")
    with pytest.raises(EmbedderFailed, match="RuntimeError") as failed:
        await make(embedder).embed("some text", Stopwatch())
    assert "secret" not in str(failed.value)


async def test_a_full_queue_refuses_at_once(make: Make) -> None:
    """One is embedded, one waits, the rest is told to come again."""
    embedder = WordEmbedder()
    embedder.takes_s = 0.2
    embedding = make(embedder, max_waiting=1)
    texts = [asyncio.create_task(embedding.embed(f"text {index}", Stopwatch())) for index in range(5)]
    outcomes = await asyncio.gather(*texts, return_exceptions=True)
    assert sum(isinstance(outcome, Overloaded) for outcome in outcomes) >= 3
    assert sum(isinstance(outcome, np.ndarray) for outcome in outcomes) >= 1


async def test_waiting_and_embedding_are_timed_apart(make: Make) -> None:
    """The second text waits while the first is embedded."""
    embedder = WordEmbedder()
    embedder.takes_s = 0.05
    embedding = make(embedder)
    watches = [Stopwatch(), Stopwatch()]
    await asyncio.gather(*(embedding.embed(f"text {index}", watch) for index, watch in enumerate(watches)))
    assert watches[1].queue_ms > 30
    assert all(watch.stage_ms["embed"] > 30 for watch in watches)
