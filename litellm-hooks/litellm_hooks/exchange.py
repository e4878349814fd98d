"""What the hooks ask the services and what they are told, in our own types."""

from dataclasses import dataclass

from litellm_hooks.decisions import CacheDecision
from litellm_hooks.request_view import Slot
from litellm_hooks.stash import Caller, TokenCounts


@dataclass(frozen=True)
class LookupQuestion:
    """What a lookup needs to know."""

    caller: Caller
    api: str
    model_group: str
    request_json: bytes
    stream: bool
    mode: str = ""
    max_age_s: float | None = None
    no_cache: bool = False
    no_store: bool = False
    coalesce_wait_ms: float = 0.0
    request_id: str = ""
    traceparent: str = ""


@dataclass(frozen=True)
class CompressQuestion:
    """What a compression needs to know."""

    caller: Caller
    model_group: str
    slots: tuple[Slot, ...]
    request_id: str = ""
    traceparent: str = ""


@dataclass(frozen=True)
class Lookup:
    """What the cache service decided."""

    decision: CacheDecision
    lookup_token: bytes = b""
    answers: tuple[tuple[str, bytes], ...] = ()  # (format, JSON)
    entry_id: str = ""
    similarity: float = 0.0
    age_ms: float = 0.0
    saved_cost_usd: float = 0.0
    in_flight: bool = False  # somebody else's call for the same answer runs


@dataclass(frozen=True)
class CompressedText:
    """One segment as it came back."""

    id: str
    text: str
    changed: bool
    skip_reason: str


@dataclass(frozen=True)
class Compression:
    """What the compressor decided."""

    texts: tuple[CompressedText, ...]
    counts: TokenCounts


@dataclass(frozen=True)
class StoredAnswer:
    """An answer to keep, with what the call behind it cost."""

    shape: str
    body: bytes
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float


@dataclass(frozen=True)
class UsageEvent:
    """What one request cost and saved."""

    event_id: str
    request_id: str
    caller: Caller
    model: str
    api: str
    outcome: str  # provider, hit_exact, hit_semantic, error or cancelled
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float
    saved_cache_usd: float
    saved_compression_usd: float
    at_s: float
