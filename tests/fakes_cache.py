"""What the tests of the cache service share: an embedder without weights, a clock that is set, a cache without a server."""

import hashlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import grpc
import numpy as np
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from numpy.typing import NDArray

from cache_service.assembly import build
from cache_service.calibration import Evidence, no_evidence
from cache_service.calibrations import Calibrations
from cache_service.candidates import Candidates
from cache_service.embedding import Embedding
from cache_service.inspection import Inspection
from cache_service.lookups import Lookup, LookupResult, RequestRef, StoreCall, StoreResult
from cache_service.parts import Parts
from cache_service.policies import Policies
from cache_service.questions import Questions
from cache_service.semantic_cache import Limits, SemanticCache
from cache_service.settings import CacheSettings
from cache_service.single_flight import LocalFlights
from cache_service.stores import StoreOptions
from cache_service.stores.sqlite import SqliteStore
from cache_service.stores.sqlite_schema import FILE_NAME
from cache_service.storing import Storing
from cache_service.tally import Tally
from cache_service.terms import Answer, Api, Policy, Scope
from grpc_serving.server import start
from pith.cache.v1 import cache_pb2 as pb
from pith.cache.v1 import cache_pb2_grpc

DIMENSIONS = 64
WINDOW = 64


class WordEmbedder:
    """Adds one fixed random vector per word: texts that share most words are near, no weights are needed."""

    name = "words"
    fingerprint = "words-1"
    dimensions = DIMENSIONS
    max_tokens = WINDOW

    def __init__(self) -> None:
        self.calls = 0
        self.takes_s = 0.0
        self.fails_with: Exception | None = None

    def tokens(self, text: str) -> int:
        """Count the words."""
        return len(text.split())

    def unknown_tokens(self, text: str) -> int:
        """Count the words that hold a snowman."""
        return sum("☃" in word for word in text.split())

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector a row."""
        self.calls += 1
        time.sleep(self.takes_s)
        if self.fails_with is not None:
            raise self.fails_with
        return np.stack([_vector(text) for text in texts])


def _vector(text: str) -> NDArray[np.float32]:
    words = re.findall(r"\w+", text.lower()) or [""]
    total = np.sum([_word_vector(word) for word in words], axis=0)
    unit: NDArray[np.float32] = (total / np.linalg.norm(total)).astype(np.float32)
    return unit


def _word_vector(word: str) -> NDArray[np.float64]:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(DIMENSIONS)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """Tell the time."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Moves the clock."""
        self.now += seconds


def chat_body(question: str, *, system: str = "Be brief.", **fields: object) -> dict[str, object]:
    """A chat request with one question."""
    messages = [{"role": "system", "content": system}, {"role": "user", "content": question}]
    return {"model": "gpt-4o", "messages": messages, **fields}


def chat_json(question: str, **fields: object) -> bytes:
    """The bytes of a chat request with one question."""
    return json.dumps(chat_body(question, **fields)).encode()


def chat_answer(text: str = "Paris.", *, finish_reason: str = "stop", **message: object) -> Answer:
    """A complete chat answer."""
    choice = {"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", "content": text, **message}}
    return Answer("chat", json.dumps({"object": "chat.completion", "choices": [choice]}).encode())


@dataclass
class Cache:
    """A whole cache of one process without a server, over a real SQLite file and the embedder above."""

    store: SqliteStore
    embedder: WordEmbedder
    embedding: Embedding
    flights: LocalFlights
    calibrations: Calibrations
    tally: Tally
    policies: Policies
    lookups: SemanticCache
    storing: Storing
    inspection: Inspection

    async def ask(self, question: str, *, tenant_id: str = "acme", body: bytes = b"", **changes: Any) -> LookupResult:
        """Looks a chat question up."""
        ref = RequestRef(Scope(tenant_id), Api.CHAT, "gpt-4o", body or chat_json(question))
        return await self.lookups.lookup(Lookup(ref, **changes))

    async def keep(self, result: LookupResult, *, tenant_id: str = "acme", **changes: Any) -> StoreResult:
        """Stores an answer for a lookup that missed."""
        call = StoreCall(result.token, Scope(tenant_id), changes.pop("answer", None) or chat_answer(), **changes)
        return await self.storing.store(call)

    async def learn(self, question: str, **changes: Any) -> StoreResult:
        """Asks a question that misses and stores an answer to it."""
        return await self.keep(await self.ask(question), **changes)

    async def close(self) -> None:
        """Ends its threads."""
        await self.embedding.close()
        await self.calibrations.close()
        await self.store.close()


def open_evidence(*, similarity: float = 0.8, count: float = 200.0) -> Evidence:
    """Evidence by which every entry at least this near is right, and every other one wrong."""
    evidence = no_evidence()
    evidence.seen[:, 70:] = evidence.checked[:, 70:] = count
    evidence.wrong[:, 70 : round(similarity * 100)] = count
    return evidence


async def open_cache(
    folder: Path,
    clock: Clock | None = None,
    *,
    min_similarity: float = 0.8,
    starting: Evidence | None = None,
    shadow_rate: float = 0.0,
) -> Cache:
    """A cache over a new file, or over the one in the folder; its evidence opens all that is nearer than .8."""
    store = await SqliteStore.open(StoreOptions(folder), clock=clock or Clock())
    embedder = WordEmbedder()
    embedding = Embedding(embedder)
    policies, tally = Policies(store, Policy(""), clock=lambda: 0.0), Tally(store)
    flights = LocalFlights(max_flights=10, max_waiters=10)
    questions = Questions(policies, embedding, secret=b"p" * 32, max_text_bytes=100_000)
    calibrations = Calibrations(store, embedder.fingerprint, starting=open_evidence() if starting is None else starting)
    parts = Parts(store, policies, questions, embedding, calibrations, Candidates(), flights, tally, b"t" * 32)
    lookups = SemanticCache(parts, Limits(min_similarity, 5.0, shadow_rate), draw=lambda: 0.5)
    storing = Storing(parts, max_answer_bytes=10_000, max_ttl_s=1000.0)
    inspection = Inspection(parts, min_similarity=min_similarity)
    return Cache(store, embedder, embedding, flights, calibrations, tally, policies, lookups, storing, inspection)


def tamper(folder: Path, *statements: str) -> None:
    """Changes a cache's file behind its back."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


class CacheClient:
    """Speaks to a cache service as a hook does."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.channel = channel
        self.stub = cache_pb2_grpc.CacheServiceStub(channel)

    async def ask(self, question: str, *, tenant_id: str = "acme", **fields: Any) -> pb.LookupResponse:
        """Looks a chat question up."""
        request = {"scope": pb.Scope(tenant_id=tenant_id), "api": pb.API_CHAT, "model_group": "gpt-4o"}
        message = pb.LookupRequest(**{**request, "request_json": chat_json(question), **fields})
        return await self.stub.Lookup(message, timeout=10)

    async def keep(self, token: bytes, *, tenant_id: str = "acme", **fields: Any) -> pb.StoreResponse:
        """Stores an answer."""
        answer = chat_answer()
        request = {"answer": pb.Answer(format=answer.format, body=answer.body), "finish_reason": "stop"}
        message = pb.StoreRequest(
            **{**request, "lookup_token": token, "scope": pb.Scope(tenant_id=tenant_id), **fields}
        )
        return await self.stub.Store(message, timeout=10)

    async def learn(self, question: str, **fields: Any) -> pb.StoreResponse:
        """Asks a question that misses and stores an answer to it."""
        return await self.keep((await self.ask(question)).lookup_token, **fields)

    async def entries(self) -> int:
        """How many entries the tenant has."""
        message = pb.ListEntriesRequest(scope=pb.Scope(tenant_id="acme"))
        return len((await self.stub.ListEntries(message, timeout=10)).entries)


@asynccontextmanager
async def served(folder: Path, **settings: Any) -> AsyncIterator[CacheClient]:
    """A cache service on a free port of this process, with a client."""
    options = {"address": "127.0.0.1:0", "metrics_port": 0, "data_dir": folder, "embedder": "none", "grace_s": 0.5}
    options["shadow_rate"] = 0.0  # no hit is left to chance
    running = await start(CacheSettings(**{**options, **settings}), build)
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{running.port}") as channel:
            yield CacheClient(channel)
    finally:
        await running.stop()


class CacheProcess:
    """`python -m cache_service` in a process of its own; `port` is known once all workers serve."""

    def __init__(self, folder: Path, **settings: object) -> None:
        names = {"address": "127.0.0.1:0", "metrics_port": 0, "data_dir": folder, "embedder": "none", "workers": 1}
        names["shadow_rate"] = 0.0
        self._workers = int(str(settings.get("workers", 1)))
        chosen = {f"PITH_CACHE_{name.upper()}": str(value) for name, value in (names | settings).items()}
        env = {name: value for name, value in os.environ.items() if not name.startswith("PITH_")} | chosen
        command = [sys.executable, "-m", "cache_service"]
        self._process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.port = 0
        self.log: list[str] = []

    def __enter__(self) -> Self:
        """Wait until all workers serve."""
        assert self._process.stderr is not None
        serving = 0
        while serving < self._workers:
            line = self._process.stderr.readline()
            self.log.append(line)
            if not line:
                self._process.wait(20)
                self._process.stderr.close()
                raise AssertionError(f"ended before it served: {''.join(self.log)}")
            if '"serving"' in line:
                serving += 1
                self.port = json.loads(line)["port"]
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.stop(signal.SIGTERM)
        assert self._process.stderr is not None
        self._process.stderr.close()

    def stop(self, how: signal.Signals) -> int:
        """Signals the process, and with SIGKILL its workers too; its exit code."""
        if how is signal.SIGKILL:
            os.killpg(self._process.pid, how)
        else:
            self._process.send_signal(how)
        return self._process.wait(20)


async def refused(call: Any, code: str, field: str = "") -> None:
    """The call ends with this status, and names the field in words and in its details."""
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    assert error.value.code().name == code, error.value.details()
    if field:
        assert field in (error.value.details() or "")
        violations = error_details_pb2.BadRequest()
        status = rpc_status.from_call(error.value)
        assert any(detail.Unpack(violations) for detail in status.details)
        assert [violation.field for violation in violations.field_violations] == [field]
