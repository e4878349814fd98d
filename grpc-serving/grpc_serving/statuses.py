"""Turns a domain error into the gRPC status with rich details that the caller receives."""

import grpc
from google.protobuf import duration_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from grpc_serving.errors import InvalidArgument, Overloaded, ServingError

# gRPC sends the text twice in the trailers, percent-encoded once, and clients refuse trailers over 8 kB.
MAX_TEXT_BYTES = 500


def status_of(error: ServingError) -> grpc.Status:
    """The status for a domain error: code, text, and BadRequest or RetryInfo where there is something to say."""
    status = status_pb2.Status(code=grpc.StatusCode[error.code].value[0], message=_short(str(error)))
    match error:
        case InvalidArgument():
            bad = error_details_pb2.BadRequest()
            bad.field_violations.add(field=_short(error.field), description=_short(error.description))
            status.details.add().Pack(bad)
        case Overloaded():
            delay = duration_pb2.Duration()
            delay.FromMilliseconds(max(1, round(error.retry_after_s * 1000)))
            status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=delay))
    return rpc_status.to_status(status)


def _short(text: str) -> str:
    raw = text.encode("utf-8", "replace")
    return raw.decode() if len(raw) <= MAX_TEXT_BYTES else raw[: MAX_TEXT_BYTES - 3].decode("utf-8", "ignore") + "…"
