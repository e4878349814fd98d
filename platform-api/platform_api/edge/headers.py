"""Which headers cross the edge, and what becomes of them; pure."""

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HOP_HEADER = "x-pith-hops"
MAX_HOPS = 1

RawHeaders = Sequence[tuple[bytes, bytes]]
Headers = list[tuple[str, str]]

_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
# Written anew by the edge, or answered by it (`expect`).
_EDGE_OWNED = frozenset({"host", "expect", "forwarded", "x-real-ip", "x-request-id", HOP_HEADER})
_INTERNAL = frozenset({"x-llm-provider"})
_INTERNAL_PREFIXES = ("x-tenant-", "x-litellm-", "litellm-", "x-forwarded-", "x-consumer-", "x-credential-")
# LiteLLM takes a credential from each of these; the edge has checked one and sends its own.
_CREDENTIALS = frozenset(
    {"authorization", "x-api-key", "api-key", "x-goog-api-key", "ocp-apim-subscription-key", "cookie"}
)
_SANE_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


@dataclass(frozen=True, slots=True)
class Caller:
    """How the client reached the edge."""

    address: str
    scheme: str
    host: str
    request_id: str
    hops: int


def first(headers: RawHeaders, name: bytes) -> str | None:
    """Return the first value of a header; names are lower case in ASGI."""
    return next((value.decode("latin-1") for key, value in headers if key == name), None)


def request_id_of(headers: RawHeaders) -> str:
    """Return the client's request id if it is sane, else a new one."""
    given = first(headers, b"x-request-id")
    return given if given is not None and _SANE_REQUEST_ID.fullmatch(given) else secrets.token_hex(16)


def hops_of(headers: RawHeaders) -> int:
    """Return how often this request has passed an edge; what is no number counts as too often."""
    value = first(headers, HOP_HEADER.encode()) or "0"
    return int(value) if re.fullmatch(r"[0-9]{1,3}", value) else MAX_HOPS + 1


def credential_of(headers: RawHeaders) -> str | None:
    """Return the key a client sends, as bearer token or as x-api-key."""
    scheme, _, token = (first(headers, b"authorization") or "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return first(headers, b"x-api-key")


def toward_upstream(headers: RawHeaders, caller: Caller, *, keep_credentials: bool) -> Headers:
    """Return what the upstream sees: the client's own headers without those that are not the client's to send."""
    dropped = _connection_named(headers) | _HOP_BY_HOP | _EDGE_OWNED | _INTERNAL
    if not keep_credentials:
        dropped |= _CREDENTIALS
    if first(headers, b"transfer-encoding") is not None:
        dropped |= {"content-length"}  # both in one request is how requests are smuggled; the chunks are what counts
    kept = [
        (name, _text(value))
        for key, value in headers
        if (name := key.decode("latin-1")) not in dropped and not name.startswith(_INTERNAL_PREFIXES)
    ]
    return kept + _forwarded(caller)


def toward_client(headers: RawHeaders, *, request_id: str, streaming: bool) -> list[tuple[bytes, bytes]]:
    """Return what the client sees of the upstream's headers; repeated ones stay repeated."""
    dropped = _connection_named(headers) | _HOP_BY_HOP | {"x-request-id"}
    if streaming:
        dropped |= {"cache-control", "x-accel-buffering", "content-length"}
    kept = [(key.lower(), value) for key, value in headers if key.decode("latin-1").lower() not in dropped]
    kept.append((b"x-request-id", request_id.encode()))
    if streaming:
        kept += [(b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no")]
    return kept


def is_event_stream(headers: RawHeaders) -> bool:
    """Tell whether a response is server-sent events that can be read; compressed ones are bytes like any other."""
    named = {key.lower(): value.lower() for key, value in headers}
    return named.get(b"content-type", b"").startswith(b"text/event-stream") and b"content-encoding" not in named


def as_bytes(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Return headers as ASGI wants them."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def _connection_named(headers: RawHeaders) -> frozenset[str]:
    values = [value.decode("latin-1") for key, value in headers if key.lower() == b"connection"]
    return frozenset(name.strip().lower() for value in values for name in value.split(","))


def _forwarded(caller: Caller) -> Headers:
    return [
        ("x-forwarded-for", caller.address),
        ("x-forwarded-proto", caller.scheme),
        ("x-forwarded-host", caller.host),
        ("x-request-id", caller.request_id),
        (HOP_HEADER, str(caller.hops + 1)),
    ]


def _text(value: bytes) -> str:
    # aiohttp writes header text as UTF-8, so UTF-8 is read as such and arrives byte for byte.
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
