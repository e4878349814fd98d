"""Builds the cache of one process from its settings, and takes it apart again."""

import asyncio
import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from cache_service.calibration import Evidence
from cache_service.calibrations import Calibrations, EvidenceUnusable, load_starting_evidence
from cache_service.candidates import Candidates
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
from cache_service.single_flight import Flights, LocalFlights
from cache_service.store_watch import StoreWatch, Tell
from cache_service.stores import EntryStore, StoreOptions, open_store
from cache_service.stores.payloads import Payloads, read_keys
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
    watch: StoreWatch

    async def close(self) -> None:
        """Lets running work end, in the order that needs it."""
        if self.parts.embedding is not None:
            await self.parts.embedding.close()
        await self.watch.close()
        await self.parts.flights.close()
        await self.upkeep.close()
        await self.parts.calibrations.close()
        await self.parts.store.close()


async def build(settings: CacheSettings, health: Health) -> Sequence[Service]:
    """The services of one worker process; named by its module, so that spawned workers find it."""
    assembled = await assemble(
        settings,
        on_embedder_death=partial(health.set_serving, "embedder", ok=False),
        on_store=partial(health.set_serving, "store"),
    )
    gc.collect()  # what is here stays: looking through it again and again would be a pause of 30 ms
    gc.freeze()
    register = partial(cache_pb2_grpc.add_CacheServiceServicer_to_server, assembled.servicer)
    return [Service(SERVICE, register, ROLES, assembled.close)]


async def assemble(settings: CacheSettings, *, on_embedder_death: Callable[[], None], on_store: Tell) -> Assembled:
    """Everything of one process; SettingsError when the settings do not allow it."""
    keyring = await asyncio.to_thread(load_keyring, settings.secret_path)
    payloads = Payloads(read_keys(settings.encryption_keys()))
    store = await _opened_store(settings, payloads)
    embedding = await _embedding(settings, on_embedder_death)
    policies = Policies(store, _default_policy(settings))
    questions = Questions(policies, embedding, secret=keyring.partition, max_text_bytes=settings.max_text_bytes)
    parts = Parts(
        store,
        policies,
        questions,
        embedding,
        Calibrations(store, questions.embedder, starting=_starting_evidence(settings)),
        Candidates(),
        _flights(settings, store, payloads),
        Tally(store),
        keyring.token,
    )
    upkeep = Upkeep(store, parts.tally, flushes=[parts.calibrations.flush])
    return Assembled(_servicer(settings, parts), parts, upkeep, StoreWatch(store, on_store))


def _flights(settings: CacheSettings, store: EntryStore, payloads: Payloads) -> Flights:
    """The flights of this process, and of all replicas where they share a Redis."""
    local = LocalFlights(max_flights=MAX_FLIGHTS, max_waiters=settings.max_coalescing)
    if not settings.store.startswith("redis"):
        return local
    from cache_service.flights_redis import RedisFlights  # noqa: PLC0415
    from cache_service.stores.redis_store import RedisStore  # noqa: PLC0415

    if not isinstance(store, RedisStore):
        return local
    return RedisFlights(store.client, local, payloads=payloads, max_waiters=settings.max_coalescing)


def _default_policy(settings: CacheSettings) -> Policy:
    return Policy(
        "",
        ttl_s=settings.default_ttl_s,
        max_temperature=settings.max_temperature,
        max_wrong_hit_rate=settings.max_wrong_hit_rate,
    )


def _starting_evidence(settings: CacheSettings) -> Evidence | None:
    if settings.embedder == NO_EMBEDDER:
        return None
    try:
        return load_starting_evidence(settings.weights_dir)
    except EvidenceUnusable as error:
        raise SettingsError([f"{settings.variable('weights_dir')}: {error}"]) from error


def _servicer(settings: CacheSettings, parts: Parts) -> CacheServicer:
    return CacheServicer(
        SemanticCache(parts, Limits(settings.min_similarity, settings.lookup_budget_ms / 1000, settings.shadow_rate)),
        Storing(parts, max_answer_bytes=settings.max_answer_bytes, max_ttl_s=MAX_TTL_S),
        inspection=Inspection(parts, min_similarity=settings.min_similarity),
        policies=parts.policies,
        limits=BorderLimits(settings.max_coalesce_wait_ms, MAX_TTL_S),
    )


async def _opened_store(settings: CacheSettings, payloads: Payloads) -> EntryStore:
    options = StoreOptions(
        settings.folder,
        max_entries=settings.max_entries,
        max_waiting=settings.max_store_waiting,
        busy_timeout_ms=settings.busy_timeout_ms,
        payloads=payloads,
        max_index_rows=settings.max_index_rows,
        index=settings.index,
        index_from=settings.index_from,
        redis_url=settings.redis_url,
        redis_password_file=settings.redis_password_file,
        redis_tls_ca_file=settings.redis_tls_ca_file,
        redis_tls_cert_file=settings.redis_tls_cert_file,
        redis_tls_key_file=settings.redis_tls_key_file,
        redis_timeout_s=settings.redis_timeout_s,
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
