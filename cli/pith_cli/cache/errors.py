"""Says what to do about a call that failed."""

from collections.abc import Mapping
from types import MappingProxyType

import grpc

_CODE = grpc.StatusCode
_HINTS: Mapping[grpc.StatusCode, str] = MappingProxyType(
    {
        _CODE.UNAVAILABLE: "is it running there? `pith up` starts a stack, --address names another",
        _CODE.DEADLINE_EXCEEDED: "it did not answer in time: see its health and load (`pith doctor`)",
        _CODE.NOT_FOUND: "no such entry in this tenant: `pith cache entries` lists them",
        _CODE.FAILED_PRECONDITION: "somebody else changed it meanwhile: read it again with `pith cache policy get`",
        _CODE.PERMISSION_DENIED: "the token is bound to another tenant or lacks the role: pass another with --token",
        _CODE.UNAUTHENTICATED: "this cache wants a token: pass --token or set PITH_TOKEN",
        _CODE.RESOURCE_EXHAUSTED: "it has too much to do: try again in a moment",
        _CODE.UNIMPLEMENTED: "this cache is older than this command",
    }
)


def describe(address: str, error: grpc.aio.AioRpcError) -> str:
    """Return one line: where, what, and what to do."""
    hint = _HINTS.get(error.code())
    said = f"cache at {address}: {error.code().name}: {error.details()}"
    return f"{said}\n{hint}" if hint else said
