import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Api(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    API_UNSPECIFIED: _ClassVar[Api]
    API_CHAT: _ClassVar[Api]
    API_TEXT: _ClassVar[Api]
    API_MESSAGES: _ClassVar[Api]
    API_RESPONSES: _ClassVar[Api]

class LookupMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LOOKUP_MODE_UNSPECIFIED: _ClassVar[LookupMode]
    LOOKUP_MODE_EXACT_THEN_SEMANTIC: _ClassVar[LookupMode]
    LOOKUP_MODE_EXACT: _ClassVar[LookupMode]
    LOOKUP_MODE_SEMANTIC: _ClassVar[LookupMode]
    LOOKUP_MODE_SHADOW: _ClassVar[LookupMode]
    LOOKUP_MODE_OFF: _ClassVar[LookupMode]

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_HIT: _ClassVar[Outcome]
    OUTCOME_MISS: _ClassVar[Outcome]
    OUTCOME_BYPASS: _ClassVar[Outcome]

class HitKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HIT_KIND_UNSPECIFIED: _ClassVar[HitKind]
    HIT_KIND_EXACT: _ClassVar[HitKind]
    HIT_KIND_SEMANTIC: _ClassVar[HitKind]

class BypassReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BYPASS_REASON_UNSPECIFIED: _ClassVar[BypassReason]
    BYPASS_REASON_POLICY: _ClassVar[BypassReason]
    BYPASS_REASON_SEVERAL_ANSWERS: _ClassVar[BypassReason]
    BYPASS_REASON_LOGPROBS: _ClassVar[BypassReason]
    BYPASS_REASON_SERVER_STATE: _ClassVar[BypassReason]
    BYPASS_REASON_NO_TEXT: _ClassVar[BypassReason]
    BYPASS_REASON_CLIENT: _ClassVar[BypassReason]
    BYPASS_REASON_TEMPERATURE: _ClassVar[BypassReason]
    BYPASS_REASON_NOT_TEXT_OUTPUT: _ClassVar[BypassReason]
    BYPASS_REASON_SCOPE: _ClassVar[BypassReason]

class Veto(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VETO_UNSPECIFIED: _ClassVar[Veto]
    VETO_SIMILARITY: _ClassVar[Veto]
    VETO_NUMBERS: _ClassVar[Veto]
    VETO_NEGATION: _ClassVar[Veto]
    VETO_ANTONYM: _ClassVar[Veto]
    VETO_ENTITY: _ClassVar[Veto]
    VETO_DIRECTION: _ClassVar[Veto]
    VETO_FORMAT: _ClassVar[Veto]
    VETO_ERROR_BOUND: _ClassVar[Veto]
    VETO_REPORTED: _ClassVar[Veto]
    VETO_AGE: _ClassVar[Veto]
    VETO_INELIGIBLE: _ClassVar[Veto]
    VETO_CONSTRAINT: _ClassVar[Veto]
    VETO_COLLISION: _ClassVar[Veto]

class StoreOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STORE_OUTCOME_UNSPECIFIED: _ClassVar[StoreOutcome]
    STORE_OUTCOME_STORED: _ClassVar[StoreOutcome]
    STORE_OUTCOME_REJECTED: _ClassVar[StoreOutcome]

class RejectReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REJECT_REASON_UNSPECIFIED: _ClassVar[RejectReason]
    REJECT_REASON_FINISH_REASON: _ClassVar[RejectReason]
    REJECT_REASON_TOOL_CALLS: _ClassVar[RejectReason]
    REJECT_REASON_EMPTY: _ClassVar[RejectReason]
    REJECT_REASON_FORMAT: _ClassVar[RejectReason]
    REJECT_REASON_TOO_LARGE: _ClassVar[RejectReason]
    REJECT_REASON_SEVERAL_ANSWERS: _ClassVar[RejectReason]
    REJECT_REASON_REFUSAL: _ClassVar[RejectReason]
    REJECT_REASON_INVALIDATED: _ClassVar[RejectReason]
    REJECT_REASON_POLICY: _ClassVar[RejectReason]
    REJECT_REASON_ERROR: _ClassVar[RejectReason]

class ReleaseReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RELEASE_REASON_UNSPECIFIED: _ClassVar[ReleaseReason]
    RELEASE_REASON_PROVIDER_ERROR: _ClassVar[ReleaseReason]
    RELEASE_REASON_CANCELLED: _ClassVar[ReleaseReason]
    RELEASE_REASON_NOT_CACHEABLE: _ClassVar[ReleaseReason]

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VERDICT_UNSPECIFIED: _ClassVar[Verdict]
    VERDICT_RIGHT: _ClassVar[Verdict]
    VERDICT_WRONG: _ClassVar[Verdict]

class ScopeWidth(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCOPE_WIDTH_UNSPECIFIED: _ClassVar[ScopeWidth]
    SCOPE_WIDTH_USER: _ClassVar[ScopeWidth]
    SCOPE_WIDTH_KEY: _ClassVar[ScopeWidth]
    SCOPE_WIDTH_TENANT: _ClassVar[ScopeWidth]
    SCOPE_WIDTH_POOL: _ClassVar[ScopeWidth]
API_UNSPECIFIED: Api
API_CHAT: Api
API_TEXT: Api
API_MESSAGES: Api
API_RESPONSES: Api
LOOKUP_MODE_UNSPECIFIED: LookupMode
LOOKUP_MODE_EXACT_THEN_SEMANTIC: LookupMode
LOOKUP_MODE_EXACT: LookupMode
LOOKUP_MODE_SEMANTIC: LookupMode
LOOKUP_MODE_SHADOW: LookupMode
LOOKUP_MODE_OFF: LookupMode
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_HIT: Outcome
OUTCOME_MISS: Outcome
OUTCOME_BYPASS: Outcome
HIT_KIND_UNSPECIFIED: HitKind
HIT_KIND_EXACT: HitKind
HIT_KIND_SEMANTIC: HitKind
BYPASS_REASON_UNSPECIFIED: BypassReason
BYPASS_REASON_POLICY: BypassReason
BYPASS_REASON_SEVERAL_ANSWERS: BypassReason
BYPASS_REASON_LOGPROBS: BypassReason
BYPASS_REASON_SERVER_STATE: BypassReason
BYPASS_REASON_NO_TEXT: BypassReason
BYPASS_REASON_CLIENT: BypassReason
BYPASS_REASON_TEMPERATURE: BypassReason
BYPASS_REASON_NOT_TEXT_OUTPUT: BypassReason
BYPASS_REASON_SCOPE: BypassReason
VETO_UNSPECIFIED: Veto
VETO_SIMILARITY: Veto
VETO_NUMBERS: Veto
VETO_NEGATION: Veto
VETO_ANTONYM: Veto
VETO_ENTITY: Veto
VETO_DIRECTION: Veto
VETO_FORMAT: Veto
VETO_ERROR_BOUND: Veto
VETO_REPORTED: Veto
VETO_AGE: Veto
VETO_INELIGIBLE: Veto
VETO_CONSTRAINT: Veto
VETO_COLLISION: Veto
STORE_OUTCOME_UNSPECIFIED: StoreOutcome
STORE_OUTCOME_STORED: StoreOutcome
STORE_OUTCOME_REJECTED: StoreOutcome
REJECT_REASON_UNSPECIFIED: RejectReason
REJECT_REASON_FINISH_REASON: RejectReason
REJECT_REASON_TOOL_CALLS: RejectReason
REJECT_REASON_EMPTY: RejectReason
REJECT_REASON_FORMAT: RejectReason
REJECT_REASON_TOO_LARGE: RejectReason
REJECT_REASON_SEVERAL_ANSWERS: RejectReason
REJECT_REASON_REFUSAL: RejectReason
REJECT_REASON_INVALIDATED: RejectReason
REJECT_REASON_POLICY: RejectReason
REJECT_REASON_ERROR: RejectReason
RELEASE_REASON_UNSPECIFIED: ReleaseReason
RELEASE_REASON_PROVIDER_ERROR: ReleaseReason
RELEASE_REASON_CANCELLED: ReleaseReason
RELEASE_REASON_NOT_CACHEABLE: ReleaseReason
VERDICT_UNSPECIFIED: Verdict
VERDICT_RIGHT: Verdict
VERDICT_WRONG: Verdict
SCOPE_WIDTH_UNSPECIFIED: ScopeWidth
SCOPE_WIDTH_USER: ScopeWidth
SCOPE_WIDTH_KEY: ScopeWidth
SCOPE_WIDTH_TENANT: ScopeWidth
SCOPE_WIDTH_POOL: ScopeWidth

class Scope(_message.Message):
    __slots__ = ("tenant_id", "key_id", "user_id", "pool")
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    tenant_id: str
    key_id: str
    user_id: str
    pool: str
    def __init__(self, tenant_id: _Optional[str] = ..., key_id: _Optional[str] = ..., user_id: _Optional[str] = ..., pool: _Optional[str] = ...) -> None: ...

class Answer(_message.Message):
    __slots__ = ("format", "body")
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    format: str
    body: bytes
    def __init__(self, format: _Optional[str] = ..., body: _Optional[bytes] = ...) -> None: ...

class Saved(_message.Message):
    __slots__ = ("prompt_tokens", "completion_tokens", "cost_usd")
    PROMPT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float
    def __init__(self, prompt_tokens: _Optional[int] = ..., completion_tokens: _Optional[int] = ..., cost_usd: _Optional[float] = ...) -> None: ...

class NearMiss(_message.Message):
    __slots__ = ("entry_id", "similarity", "veto")
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    VETO_FIELD_NUMBER: _ClassVar[int]
    entry_id: str
    similarity: float
    veto: Veto
    def __init__(self, entry_id: _Optional[str] = ..., similarity: _Optional[float] = ..., veto: _Optional[_Union[Veto, str]] = ...) -> None: ...

class Timings(_message.Message):
    __slots__ = ("total_ms", "queue_ms", "stage_ms")
    class StageMsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    TOTAL_MS_FIELD_NUMBER: _ClassVar[int]
    QUEUE_MS_FIELD_NUMBER: _ClassVar[int]
    STAGE_MS_FIELD_NUMBER: _ClassVar[int]
    total_ms: float
    queue_ms: float
    stage_ms: _containers.ScalarMap[str, float]
    def __init__(self, total_ms: _Optional[float] = ..., queue_ms: _Optional[float] = ..., stage_ms: _Optional[_Mapping[str, float]] = ...) -> None: ...

class LookupRequest(_message.Message):
    __slots__ = ("request_id", "scope", "api", "model_group", "request_json", "stream", "mode", "max_wrong_hit_rate", "min_similarity", "max_age_s", "coalesce_wait_ms", "no_cache", "no_store")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    API_FIELD_NUMBER: _ClassVar[int]
    MODEL_GROUP_FIELD_NUMBER: _ClassVar[int]
    REQUEST_JSON_FIELD_NUMBER: _ClassVar[int]
    STREAM_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    MAX_WRONG_HIT_RATE_FIELD_NUMBER: _ClassVar[int]
    MIN_SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_S_FIELD_NUMBER: _ClassVar[int]
    COALESCE_WAIT_MS_FIELD_NUMBER: _ClassVar[int]
    NO_CACHE_FIELD_NUMBER: _ClassVar[int]
    NO_STORE_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    scope: Scope
    api: Api
    model_group: str
    request_json: bytes
    stream: bool
    mode: LookupMode
    max_wrong_hit_rate: float
    min_similarity: float
    max_age_s: float
    coalesce_wait_ms: float
    no_cache: bool
    no_store: bool
    def __init__(self, request_id: _Optional[str] = ..., scope: _Optional[_Union[Scope, _Mapping]] = ..., api: _Optional[_Union[Api, str]] = ..., model_group: _Optional[str] = ..., request_json: _Optional[bytes] = ..., stream: bool = ..., mode: _Optional[_Union[LookupMode, str]] = ..., max_wrong_hit_rate: _Optional[float] = ..., min_similarity: _Optional[float] = ..., max_age_s: _Optional[float] = ..., coalesce_wait_ms: _Optional[float] = ..., no_cache: bool = ..., no_store: bool = ...) -> None: ...

class LookupResponse(_message.Message):
    __slots__ = ("outcome", "hit_kind", "entry_id", "answers", "similarity", "error_bound", "age_ms", "saved", "near_misses", "bypass_reason", "lookup_token", "shadow", "timings", "stale", "in_flight")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    HIT_KIND_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    ERROR_BOUND_FIELD_NUMBER: _ClassVar[int]
    AGE_MS_FIELD_NUMBER: _ClassVar[int]
    SAVED_FIELD_NUMBER: _ClassVar[int]
    NEAR_MISSES_FIELD_NUMBER: _ClassVar[int]
    BYPASS_REASON_FIELD_NUMBER: _ClassVar[int]
    LOOKUP_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SHADOW_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    STALE_FIELD_NUMBER: _ClassVar[int]
    IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    outcome: Outcome
    hit_kind: HitKind
    entry_id: str
    answers: _containers.RepeatedCompositeFieldContainer[Answer]
    similarity: float
    error_bound: float
    age_ms: float
    saved: Saved
    near_misses: _containers.RepeatedCompositeFieldContainer[NearMiss]
    bypass_reason: BypassReason
    lookup_token: bytes
    shadow: Outcome
    timings: Timings
    stale: bool
    in_flight: bool
    def __init__(self, outcome: _Optional[_Union[Outcome, str]] = ..., hit_kind: _Optional[_Union[HitKind, str]] = ..., entry_id: _Optional[str] = ..., answers: _Optional[_Iterable[_Union[Answer, _Mapping]]] = ..., similarity: _Optional[float] = ..., error_bound: _Optional[float] = ..., age_ms: _Optional[float] = ..., saved: _Optional[_Union[Saved, _Mapping]] = ..., near_misses: _Optional[_Iterable[_Union[NearMiss, _Mapping]]] = ..., bypass_reason: _Optional[_Union[BypassReason, str]] = ..., lookup_token: _Optional[bytes] = ..., shadow: _Optional[_Union[Outcome, str]] = ..., timings: _Optional[_Union[Timings, _Mapping]] = ..., stale: bool = ..., in_flight: bool = ...) -> None: ...

class Source(_message.Message):
    __slots__ = ("id", "version")
    ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    id: str
    version: str
    def __init__(self, id: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class Usage(_message.Message):
    __slots__ = ("prompt_tokens", "completion_tokens")
    PROMPT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_TOKENS_FIELD_NUMBER: _ClassVar[int]
    prompt_tokens: int
    completion_tokens: int
    def __init__(self, prompt_tokens: _Optional[int] = ..., completion_tokens: _Optional[int] = ...) -> None: ...

class StoreRequest(_message.Message):
    __slots__ = ("lookup_token", "scope", "answer", "finish_reason", "usage", "cost_usd", "tags", "sources", "ttl_s")
    LOOKUP_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    FINISH_REASON_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    TTL_S_FIELD_NUMBER: _ClassVar[int]
    lookup_token: bytes
    scope: Scope
    answer: Answer
    finish_reason: str
    usage: Usage
    cost_usd: float
    tags: _containers.RepeatedScalarFieldContainer[str]
    sources: _containers.RepeatedCompositeFieldContainer[Source]
    ttl_s: float
    def __init__(self, lookup_token: _Optional[bytes] = ..., scope: _Optional[_Union[Scope, _Mapping]] = ..., answer: _Optional[_Union[Answer, _Mapping]] = ..., finish_reason: _Optional[str] = ..., usage: _Optional[_Union[Usage, _Mapping]] = ..., cost_usd: _Optional[float] = ..., tags: _Optional[_Iterable[str]] = ..., sources: _Optional[_Iterable[_Union[Source, _Mapping]]] = ..., ttl_s: _Optional[float] = ...) -> None: ...

class StoreResponse(_message.Message):
    __slots__ = ("outcome", "reject_reason", "entry_id", "expires_at", "timings", "compared", "differed")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REJECT_REASON_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    COMPARED_FIELD_NUMBER: _ClassVar[int]
    DIFFERED_FIELD_NUMBER: _ClassVar[int]
    outcome: StoreOutcome
    reject_reason: RejectReason
    entry_id: str
    expires_at: _timestamp_pb2.Timestamp
    timings: Timings
    compared: int
    differed: int
    def __init__(self, outcome: _Optional[_Union[StoreOutcome, str]] = ..., reject_reason: _Optional[_Union[RejectReason, str]] = ..., entry_id: _Optional[str] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., timings: _Optional[_Union[Timings, _Mapping]] = ..., compared: _Optional[int] = ..., differed: _Optional[int] = ...) -> None: ...

class ReleaseRequest(_message.Message):
    __slots__ = ("lookup_token", "scope", "reason")
    LOOKUP_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    lookup_token: bytes
    scope: Scope
    reason: ReleaseReason
    def __init__(self, lookup_token: _Optional[bytes] = ..., scope: _Optional[_Union[Scope, _Mapping]] = ..., reason: _Optional[_Union[ReleaseReason, str]] = ...) -> None: ...

class ReleaseResponse(_message.Message):
    __slots__ = ("released", "timings")
    RELEASED_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    released: bool
    timings: Timings
    def __init__(self, released: bool = ..., timings: _Optional[_Union[Timings, _Mapping]] = ...) -> None: ...

class RenewRequest(_message.Message):
    __slots__ = ("lookup_token", "scope")
    LOOKUP_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    lookup_token: bytes
    scope: Scope
    def __init__(self, lookup_token: _Optional[bytes] = ..., scope: _Optional[_Union[Scope, _Mapping]] = ...) -> None: ...

class RenewResponse(_message.Message):
    __slots__ = ("renewed", "lease_s", "timings")
    RENEWED_FIELD_NUMBER: _ClassVar[int]
    LEASE_S_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    renewed: bool
    lease_s: float
    timings: Timings
    def __init__(self, renewed: bool = ..., lease_s: _Optional[float] = ..., timings: _Optional[_Union[Timings, _Mapping]] = ...) -> None: ...

class ReportRequest(_message.Message):
    __slots__ = ("scope", "entry_id", "verdict", "request_json", "lookup_token", "reporter", "api", "model_group")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_JSON_FIELD_NUMBER: _ClassVar[int]
    LOOKUP_TOKEN_FIELD_NUMBER: _ClassVar[int]
    REPORTER_FIELD_NUMBER: _ClassVar[int]
    API_FIELD_NUMBER: _ClassVar[int]
    MODEL_GROUP_FIELD_NUMBER: _ClassVar[int]
    scope: Scope
    entry_id: str
    verdict: Verdict
    request_json: bytes
    lookup_token: bytes
    reporter: str
    api: Api
    model_group: str
    def __init__(self, scope: _Optional[_Union[Scope, _Mapping]] = ..., entry_id: _Optional[str] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., request_json: _Optional[bytes] = ..., lookup_token: _Optional[bytes] = ..., reporter: _Optional[str] = ..., api: _Optional[_Union[Api, str]] = ..., model_group: _Optional[str] = ...) -> None: ...

class ReportResponse(_message.Message):
    __slots__ = ("timings", "entry_removed", "pair_remembered", "counted")
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    ENTRY_REMOVED_FIELD_NUMBER: _ClassVar[int]
    PAIR_REMEMBERED_FIELD_NUMBER: _ClassVar[int]
    COUNTED_FIELD_NUMBER: _ClassVar[int]
    timings: Timings
    entry_removed: bool
    pair_remembered: bool
    counted: bool
    def __init__(self, timings: _Optional[_Union[Timings, _Mapping]] = ..., entry_removed: bool = ..., pair_remembered: bool = ..., counted: bool = ...) -> None: ...

class Neighbourhood(_message.Message):
    __slots__ = ("text", "min_similarity")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    MIN_SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    text: str
    min_similarity: float
    def __init__(self, text: _Optional[str] = ..., min_similarity: _Optional[float] = ...) -> None: ...

class InvalidateRequest(_message.Message):
    __slots__ = ("scope", "entry_id", "tag", "source", "model_group", "neighbourhood", "tenant", "all", "dry_run")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    MODEL_GROUP_FIELD_NUMBER: _ClassVar[int]
    NEIGHBOURHOOD_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    ALL_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    scope: Scope
    entry_id: str
    tag: str
    source: Source
    model_group: str
    neighbourhood: Neighbourhood
    tenant: bool
    all: bool
    dry_run: bool
    def __init__(self, scope: _Optional[_Union[Scope, _Mapping]] = ..., entry_id: _Optional[str] = ..., tag: _Optional[str] = ..., source: _Optional[_Union[Source, _Mapping]] = ..., model_group: _Optional[str] = ..., neighbourhood: _Optional[_Union[Neighbourhood, _Mapping]] = ..., tenant: bool = ..., all: bool = ..., dry_run: bool = ...) -> None: ...

class InvalidateResponse(_message.Message):
    __slots__ = ("matched", "samples", "timings")
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    matched: int
    samples: _containers.RepeatedCompositeFieldContainer[Entry]
    timings: Timings
    def __init__(self, matched: _Optional[int] = ..., samples: _Optional[_Iterable[_Union[Entry, _Mapping]]] = ..., timings: _Optional[_Union[Timings, _Mapping]] = ...) -> None: ...

class ExplainRequest(_message.Message):
    __slots__ = ("scope", "api", "model_group", "request_json_a", "request_json_b")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    API_FIELD_NUMBER: _ClassVar[int]
    MODEL_GROUP_FIELD_NUMBER: _ClassVar[int]
    REQUEST_JSON_A_FIELD_NUMBER: _ClassVar[int]
    REQUEST_JSON_B_FIELD_NUMBER: _ClassVar[int]
    scope: Scope
    api: Api
    model_group: str
    request_json_a: bytes
    request_json_b: bytes
    def __init__(self, scope: _Optional[_Union[Scope, _Mapping]] = ..., api: _Optional[_Union[Api, str]] = ..., model_group: _Optional[str] = ..., request_json_a: _Optional[bytes] = ..., request_json_b: _Optional[bytes] = ...) -> None: ...

class GuardVerdict(_message.Message):
    __slots__ = ("name", "verdict", "detail")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    name: str
    verdict: Veto
    detail: str
    def __init__(self, name: _Optional[str] = ..., verdict: _Optional[_Union[Veto, str]] = ..., detail: _Optional[str] = ...) -> None: ...

class ExplainResponse(_message.Message):
    __slots__ = ("same_exact_key", "same_partition", "similarity", "guards", "error_bound", "outcome", "bypass_reason", "timings", "max_wrong_hit_rate", "veto", "reason")
    SAME_EXACT_KEY_FIELD_NUMBER: _ClassVar[int]
    SAME_PARTITION_FIELD_NUMBER: _ClassVar[int]
    SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    GUARDS_FIELD_NUMBER: _ClassVar[int]
    ERROR_BOUND_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    BYPASS_REASON_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    MAX_WRONG_HIT_RATE_FIELD_NUMBER: _ClassVar[int]
    VETO_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    same_exact_key: bool
    same_partition: bool
    similarity: float
    guards: _containers.RepeatedCompositeFieldContainer[GuardVerdict]
    error_bound: float
    outcome: Outcome
    bypass_reason: BypassReason
    timings: Timings
    max_wrong_hit_rate: float
    veto: Veto
    reason: str
    def __init__(self, same_exact_key: bool = ..., same_partition: bool = ..., similarity: _Optional[float] = ..., guards: _Optional[_Iterable[_Union[GuardVerdict, _Mapping]]] = ..., error_bound: _Optional[float] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., bypass_reason: _Optional[_Union[BypassReason, str]] = ..., timings: _Optional[_Union[Timings, _Mapping]] = ..., max_wrong_hit_rate: _Optional[float] = ..., veto: _Optional[_Union[Veto, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class Entry(_message.Message):
    __slots__ = ("entry_id", "model_group", "api", "key_text", "stored_at", "expires_at", "tags", "sources", "hits", "saved", "formats")
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_GROUP_FIELD_NUMBER: _ClassVar[int]
    API_FIELD_NUMBER: _ClassVar[int]
    KEY_TEXT_FIELD_NUMBER: _ClassVar[int]
    STORED_AT_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    HITS_FIELD_NUMBER: _ClassVar[int]
    SAVED_FIELD_NUMBER: _ClassVar[int]
    FORMATS_FIELD_NUMBER: _ClassVar[int]
    entry_id: str
    model_group: str
    api: Api
    key_text: str
    stored_at: _timestamp_pb2.Timestamp
    expires_at: _timestamp_pb2.Timestamp
    tags: _containers.RepeatedScalarFieldContainer[str]
    sources: _containers.RepeatedCompositeFieldContainer[Source]
    hits: int
    saved: Saved
    formats: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, entry_id: _Optional[str] = ..., model_group: _Optional[str] = ..., api: _Optional[_Union[Api, str]] = ..., key_text: _Optional[str] = ..., stored_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., tags: _Optional[_Iterable[str]] = ..., sources: _Optional[_Iterable[_Union[Source, _Mapping]]] = ..., hits: _Optional[int] = ..., saved: _Optional[_Union[Saved, _Mapping]] = ..., formats: _Optional[_Iterable[str]] = ...) -> None: ...

class ListEntriesRequest(_message.Message):
    __slots__ = ("scope", "model_group", "tag", "contains", "page_size", "page_token")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    MODEL_GROUP_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    CONTAINS_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    scope: Scope
    model_group: str
    tag: str
    contains: str
    page_size: int
    page_token: str
    def __init__(self, scope: _Optional[_Union[Scope, _Mapping]] = ..., model_group: _Optional[str] = ..., tag: _Optional[str] = ..., contains: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEntriesResponse(_message.Message):
    __slots__ = ("entries", "next_page_token", "timings")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[Entry]
    next_page_token: str
    timings: Timings
    def __init__(self, entries: _Optional[_Iterable[_Union[Entry, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., timings: _Optional[_Union[Timings, _Mapping]] = ...) -> None: ...

class GetEntryRequest(_message.Message):
    __slots__ = ("scope", "entry_id")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    scope: Scope
    entry_id: str
    def __init__(self, scope: _Optional[_Union[Scope, _Mapping]] = ..., entry_id: _Optional[str] = ...) -> None: ...

class GetEntryResponse(_message.Message):
    __slots__ = ("entry", "answers", "timings")
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    entry: Entry
    answers: _containers.RepeatedCompositeFieldContainer[Answer]
    timings: Timings
    def __init__(self, entry: _Optional[_Union[Entry, _Mapping]] = ..., answers: _Optional[_Iterable[_Union[Answer, _Mapping]]] = ..., timings: _Optional[_Union[Timings, _Mapping]] = ...) -> None: ...

class Policy(_message.Message):
    __slots__ = ("namespace", "max_wrong_hit_rate", "scope_width", "ttl_s", "modes", "etag", "max_temperature", "pool", "pool_members", "pool_curators", "stale_after_s", "shadow_rate")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    MAX_WRONG_HIT_RATE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_WIDTH_FIELD_NUMBER: _ClassVar[int]
    TTL_S_FIELD_NUMBER: _ClassVar[int]
    MODES_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    MAX_TEMPERATURE_FIELD_NUMBER: _ClassVar[int]
    POOL_FIELD_NUMBER: _ClassVar[int]
    POOL_MEMBERS_FIELD_NUMBER: _ClassVar[int]
    POOL_CURATORS_FIELD_NUMBER: _ClassVar[int]
    STALE_AFTER_S_FIELD_NUMBER: _ClassVar[int]
    SHADOW_RATE_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    max_wrong_hit_rate: float
    scope_width: ScopeWidth
    ttl_s: float
    modes: _containers.RepeatedScalarFieldContainer[LookupMode]
    etag: str
    max_temperature: float
    pool: str
    pool_members: _containers.RepeatedScalarFieldContainer[str]
    pool_curators: _containers.RepeatedScalarFieldContainer[str]
    stale_after_s: float
    shadow_rate: float
    def __init__(self, namespace: _Optional[str] = ..., max_wrong_hit_rate: _Optional[float] = ..., scope_width: _Optional[_Union[ScopeWidth, str]] = ..., ttl_s: _Optional[float] = ..., modes: _Optional[_Iterable[_Union[LookupMode, str]]] = ..., etag: _Optional[str] = ..., max_temperature: _Optional[float] = ..., pool: _Optional[str] = ..., pool_members: _Optional[_Iterable[str]] = ..., pool_curators: _Optional[_Iterable[str]] = ..., stale_after_s: _Optional[float] = ..., shadow_rate: _Optional[float] = ...) -> None: ...

class Calibration(_message.Message):
    __slots__ = ("embedder", "observations", "own_observations", "threshold", "error_bound", "expected_hit_share", "expected_wrong_rate", "next_threshold", "missing_observations", "curve")
    EMBEDDER_FIELD_NUMBER: _ClassVar[int]
    OBSERVATIONS_FIELD_NUMBER: _ClassVar[int]
    OWN_OBSERVATIONS_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    ERROR_BOUND_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_HIT_SHARE_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_WRONG_RATE_FIELD_NUMBER: _ClassVar[int]
    NEXT_THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    MISSING_OBSERVATIONS_FIELD_NUMBER: _ClassVar[int]
    CURVE_FIELD_NUMBER: _ClassVar[int]
    embedder: str
    observations: float
    own_observations: float
    threshold: float
    error_bound: float
    expected_hit_share: float
    expected_wrong_rate: float
    next_threshold: float
    missing_observations: int
    curve: _containers.RepeatedCompositeFieldContainer[BoundPoint]
    def __init__(self, embedder: _Optional[str] = ..., observations: _Optional[float] = ..., own_observations: _Optional[float] = ..., threshold: _Optional[float] = ..., error_bound: _Optional[float] = ..., expected_hit_share: _Optional[float] = ..., expected_wrong_rate: _Optional[float] = ..., next_threshold: _Optional[float] = ..., missing_observations: _Optional[int] = ..., curve: _Optional[_Iterable[_Union[BoundPoint, _Mapping]]] = ...) -> None: ...

class BoundPoint(_message.Message):
    __slots__ = ("similarity", "error_bound", "observations", "wrong")
    SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    ERROR_BOUND_FIELD_NUMBER: _ClassVar[int]
    OBSERVATIONS_FIELD_NUMBER: _ClassVar[int]
    WRONG_FIELD_NUMBER: _ClassVar[int]
    similarity: float
    error_bound: float
    observations: float
    wrong: float
    def __init__(self, similarity: _Optional[float] = ..., error_bound: _Optional[float] = ..., observations: _Optional[float] = ..., wrong: _Optional[float] = ...) -> None: ...

class GetPolicyRequest(_message.Message):
    __slots__ = ("scope",)
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    scope: Scope
    def __init__(self, scope: _Optional[_Union[Scope, _Mapping]] = ...) -> None: ...

class GetPolicyResponse(_message.Message):
    __slots__ = ("policy", "timings", "calibration")
    POLICY_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    CALIBRATION_FIELD_NUMBER: _ClassVar[int]
    policy: Policy
    timings: Timings
    calibration: Calibration
    def __init__(self, policy: _Optional[_Union[Policy, _Mapping]] = ..., timings: _Optional[_Union[Timings, _Mapping]] = ..., calibration: _Optional[_Union[Calibration, _Mapping]] = ...) -> None: ...

class SetPolicyRequest(_message.Message):
    __slots__ = ("scope", "policy")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    scope: Scope
    policy: Policy
    def __init__(self, scope: _Optional[_Union[Scope, _Mapping]] = ..., policy: _Optional[_Union[Policy, _Mapping]] = ...) -> None: ...

class SetPolicyResponse(_message.Message):
    __slots__ = ("policy", "timings")
    POLICY_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    policy: Policy
    timings: Timings
    def __init__(self, policy: _Optional[_Union[Policy, _Mapping]] = ..., timings: _Optional[_Union[Timings, _Mapping]] = ...) -> None: ...

class GetStatsRequest(_message.Message):
    __slots__ = ("scope", "window_s")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    WINDOW_S_FIELD_NUMBER: _ClassVar[int]
    scope: Scope
    window_s: float
    def __init__(self, scope: _Optional[_Union[Scope, _Mapping]] = ..., window_s: _Optional[float] = ...) -> None: ...

class GetStatsResponse(_message.Message):
    __slots__ = ("lookups", "hits_exact", "hits_semantic", "misses", "bypasses", "stored", "rejected", "hit_rate", "wrong_per_hit", "wrong_per_hit_low", "wrong_per_hit_high", "entries", "saved", "timings")
    LOOKUPS_FIELD_NUMBER: _ClassVar[int]
    HITS_EXACT_FIELD_NUMBER: _ClassVar[int]
    HITS_SEMANTIC_FIELD_NUMBER: _ClassVar[int]
    MISSES_FIELD_NUMBER: _ClassVar[int]
    BYPASSES_FIELD_NUMBER: _ClassVar[int]
    STORED_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    HIT_RATE_FIELD_NUMBER: _ClassVar[int]
    WRONG_PER_HIT_FIELD_NUMBER: _ClassVar[int]
    WRONG_PER_HIT_LOW_FIELD_NUMBER: _ClassVar[int]
    WRONG_PER_HIT_HIGH_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    SAVED_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    lookups: int
    hits_exact: int
    hits_semantic: int
    misses: int
    bypasses: int
    stored: int
    rejected: int
    hit_rate: float
    wrong_per_hit: float
    wrong_per_hit_low: float
    wrong_per_hit_high: float
    entries: int
    saved: Saved
    timings: Timings
    def __init__(self, lookups: _Optional[int] = ..., hits_exact: _Optional[int] = ..., hits_semantic: _Optional[int] = ..., misses: _Optional[int] = ..., bypasses: _Optional[int] = ..., stored: _Optional[int] = ..., rejected: _Optional[int] = ..., hit_rate: _Optional[float] = ..., wrong_per_hit: _Optional[float] = ..., wrong_per_hit_low: _Optional[float] = ..., wrong_per_hit_high: _Optional[float] = ..., entries: _Optional[int] = ..., saved: _Optional[_Union[Saved, _Mapping]] = ..., timings: _Optional[_Union[Timings, _Mapping]] = ...) -> None: ...
