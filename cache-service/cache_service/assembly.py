"""Builds the cache of one process from its settings, and takes it apart again."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from cache_service.embedders import ArtefactMismatch, EmbedderUnavailable, load_embedder
from cache_service.embedding import Embedding
from cache_service.inspection import Inspection
from cache_service.keys import load_keyring
from cache_service.parts import Parts
from cache_service.policies import Policies
from cache_service.questions import NO_EMBEDDER, Questions
from cache_service.semantic_cache import Limits, SemanticCache
from cache_service.servicer import ROLES, SERVICE, BorderLimits, CacheServicer
from cache_service.settings import MAX_TTL_S, CacheSettings
from cache_service.single_flight import SingleFlight
from cache_service.stores import EntryStore, StoreOptions, open_store
from cache_service.storing import Storing
from cache_service.tally import Tally
from cache_service.terms import Policy
from cache_service.upkeep import Upkeep
from grpc_serving.environment import SettingsError
from grpc_serving.errors import ServingError
from grpc_serving.server import Health, Service
from pith.cache.v1 import cache_pb2_grpc

MAX_FLIGHTS = 10_000


@dataclass(frozen=True)
class Assembled:
    """The servicer, and what has to be closed after it."""

    servicer: CacheServicer
    parts: Parts
    upkeep: Upkeep

    async def close(self) -> None:
        """Lets running work end, in the order that needs it."""
        if self.parts.embedding is not None:
            await self.parts.embedding.close()
        await self.upkeep.close()
        await self.parts.store.close()


async def build(settings: CacheSettings, health: Health) -> Sequence[Service]:
    """The services of one worker process; named by its module, so that spawned workers find it."""
    assembled = await assemble(settings, on_embedder_death=partial(health.set_serving, "embedder", ok=False))
    register = partial(cache_pb2_grpc.add_CacheServiceServicer_to_server, assembled.servicer)
    return [Service(SERVICE, register, ROLES, assembled.close)]


async def assemble(settings: CacheSettings, *, on_embedder_death: Callable[[], None]) -> Assembled:
    """Everything of one process; SettingsError when the settings do not allow it."""
    keyring = await asyncio.to_thread(load_keyring, settings.secret_path)
    store = await _opened_store(settings)
    embedding = await _embedding(settings, on_embedder_death)
    defaults = Policy("", ttl_s=settings.default_ttl_s, max_temperature=settings.max_temperature)
    policies = Policies(store, defaults)
    parts = Parts(
        store,
        policies,
        Questions(policies, embedding, secret=keyring.partition, max_text_bytes=settings.max_text_bytes),
        embedding,
        SingleFlight(max_flights=MAX_FLIGHTS, max_waiters=settings.max_coalescing),
        Tally(store),
        keyring.token,
    )
    return Assembled(_servicer(settings, parts), parts, Upkeep(store, parts.tally))


def _servicer(settings: CacheSettings, parts: Parts) -> CacheServicer:
    return CacheServicer(
        SemanticCache(parts, Limits(settings.min_similarity, settings.lookup_budget_ms / 1000)),
        Storing(parts, max_answer_bytes=settings.max_answer_bytes, max_ttl_s=MAX_TTL_S),
        inspection=Inspection(parts, min_similarity=settings.min_similarity),
        policies=parts.policies,
        limits=BorderLimits(settings.max_coalesce_wait_ms, MAX_TTL_S),
    )


async def _opened_store(settings: CacheSettings) -> EntryStore:
    options = StoreOptions(
        settings.folder,
        max_entries=settings.max_entries,
        max_waiting=settings.max_store_waiting,
        busy_timeout_ms=settings.busy_timeout_ms,
    )
    try:
        return await open_store(settings.store, options)
    except ServingError as error:
        raise SettingsError([f"{settings.variable('store')}: {error}"]) from error


async def _embedding(settings: CacheSettings, on_death: Callable[[], None]) -> Embedding | None:
    if settings.embedder == NO_EMBEDDER:
        return None
    try:
        embedder = await asyncio.to_thread(
            load_embedder, settings.embedder, weights_dir=settings.weights_dir, threads=1
        )
    except (EmbedderUnavailable, ArtefactMismatch) as error:
        raise SettingsError([f"{settings.variable('embedder')}: {error}"]) from error
    return Embedding(
        embedder,
        workers=settings.embedder_workers,
        max_waiting=settings.max_waiting,
        max_remembered=settings.max_remembered,
        on_death=on_death,
    )
