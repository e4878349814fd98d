"""The last requests that reached the stand-ins, so that a test can see what a provider saw; bounded."""

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

from pith_cli.providers.exchange import Json

MAX_REQUESTS = 1000
MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    provider: str
    model: str
    path: str
    stream: bool
    body: Json
    prompt_text: str
    at: float


class RequestLog:
    """Keeps the last requests within a count and a size."""

    def __init__(self, *, max_requests: int = MAX_REQUESTS, max_bytes: int = MAX_BYTES) -> None:
        self._kept: deque[tuple[Received, int]] = deque()
        self._bytes = 0
        self._max_requests = max_requests
        self._max_bytes = max_bytes

    def add(self, received: Received, size_bytes: int) -> None:
        """Keep a request and drop the oldest beyond the limits."""
        self._kept.append((received, size_bytes))
        self._bytes += size_bytes
        while self._kept and (len(self._kept) > self._max_requests or self._bytes > self._max_bytes):
            self._bytes -= self._kept.popleft()[1]

    def clear(self) -> None:
        """Forget every request."""
        self._kept.clear()
        self._bytes = 0

    def last(self, count: int = MAX_REQUESTS) -> list[dict[str, Any]]:
        """The last requests, oldest first, ready for JSON."""
        return [asdict(received) for received, _ in list(self._kept)[-count:]] if count > 0 else []
