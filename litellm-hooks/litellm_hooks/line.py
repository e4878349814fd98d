"""Makes one call to a service: deadline, breaker, credentials, and the meaning of its errors."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from litellm_hooks.breaker import Breaker
from litellm_hooks.channel import WatchedFile
from litellm_hooks.counters import Counters
from litellm_hooks.decisions import Failure

_Reply = TypeVar("_Reply", bound=Message)

_FAILURES = {
    grpc.StatusCode.DEADLINE_EXCEEDED: Failure.TIMEOUT,
    grpc.StatusCode.UNAVAILABLE: Failure.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Failure.OVERLOADED,
    grpc.StatusCode.INTERNAL: Failure.BAD_ANSWER,
    grpc.StatusCode.UNKNOWN: Failure.BAD_ANSWER,
}


class CallFailed(Exception):  # noqa: N818  (a fact about a call, not an error of ours)
    """A service gave no usable answer."""

    def __init__(self, failure: Failure, detail: str = "") -> None:
        super().__init__(f"{failure.value}: {detail}" if detail else failure.value)
        self.failure = failure

    @property
    def is_final(self) -> bool:
        """Whether asking the same again can only fail again."""
        return self.failure is Failure.REFUSED


class Line:
    """One service's line: deadline, breaker, credentials and the mapping of its errors."""

    def __init__(self, service: str, breaker: Breaker, *, token: WatchedFile, counters: Counters) -> None:
        self._service, self._breaker, self._token, self._counters = service, breaker, token, counters

    async def call(
        self,
        method: Callable[..., Awaitable[_Reply | None]],
        request: Message,
        *,
        timeout_s: float,
        traceparent: str = "",
        counted: bool = True,
    ) -> _Reply:
        """Make one call; raise CallFailed for whatever keeps it from a usable answer.

        A call that waits on purpose is not `counted`: it says nothing about the service's speed to the breaker.
        """
        if counted and not self._breaker.allow():
            raise self._failed(Failure.BREAKER_OPEN)
        try:
            reply = await method(request, timeout=timeout_s, metadata=self._metadata(traceparent))
        except grpc.aio.AioRpcError as error:
            failure = _FAILURES.get(error.code(), Failure.REFUSED)
            self._note(in_time=failure is not Failure.TIMEOUT, counted=counted)
            raise self._failed(failure, error.details() or "") from None
        self._note(in_time=True, counted=counted)
        if reply is None:  # grpcio's way of saying that the bytes were no such message
            raise self._failed(Failure.BAD_ANSWER)
        return reply

    def _failed(self, failure: Failure, detail: str = "") -> CallFailed:
        self._counters.add("call_failures_total", {"service": self._service, "reason": failure.value})
        return CallFailed(failure, detail)

    def _note(self, *, in_time: bool, counted: bool) -> None:
        if counted and self._breaker.record(in_time=in_time):
            self._counters.add("breaker_opened_total", {"service": self._service})

    def _metadata(self, traceparent: str) -> list[tuple[str, str]]:
        token = self._token.text()
        metadata = [("authorization", f"Bearer {token}")] if token else []
        return [*metadata, ("traceparent", traceparent)] if traceparent else metadata
