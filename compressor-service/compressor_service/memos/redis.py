"""A memo in Redis, which the replicas share: Redis 6.2 or newer, or Valkey."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from compressor_service.memos import FAILURES
from compressor_service.memos.breaker import Breaker
from grpc_serving.settings import SettingsError

PREFIX = b"pith:memo:"
# A connection may take longer than an answer, since TLS wants several round trips; it is made once and kept.
_CONNECT_FACTOR = 8
_MAX_CONNECTIONS = 32
_FAILURES_IN_A_ROW = 3
_REST_S = 1.0

log = structlog.get_logger("compressor_service.memos.redis")


class RedisMemo:
    """One pipelined round trip a call; a Redis that does not answer in time is left alone for a while."""

    def __init__(self, url: str, *, ttl_s: float, timeout_s: float, breaker: Breaker | None = None) -> None:
        self._ttl_s = math.ceil(ttl_s)
        self._breaker = breaker or Breaker(failures=_FAILURES_IN_A_ROW, rest_s=_REST_S)
        self._client = redis.Redis(connection_pool=_open_pool(url, timeout_s))
        self._run(lambda pipe: pipe.ping())  # connects before the first request comes

    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """See SharedMemo; a read makes the entry live for another `ttl_s`."""

        def read(pipe: Any) -> None:
            for key in keys:
                pipe.getex(_name(key), ex=self._ttl_s)

        values = self._run(read) if keys else None
        return [None] * len(keys) if values is None else [None if _refused(one) else one for one in values]

    def remember_many(self, items: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """See SharedMemo."""

        def write(pipe: Any) -> None:
            for key, value in items:
                pipe.set(_name(key), value, nx=True, ex=self._ttl_s)
            pipe.mget([_name(key) for key, _ in items])

        replies = self._run(write) if items else None
        held = [None] * len(items) if replies is None or _refused(replies[-1]) else replies[-1]
        return [value if one is None else one for (_, value), one in zip(items, held, strict=True)]

    def close(self) -> None:
        """See SharedMemo."""
        self._client.close()
        self._client.connection_pool.disconnect()

    def _run(self, fill: Callable[[Any], Any]) -> list[Any] | None:
        """Send what `fill` puts into a pipeline; None when Redis fails or is being left alone."""
        if not self._breaker.allows():
            FAILURES.labels("resting").inc()
            return None
        try:
            with self._client.pipeline(transaction=False) as pipe:
                fill(pipe)
                replies: list[Any] = pipe.execute(raise_on_error=False)
        except redis.RedisError as error:
            FAILURES.labels("unreachable").inc()
            if self._breaker.failed():
                log.warning("memo_unreachable", error=type(error).__name__, rest_s=_REST_S)
            return None
        if self._breaker.succeeded():
            log.info("memo_reachable_again")
        FAILURES.labels("refused").inc(sum(_refused(one) for one in replies))
        return replies


def _refused(reply: object) -> bool:
    """A single command may fail where the server is up: no memory left, a read-only replica, no permission."""
    return isinstance(reply, Exception)


def _open_pool(url: str, timeout_s: float) -> redis.ConnectionPool:
    try:
        return redis.BlockingConnectionPool.from_url(
            url,
            max_connections=_MAX_CONNECTIONS,
            timeout=timeout_s,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s * _CONNECT_FACTOR,
            retry=Retry(NoBackoff(), 0),  # its own retries would multiply the deadline
            protocol=2,
            driver_info=None,
        )
    except ValueError as error:  # the URL itself may hold a password, so it is not shown
        raise SettingsError([f"PITH_COMPRESSOR_REDIS_URL: {error}"]) from error


def _name(key: bytes) -> bytes:
    return PREFIX + key.hex().encode()
