"""What the calls of the cache ask and answer, without a word of the wire; pure."""

from dataclasses import dataclass, field

from cache_service.stopwatch import Stopwatch
from cache_service.stores import Entry
from cache_service.terms import (
    NOTHING_SAVED,
    Answer,
    Api,
    Bypass,
    HitKind,
    Mode,
    Outcome,
    Rejection,
    Saved,
    Scope,
    Source,
    Veto,
)


@dataclass(frozen=True)
class RequestRef:
    """A request as every call names it: whose, of which API and model group, and its body."""

    scope: Scope
    api: Api
    model_group: str
    body: bytes


@dataclass(frozen=True)
class Lookup:
    """One lookup; the optional limits may only tighten what the policy says."""

    request: RequestRef
    stream: bool = False
    mode: Mode = Mode.EXACT_THEN_SEMANTIC
    max_wrong_hit_rate: float | None = None
    min_similarity: float | None = None
    max_age_s: float | None = None
    coalesce_wait_ms: float = 0.0
    time_left_s: float | None = None
    no_cache: bool = False
    no_store: bool = False


@dataclass(frozen=True)
class NearMiss:
    """An entry that was near and not served."""

    entry_id: str
    similarity: float
    veto: Veto


@dataclass(frozen=True)
class LookupResult:
    """What a lookup decided: an entry on a hit, a token on a miss, a reason on a bypass."""

    outcome: Outcome
    hit_kind: HitKind | None = None
    entry: Entry | None = None
    similarity: float = 0.0
    error_bound: float = 0.0
    age_ms: float = 0.0
    near_misses: tuple[NearMiss, ...] = ()
    bypass: Bypass | None = None
    token: bytes = b""
    shadow: Outcome | None = None
    stale: bool = False
    in_flight: bool = False
    watch: Stopwatch = field(default_factory=Stopwatch)


@dataclass(frozen=True)
class StoreCall:
    """The answer of a call that missed, with the token of its lookup; `ttl_s` 0 is the policy's."""

    token: bytes
    scope: Scope
    answer: Answer
    finish_reason: str = ""
    saved: Saved = NOTHING_SAVED
    tags: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    ttl_s: float = 0.0


@dataclass(frozen=True)
class StoreResult:
    """What became of an answer: the entry, or why it was rejected; and how it compared with entries near its request."""

    entry: Entry | None = None
    rejection: Rejection | None = None
    compared: int = 0
    differed: int = 0
    watch: Stopwatch = field(default_factory=Stopwatch)


@dataclass(frozen=True)
class ReportResult:
    """What a verdict did."""

    entry_removed: bool = False
    pair_remembered: bool = False
    counted: bool = False
