"""What a usage event is, which events are refused, and what totals hold."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from grpc_serving.errors import InvalidArgument

MAX_EVENTS = 1_000
MAX_TEXT = 256
MAX_TOKENS = 2**53
MAX_GROUPS = 1_000


class Outcome(StrEnum):
    """How a request ended."""

    PROVIDER = "provider"
    HIT_EXACT = "hit_exact"
    HIT_SEMANTIC = "hit_semantic"
    ERROR = "error"
    CANCELLED = "cancelled"


class GroupBy(StrEnum):
    """What usage totals may be split by."""

    TENANT = "tenant"
    MODEL = "model"
    KEY = "key"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """What one request cost and saved."""

    event_id: str
    request_id: str
    tenant_id: str
    key_id: str
    model: str
    api: str
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float
    saved_cache_usd: float
    saved_compression_usd: float
    outcome: Outcome
    at: datetime

    @property
    def day(self) -> str:
        """Return the UTC day the event counts for."""
        return self.at.astimezone(UTC).date().isoformat()


@dataclass(frozen=True, slots=True)
class UsageTotals:
    """Sums over the events of one group; `group` is None for all of them."""

    group: str | None
    requests: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float
    saved_cache_usd: float
    saved_compression_usd: float
    by_outcome: Mapping[str, int]


def check_event(event: UsageEvent, *, field: str) -> None:
    """Raise InvalidArgument naming the first field of the event that is out of bounds."""
    for name in ("event_id", "tenant_id", "key_id"):
        if not getattr(event, name):
            raise InvalidArgument(f"{field}.{name}", "must not be empty")
    for name in ("event_id", "request_id", "tenant_id", "key_id", "model", "api"):
        if len(getattr(event, name)) > MAX_TEXT:
            raise InvalidArgument(f"{field}.{name}", f"must be at most {MAX_TEXT} characters")
    for name in ("prompt_tokens", "completion_tokens"):
        if not 0 <= getattr(event, name) <= MAX_TOKENS:
            raise InvalidArgument(f"{field}.{name}", f"must be between 0 and {MAX_TOKENS}")
    for name in ("cost_usd", "saved_cache_usd", "saved_compression_usd"):
        if not (math.isfinite(getattr(event, name)) and getattr(event, name) >= 0):
            raise InvalidArgument(f"{field}.{name}", "must be a number of dollars, zero or more")
