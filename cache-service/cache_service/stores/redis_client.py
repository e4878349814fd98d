"""Speaks to Redis or Valkey, alone or as a Cluster: every call has a deadline, and too many at a time are refused."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qs, urlsplit

import structlog
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.cluster import RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError

from cache_service.stores import StoreDown, StoreOptions, StoreUnusable
from grpc_serving.errors import Overloaded

R = TypeVar("R")
Reply = Any
Word = bytes | str | int | float

MAX_CONNECTIONS = 32
# TLS wants several round trips; a connection is made once and kept.
CONNECT_FACTOR = 2
FIRST_REST_S = 0.05
LONGEST_REST_S = 2.0
FAILURES_BEFORE_REST = 3
# Who leaves after so long has not been answered in time; who leaves sooner had other reasons.
LEFT_AFTER_S = 0.05

log = structlog.get_logger("cache_service.stores.redis")


@dataclass(frozen=True)
class Script:
    """A Lua script, known to the server by its digest."""

    text: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha", hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest())


@dataclass(frozen=True)
class Command:
    """One command of several; with a script it is the call of that script."""

    words: tuple[Word, ...]
    script: Script | None = None


_PROBE = Script("return redis.call('COMMAND', 'INFO', ARGV[1])[1] and 1 or 0")


def command(*words: Word) -> Command:
    """A plain command."""
    return Command(words)


def run_script(script: Script, keys: Sequence[Word], args: Sequence[Word] = ()) -> Command:
    """The call of a script; all of its keys lie in one slot."""
    return Command(("EVALSHA", script.sha, len(keys), *keys, *args), script)


def partition_tag(partition: bytes) -> str:
    """The part of a key in braces, which puts everything of a partition into one slot of a Cluster."""
    return f"{{{partition[:8].hex()}}}"


class Rest:
    """After failures in a row calls fail at once; one after the other may try again, ever more rarely."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._next_try = 0.0

    def allows(self) -> bool:
        """Whether this call may be made."""
        if self._failures < FAILURES_BEFORE_REST:
            return True
        now = self._clock()
        if now < self._next_try:
            return False
        self._next_try = now + self._rest_s()
        return True

    def failed(self) -> bool:
        """Counts a failure; true for the one that begins the rest."""
        self._failures += 1
        self._next_try = self._clock() + self._rest_s()
        return self._failures == FAILURES_BEFORE_REST

    def succeeded(self) -> bool:
        """Counts an answer; true when it ends a rest."""
        rested, self._failures = self._failures >= FAILURES_BEFORE_REST, 0
        return rested

    def _rest_s(self) -> float:
        beyond = min(max(0, self._failures - FAILURES_BEFORE_REST), 10)
        return min(FIRST_REST_S * 2.0**beyond, LONGEST_REST_S)


class _Library(Protocol):
    """What both clients of the library have."""

    def execute_command(self, *words: Any, **options: Any) -> Awaitable[Any]: ...

    async def aclose(self) -> None: ...


class RedisClient:
    """Calls of one process; a call that fails or is late raises StoreDown, and later ones reconnect by themselves."""

    def __init__(self, library: _Library, *, timeout_s: float, max_waiting: int) -> None:
        self._library = library
        self._timeout_s = timeout_s
        self._max_waiting = max_waiting
        self._waiting = 0
        self._rest = Rest()
        # The library refuses rather than waits when its connections are taken.
        self._connections = asyncio.Semaphore(MAX_CONNECTIONS)

    @property
    def is_cluster(self) -> bool:
        """Whether keys are spread over nodes."""
        return isinstance(self._library, RedisCluster)

    async def call(self, *words: Word) -> Reply:
        """The reply to one command."""
        return await self.run(Command(words))

    async def script(self, script: Script, keys: Sequence[Word], args: Sequence[Word] = ()) -> Reply:
        """The reply of a script, which is sent again to a server that does not know it."""
        return await self.run(run_script(script, keys, args))

    async def run(self, one: Command) -> Reply:
        """The reply to one command or script."""
        return await self._guarded(lambda: self._connected(one))

    async def several(self, commands: Sequence[Command]) -> list[Reply]:
        """The replies to several commands in one round trip; they are not one transaction."""
        if not commands:
            return []
        return await self._guarded(lambda: self._together(commands))

    async def close(self) -> None:
        """Lets go of all connections."""
        await self._library.aclose()

    async def _connected(self, one: Command) -> Reply:
        async with self._connections:
            return await self._execute(one)

    async def _execute(self, one: Command) -> Reply:
        try:
            return await self._library.execute_command(*one.words)
        except NoScriptError:
            if one.script is None:
                raise
            return await self._library.execute_command("EVAL", one.script.text, *one.words[2:])

    async def _together(self, commands: Sequence[Command]) -> list[Reply]:
        if not isinstance(self._library, Redis):
            return list(await asyncio.gather(*(self._connected(one) for one in commands)))
        async with self._connections, self._library.pipeline(transaction=False) as pipe:
            for one in commands:
                pipe.execute_command(*one.words)
            replies: list[Reply] = await pipe.execute(raise_on_error=False)
        for index, reply in enumerate(replies):
            if isinstance(reply, NoScriptError):
                replies[index] = await self._execute(commands[index])
            elif isinstance(reply, Exception):
                raise reply
        return replies

    async def _guarded(self, work: Callable[[], Awaitable[R]]) -> R:
        if not self._rest.allows():
            raise StoreDown("store: Redis does not answer; it is tried again soon")
        with self._counted():
            started = time.monotonic()
            try:
                async with asyncio.timeout(self._timeout_s):
                    reply = await work()
            except asyncio.CancelledError:
                if time.monotonic() - started >= LEFT_AFTER_S:  # its caller had a shorter deadline than ours
                    self._failed("left alone")
                raise
            except ResponseError as error:  # it answers, if only to refuse
                raise StoreDown(f"store: Redis refuses: {error}") from error
            except (RedisError, OSError, TimeoutError) as error:
                self._failed(type(error).__name__)
                what = str(error) or f"no answer within {self._timeout_s:g} s"
                raise StoreDown(f"store: Redis: {what}") from error
        if self._rest.succeeded():
            log.info("redis answers again")
        return reply

    def _failed(self, error: str) -> None:
        if self._rest.failed():
            log.warning("redis does not answer", error=error)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        if self._waiting >= self._max_waiting:
            raise Overloaded(f"store: {self._max_waiting} calls wait for Redis", retry_after_s=0.1)
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1


async def connect(options: StoreOptions) -> RedisClient:
    """A client that has reached the server; StoreUnusable for a URL that cannot be, or a server that refuses us.

    The URL is redis://, rediss:// or unix://, with user and password if need be; `?cluster=true` makes it that of any
    node of a Cluster.
    """
    if not options.redis_url:
        raise StoreUnusable("redis_url: is empty; it names the server, such as redis://127.0.0.1:6379/0")
    try:
        library = _library(options)
    except ValueError as error:  # the URL may hold a password and is not shown
        raise StoreUnusable(f"redis_url: {error}") from error
    client = RedisClient(library, timeout_s=options.redis_timeout_s, max_waiting=options.max_waiting)
    try:
        await client.call("PING")
    except StoreDown as error:
        await client.close()
        raise StoreUnusable(f"redis_url: the server cannot be used: {error}") from error
    return client


async def has_command(client: RedisClient, name: str) -> bool:
    """Whether the server knows a command; no version says so reliably."""
    return bool(await client.script(_PROBE, ["pith:{all}:probe"], [name]))


def _library(options: StoreOptions) -> _Library:
    url, cluster = _without_cluster(options.redis_url)
    wanted: dict[str, Any] = {
        "socket_timeout": None,  # the deadline is ours, and a second timer would cost what a reply does
        "socket_connect_timeout": options.redis_timeout_s * CONNECT_FACTOR,
        "protocol": 2,
        **_credentials(options),
    }
    if cluster:
        retries = Retry(NoBackoff(), 1)  # one more after a slot has moved; the deadline is ours
        cluster_library = RedisCluster.from_url(url, retry=retries, max_connections=MAX_CONNECTIONS, **wanted)
        _leave_replies(cluster_library.response_callbacks)
        return cluster_library
    pool: ConnectionPool = ConnectionPool.from_url(
        url, max_connections=MAX_CONNECTIONS, retry=Retry(NoBackoff(), 0), **wanted
    )
    library = Redis.from_pool(pool)  # closes the pool with itself
    _leave_replies(library.response_callbacks)
    return library


def _leave_replies(callbacks: MutableMapping[Any, Any]) -> None:
    """Replies stay as they come, the same from a command and from a script; what the library itself reads is its own."""
    for name in [name for name in callbacks if not name.startswith(("CLUSTER", "COMMAND"))]:
        del callbacks[name]


def _credentials(options: StoreOptions) -> dict[str, Any]:
    tls = {
        "ssl_ca_certs": options.redis_tls_ca_file,
        "ssl_certfile": options.redis_tls_cert_file,
        "ssl_keyfile": options.redis_tls_key_file,
    }
    given: dict[str, Any] = {name: str(path) for name, path in tls.items() if path is not None}
    if given and not options.redis_url.startswith("rediss://"):
        raise ValueError("TLS files are set, but the URL is not rediss://")
    if options.redis_password_file is not None:
        try:
            given["password"] = options.redis_password_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ValueError(f"redis_password_file: cannot be read: {error}") from error
    return given


def _without_cluster(url: str) -> tuple[str, bool]:
    """The URL without its `cluster` option, and what that says."""
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    cluster = options.pop("cluster", ["false"])[0].lower() in {"true", "1", "yes"}
    query = "&".join(f"{name}={values[0]}" for name, values in options.items())
    return parts._replace(query=query).geturl(), cluster
