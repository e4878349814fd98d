"""One request at the edge: what was asked, by whom, and what was answered so far."""

import time
from urllib.parse import quote

from starlette.types import Message, Scope, Send

from platform_api.domain.keys import VirtualKey
from platform_api.errors import ApiError, Dialect

from . import headers
from .routing import Route

_SHOWN_PATH_CHARS = 200


class Visit:
    """The facts of one request, and the way back to its client."""

    route: Route | None
    key: VirtualKey | None

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope = scope
        self.started_at_s = time.perf_counter()
        self.method: str = scope["method"]
        self.headers: headers.RawHeaders = scope["headers"]
        self.raw_path: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
        self.query = "?" + scope["query_string"].decode("latin-1") if scope["query_string"] else ""
        self.request_id = headers.request_id_of(self.headers)
        self.credential = headers.credential_of(self.headers)
        self.caller = _caller(scope, self.request_id)
        self.route = None
        self.key = None
        self.status = 0
        self._send = send

    @property
    def shown_path(self) -> str:
        """Return the path for a message, as it was sent and not too long."""
        return self.raw_path.decode("latin-1")[:_SHOWN_PATH_CHARS]

    async def send(self, message: Message) -> None:
        """Send to the client; remember the status."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)

    async def send_marked(self, message: Message) -> None:
        """Send an answer made in this process, with the request id added."""
        if message["type"] == "http.response.start":
            marked = [*message.get("headers", []), (b"x-request-id", self.request_id.encode())]
            message = {**message, "headers": marked}
        await self.send(message)

    async def refuse(self, error: ApiError) -> None:
        """Answer with an error in the dialect of the route; after an answer has begun there is nothing to say."""
        if self.status:
            return
        content = error.body(Dialect.OPENAI if self.route is None else self.route.dialect)
        listed = headers.as_bytes([*error.headers(), ("content-length", str(len(content)))])
        if error.status in {408, 413}:
            # The rest of the body may be on its way still, and nobody will read it.
            listed.append((b"connection", b"close"))
        await self.send_marked({"type": "http.response.start", "status": error.status, "headers": listed})
        await self.send({"type": "http.response.body", "body": content})


def _caller(scope: Scope, request_id: str) -> headers.Caller:
    address = (scope.get("client") or ("unknown", 0))[0]
    host = headers.first(scope["headers"], b"host") or ""
    return headers.Caller(address, scope["scheme"], host, request_id, headers.hops_of(scope["headers"]))
