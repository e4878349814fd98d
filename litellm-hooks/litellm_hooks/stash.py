"""What one request carries from hook to hook, found again by a random token."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from litellm_hooks.counters import Counters
from litellm_hooks.decisions import CacheDecision, CompressionDecision

TOKEN_KEY = "pith_token"  # noqa: S105  (the name of a metadata key)
_RECORD_BYTES = 2048  # a rough figure for a state without its answers


@dataclass(frozen=True)
class Caller:
    """Who asks, as authentication established it."""

    tenant_id: str
    key_id: str
    user_id: str = ""


@dataclass(frozen=True)
class TokenCounts:
    """What compression counted over a request."""

    tokens_before: int
    tokens_after: int
    eligible_before: int
    eligible_after: int

    @property
    def saved(self) -> int:
        """Tokens that are not sent."""
        return max(0, self.tokens_before - self.tokens_after)


@dataclass
class RequestState:
    """Everything the hooks know about one request under way."""

    token: str
    caller: Caller
    api: str
    model_group: str
    stream: bool = False
    mode: str = ""
    request_id: str = ""
    traceparent: str = ""
    max_age_s: float | None = None
    no_cache: bool = False
    no_store: bool = False
    cache_wanted: bool = True
    compression_wanted: bool = True
    cache: CacheDecision = CacheDecision.NOT_ASKED
    compression: CompressionDecision = CompressionDecision.NOT_ASKED
    cache_ms: float | None = None
    compression_ms: float | None = None
    similarity: float = 0.0
    entry_id: str = ""
    age_ms: float = 0.0
    saved_cost_usd: float = 0.0
    lookup_token: bytes = b""
    leads: bool = False  # others may wait for this call's answer
    answers: dict[str, str] = field(default_factory=dict)  # shape -> JSON
    counts: TokenCounts | None = None
    level: str = ""  # LiteLLM's call type that is running now; bridged routes go through several
    stored: set[str] = field(default_factory=set)  # shapes
    served: set[str] = field(default_factory=set)  # shapes
    reported: bool = False
    created_s: float = field(default_factory=time.monotonic)

    @property
    def size_bytes(self) -> int:
        """A rough figure for what this state holds."""
        return _RECORD_BYTES + len(self.lookup_token) + sum(len(body) for body in self.answers.values())


def new_token() -> str:
    """Make a token that nobody can guess."""
    return secrets.token_urlsafe(18)


def own_metadata(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give every metadata dict of a request that the proxy filled itself; a client's never holds user_api_key_* keys."""
    for name in ("metadata", "litellm_metadata"):
        metadata = data.get(name)
        if isinstance(metadata, dict) and any(str(key).startswith("user_api_key_") for key in metadata):
            yield metadata


class Stash:
    """States by token; bounded in count, bytes and age, the oldest going first."""

    def __init__(
        self,
        counters: Counters,
        *,
        max_requests: int,
        max_bytes: int,
        max_age_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._states: OrderedDict[str, RequestState] = OrderedDict()
        self._sizes: dict[str, int] = {}
        self._bytes = 0
        self._counters = counters
        self._max_requests, self._max_bytes, self._max_age_s = max_requests, max_bytes, max_age_s
        self._clock = clock

    def __len__(self) -> int:
        return len(self._states)

    @property
    def size_bytes(self) -> int:
        """What all states hold together, roughly."""
        return self._bytes

    def put(self, state: RequestState) -> None:
        """Keep a state, or account for it anew after it has grown or shrunk."""
        self._forget(state.token)
        self._states[state.token] = state
        self._sizes[state.token] = state.size_bytes
        self._bytes += state.size_bytes
        self._trim()

    def find(self, data: Mapping[str, Any]) -> RequestState | None:
        """Find the state of the request that this dict belongs to."""
        for metadata in own_metadata(data):
            state = self._states.get(str(metadata.get(TOKEN_KEY) or ""))
            if state is not None and self._clock() - state.created_s <= self._max_age_s:
                return state
        return None

    def _trim(self) -> None:
        while self._states:
            oldest = next(iter(self._states.values()))
            if self._clock() - oldest.created_s > self._max_age_s:
                self._forget(oldest.token)
            elif len(self._states) > self._max_requests or self._bytes > self._max_bytes:
                self._forget(oldest.token)
                self._counters.add("stash_evicted_total")
            else:
                return

    def _forget(self, token: str) -> None:
        if self._states.pop(token, None) is not None:
            self._bytes -= self._sizes.pop(token)
