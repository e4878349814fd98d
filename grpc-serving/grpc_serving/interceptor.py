"""Wraps every call once: admits it, turns domain errors into statuses, times, counts and logs it."""

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import grpc
import structlog
from google.protobuf.message import DecodeError
from prometheus_client import Counter, Gauge, Histogram

from grpc_serving.errors import InvalidArgument, Overloaded, ServingError, Unavailable
from grpc_serving.security import Guard, Role
from grpc_serving.statuses import status_of

HANDLED = Counter("grpc_server_handled", "Calls by status.", ["grpc_type", "grpc_service", "grpc_method", "grpc_code"])
HANDLING = Histogram(
    "grpc_server_handling_seconds",
    "Time from the request's arrival to its status.",
    ["grpc_type", "grpc_service", "grpc_method"],
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
IN_PROGRESS = Gauge("grpc_server_in_progress", "Calls being handled.")

TYPES = {
    (False, False): "unary",
    (False, True): "server_stream",
    (True, False): "client_stream",
    (True, True): "bidi_stream",
}
UNEXPECTED = {
    grpc.StatusCode.INTERNAL: "internal error; the server's log has the cause",
    grpc.StatusCode.UNIMPLEMENTED: "this server does not implement the method yet",
}
CODES = {code.value[0]: code for code in grpc.StatusCode}

# What anybody may ask: whether we serve, and what.
OPEN = frozenset({"grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"})

# A client resets the call when its deadline passes, which may arrive just before our own timer fires.
RESET_AHEAD_S = 0.005

# A drain is over when no call came for this long; callers that never notice hold it up for so many rounds.
QUIET_S = 0.02
QUIET_ROUNDS = 25

log = structlog.get_logger("grpc_serving.call")

Behaviour = Callable[[Any, Any], Awaitable[Any]]


class _Unreadable:
    """Stands for a request that is not valid protobuf; gRPC itself would answer UNKNOWN with our exception's text."""


class CallInterceptor(grpc.aio.ServerInterceptor):  # type: ignore[misc]
    """The one interceptor of a server; `roles` maps full method names, and a method without one needs OPERATOR."""

    def __init__(self, roles: Mapping[str, Role], guard: Guard, *, max_concurrent_calls: int = 1000) -> None:
        self._roles = roles
        self._guard = guard
        self._max_calls = max_concurrent_calls
        self._calls = 0
        self._draining = False
        self._refused = 0
        self._idle = asyncio.Event()

    async def drain(self, within_s: float) -> None:
        """Refuses new calls as UNAVAILABLE, which clients try elsewhere, until all is done and callers have noticed."""
        self._draining = True
        self._note_idle()
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._idle.wait()
                await self._quiet()

    async def _quiet(self) -> None:
        for _ in range(QUIET_ROUNDS):
            refused = self._refused
            await asyncio.sleep(QUIET_S)
            if self._refused == refused:
                return

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler | None:
        """The handler gRPC found, wrapped; an unknown method stays unknown and is counted as such."""
        handler = await continuation(handler_call_details)
        if handler is None:
            HANDLED.labels("unary", "unknown", "unknown", "UNIMPLEMENTED").inc()
            return None
        return self._wrapped(handler, str(handler_call_details.method))

    def _wrapped(self, handler: grpc.RpcMethodHandler, method: str) -> grpc.RpcMethodHandler:
        needed = None if method.split("/")[1] in OPEN else self._roles.get(method, Role.OPERATOR)
        kind = (bool(handler.request_streaming), bool(handler.response_streaming))
        behaviour: Behaviour = next(
            filter(None, (handler.unary_unary, handler.unary_stream, handler.stream_unary, handler.stream_stream))
        )
        if inspect.isasyncgenfunction(behaviour):
            behaviour = _writing(behaviour)

        async def observed(request: Any, context: grpc.aio.ServicerContext) -> Any:
            return await self._observe(behaviour, request, context, call=_Call(method, TYPES[kind], needed))

        rebuild = {
            (False, False): grpc.unary_unary_rpc_method_handler,
            (False, True): grpc.unary_stream_rpc_method_handler,
            (True, False): grpc.stream_unary_rpc_method_handler,
            (True, True): grpc.stream_stream_rpc_method_handler,
        }[kind]
        deserialize = handler.request_deserializer if kind[0] else _forgiving(handler.request_deserializer)
        return rebuild(observed, deserialize, handler.response_serializer)

    async def _observe(
        self, behaviour: Behaviour, request: Any, context: grpc.aio.ServicerContext, *, call: "_Call"
    ) -> Any:
        structlog.contextvars.clear_contextvars()
        try:
            with self._in_progress(call):
                await _drop_if_late(context)
                self._admit(request, context, call)
                answer = await behaviour(request, context)
        except grpc.aio.AbortError:
            call.end(_code(context))
            raise
        except asyncio.CancelledError as error:
            if _caller_left():
                late = _is_late(context, margin_s=RESET_AHEAD_S)
                call.end(grpc.StatusCode.DEADLINE_EXCEEDED if late else grpc.StatusCode.CANCELLED)
                raise
            call.end(grpc.StatusCode.INTERNAL, error=error)
            await context.abort(grpc.StatusCode.INTERNAL, UNEXPECTED[grpc.StatusCode.INTERNAL])
        except ServingError as error:
            call.end(grpc.StatusCode[error.code], error=error)
            await context.abort_with_status(status_of(error))
        except Exception as error:  # noqa: BLE001
            code = _unexpected(error, context)
            call.end(code, error=error)
            await context.abort(code, UNEXPECTED[code])
        else:
            call.end(_code(context))
            return answer

    @contextmanager
    def _in_progress(self, call: "_Call") -> Iterator[None]:
        if call.needed is None:  # a watcher of the health stays for hours
            yield
            return
        self._calls += 1
        IN_PROGRESS.set(self._calls)
        try:
            yield
        finally:
            self._calls -= 1
            IN_PROGRESS.set(self._calls)
            self._note_idle()

    def _note_idle(self) -> None:
        if self._draining and not self._calls:
            self._idle.set()

    def _admit(self, request: Any, context: grpc.aio.ServicerContext, call: "_Call") -> None:
        if call.needed is not None:
            if self._draining:
                self._refused += 1
                raise Unavailable("the server is shutting down")
            if self._calls > self._max_calls:
                raise Overloaded(f"{self._max_calls} calls are in progress", retry_after_s=0.1)
            if not self._guard.is_open:
                authorization = dict(context.invocation_metadata() or ()).get("authorization")
                names = _certificate_names(context)
                self._guard.admit(call.needed, authorization=authorization, certificate_names=names)
        if isinstance(request, _Unreadable):
            raise InvalidArgument("message", "is not valid protobuf: it is cut off, or a string in it is not UTF-8")


class _Call:
    """What is counted and logged of one call."""

    def __init__(self, method: str, kind: str, needed: Role | None) -> None:
        self.needed = needed
        self._method = method.lstrip("/")
        self._labels = (kind, *self._method.rsplit("/", 1))
        self._started = time.perf_counter()

    def end(self, code: grpc.StatusCode, *, error: BaseException | None = None) -> None:
        """Counts the call and writes its line; what anybody may call, such as health checks, is logged at DEBUG."""
        took_s = time.perf_counter() - self._started
        HANDLED.labels(*self._labels, code.name).inc()
        HANDLING.labels(*self._labels).observe(took_s)
        fields = {"method": self._method, "code": code.name, "ms": round(took_s * 1000, 3)}
        if isinstance(error, ServingError):
            fields["error"] = type(error).__name__
            fields |= {"field": error.field} if isinstance(error, InvalidArgument) else {}
        if code is grpc.StatusCode.INTERNAL:
            log.error("call", **fields, exc_info=error)
            return
        (log.info if self.needed is not None else log.debug)("call", **fields)


def _writing(generator: Callable[[Any, Any], AsyncIterator[Any]]) -> Behaviour:
    """Lets an async generator be called like the other kind of streaming handler, the one that writes."""

    async def write(request: Any, context: grpc.aio.ServicerContext) -> None:
        async for message in generator(request, context):
            await context.write(message)

    return write


def _forgiving(deserialize: Callable[[bytes], Any] | None) -> Callable[[bytes], Any] | None:
    """A deserializer that leaves it to the handler to refuse what is not protobuf."""
    if deserialize is None:
        return None

    def read(raw: bytes) -> Any:
        try:
            return deserialize(raw)
        except (DecodeError, UnicodeDecodeError):
            return _Unreadable()

    return read


def _code(context: grpc.aio.ServicerContext) -> grpc.StatusCode:
    code = context.code()
    return code if isinstance(code, grpc.StatusCode) else CODES[code or 0]


def _unexpected(error: Exception, context: grpc.aio.ServicerContext) -> grpc.StatusCode:
    """INTERNAL, but UNIMPLEMENTED for a method that only the generated code has, which sets that code and raises."""
    generated = isinstance(error, NotImplementedError) and _code(context) is grpc.StatusCode.UNIMPLEMENTED
    return grpc.StatusCode.UNIMPLEMENTED if generated else grpc.StatusCode.INTERNAL


def _caller_left() -> bool:
    """Whether gRPC cancelled this call; a cancelled future of our own would leave the caller without an answer."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _is_late(context: grpc.aio.ServicerContext, *, margin_s: float = 0.0) -> bool:
    left_s = context.time_remaining()
    return left_s is not None and left_s <= margin_s


async def _drop_if_late(context: grpc.aio.ServicerContext) -> None:
    if _is_late(context):
        await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "the deadline passed before the call was begun")


def _certificate_names(context: grpc.aio.ServicerContext) -> list[str]:
    identity = context.auth_context()
    names = (*identity.get("x509_common_name", ()), *identity.get("x509_subject_alternative_name", ()))
    return [name.decode("utf-8", "replace") for name in names]
