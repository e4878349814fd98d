"""The refusals a client can meet, in the shape its SDK expects."""

import json
from enum import StrEnum


class Dialect(StrEnum):
    """Whose error format a path speaks."""

    OPENAI = "openai"
    OPENAI_RESPONSES = "openai-responses"
    ANTHROPIC = "anthropic"


_OPENAI_TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
_ANTHROPIC_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
}


class ApiError(Exception):
    """A refusal with its HTTP status, a word for programs (`code`) and a sentence for people."""

    def __init__(
        self, status: int, code: str, message: str, *, param: str | None = None, retry_after_s: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.retry_after_s = retry_after_s

    def headers(self) -> list[tuple[str, str]]:
        """Return the headers that belong to the refusal."""
        headers = [("content-type", "application/json")]
        if self.retry_after_s is not None:
            headers.append(("retry-after", str(self.retry_after_s)))
        if self.status == 401:
            headers.append(("www-authenticate", "Bearer"))
        return headers

    def body(self, dialect: Dialect = Dialect.OPENAI) -> bytes:
        """Return the JSON body in the given dialect."""
        return json.dumps(self._content(dialect)).encode()

    def sse_event(self, dialect: Dialect) -> bytes:
        """Return the event that tells the reader of a broken stream so; the stream's own end mark never follows."""
        if dialect is Dialect.OPENAI:
            return b"data: " + self.body(dialect) + b"\n\n"
        if dialect is Dialect.ANTHROPIC:
            return b"event: error\ndata: " + self.body(dialect) + b"\n\n"
        event = {"type": "error", "code": self.code, "message": self.message, "param": self.param}
        return b"event: error\ndata: " + json.dumps(event).encode() + b"\n\n"

    def _content(self, dialect: Dialect) -> dict[str, object]:
        if dialect is Dialect.ANTHROPIC:
            kind = _ANTHROPIC_TYPES.get(self.status, "api_error" if self.status >= 500 else "invalid_request_error")
            return {"type": "error", "error": {"type": kind, "message": self.message}}
        kind = _OPENAI_TYPES.get(self.status, "server_error" if self.status >= 500 else "invalid_request_error")
        return {"error": {"message": self.message, "type": kind, "code": self.code, "param": self.param}}
