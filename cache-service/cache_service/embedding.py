"""Turns texts into vectors beside the event loop: one text a model call, several workers, recent texts remembered."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence

from prometheus_client import Counter

from cache_service.embedders import Embedder
from cache_service.stopwatch import Stopwatch
from cache_service.stores import Vector
from cache_service.terms import ExactOnly
from grpc_serving.batcher import Batcher
from grpc_serving.errors import ServingError, Unavailable

EMBEDDINGS = Counter("pith_cache_embeddings", "Texts embedded, by where the vector came from.", ["source"])

# A text longer than this many characters for each token of the window is too long without counting its tokens.
MAX_CHARS_PER_TOKEN = 20


class EmbedderFailed(Unavailable):
    """The model did not turn a text into a vector."""


class Embedding:
    """The embedder of this process; create it inside the running loop."""

    def __init__(
        self,
        embedder: Embedder,
        *,
        workers: int = 1,
        max_waiting: int = 64,
        max_remembered: int = 4096,
        on_death: Callable[[], None] | None = None,
    ) -> None:
        self._embedder = embedder
        self._max_remembered = max_remembered
        self._remembered: OrderedDict[str, Vector] = OrderedDict()
        # Batches of one: a quantised model gives a text another vector beside other texts.
        self._batcher: Batcher[str, Vector] = Batcher(
            self._embed, max_batch=1, max_waiting=max_waiting, workers=workers, on_death=on_death, name="embedder"
        )

    @property
    def fingerprint(self) -> str:
        """Which artefact makes the vectors; vectors of two artefacts are never compared."""
        return self._embedder.fingerprint

    def blind_to(self, text: str) -> ExactOnly | None:
        """Why the model does not see all of a text; None when it does."""
        if len(text) > MAX_CHARS_PER_TOKEN * self._embedder.max_tokens:
            return ExactOnly.TOO_LONG
        if self._embedder.tokens(text) > self._embedder.max_tokens:
            return ExactOnly.TOO_LONG
        return ExactOnly.UNKNOWN_WORDS if self._embedder.unknown_tokens(text) else None

    async def embed(self, text: str, watch: Stopwatch) -> Vector:
        """The unit vector of a text; Overloaded when too many wait, EmbedderFailed when the model fails."""
        known = self._remembered.get(text)
        if known is not None:
            self._remembered.move_to_end(text)
            EMBEDDINGS.labels("memory").inc()
            return known
        with watch.stage("embed"):
            vector = await self._compute(text, watch)
        self._remembered[text] = vector
        while len(self._remembered) > self._max_remembered:
            self._remembered.popitem(last=False)
        return vector

    async def close(self) -> None:
        """Stops the workers."""
        await self._batcher.close()

    async def _compute(self, text: str, watch: Stopwatch) -> Vector:
        (outcome,) = await asyncio.gather(self._batcher.submit_timed(text), return_exceptions=True)
        if isinstance(outcome, ServingError):
            raise outcome
        if isinstance(outcome, BaseException):
            raise EmbedderFailed(f"embedder: {type(outcome).__name__}") from outcome
        EMBEDDINGS.labels("model").inc()
        watch.queue_ms += outcome.queue_ms
        return outcome.result

    def _embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        return list(self._embedder.embed(texts))
