"""GPTCache with Pith's embedder behind it, so that only what a cache does with the vectors differs."""

from pathlib import Path
from typing import Any

from gptcache import Cache, Config  # type: ignore[import-not-found,unused-ignore]  # only in the peers' environment
from gptcache.adapter import api  # type: ignore[import-not-found,unused-ignore]
from gptcache.manager import CacheBase, VectorBase, get_data_manager  # type: ignore[import-not-found,unused-ignore]
from gptcache.processor.pre import get_prompt  # type: ignore[import-not-found,unused-ignore]
from gptcache.similarity_evaluation import (  # type: ignore[import-not-found,unused-ignore]
    SearchDistanceEvaluation,
)

from cache_service.embedders import Embedder


def cosine_of(threshold: float) -> float:
    """Return the cosine that a threshold stands for: it is compared with 4 minus the squared distance, over 4."""
    return 2 * threshold - 1


class GptCache:
    """A cache of one process in a folder, with SQLite and FAISS as its documentation sets it up."""

    def __init__(self, folder: Path, embedder: Embedder, *, threshold: float) -> None:
        self._cache = Cache()
        self._cache.init(
            pre_embedding_func=get_prompt,
            embedding_func=lambda text, **_: embedder.embed([text])[0],
            data_manager=get_data_manager(
                CacheBase("sqlite", sql_url=f"sqlite:///{folder}/entries.db"),
                VectorBase("faiss", dimension=embedder.dimensions, index_path=f"{folder}/vectors.index"),
            ),
            similarity_evaluation=SearchDistanceEvaluation(),
            config=Config(similarity_threshold=threshold),
        )

    def put(self, text: str, answer: str) -> None:
        """Store an answer."""
        api.put(text, answer, cache_obj=self._cache)

    def get(self, text: str) -> str | None:
        """Return the answer that it would serve."""
        found: Any = api.get(text, cache_obj=self._cache)
        return None if found is None else str(found)
