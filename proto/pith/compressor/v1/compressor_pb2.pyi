from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_SYSTEM: _ClassVar[Role]
    ROLE_USER: _ClassVar[Role]
    ROLE_ASSISTANT: _ClassVar[Role]
    ROLE_TOOL: _ClassVar[Role]

class ContentType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONTENT_TYPE_UNSPECIFIED: _ClassVar[ContentType]
    CONTENT_TYPE_AUTO: _ClassVar[ContentType]
    CONTENT_TYPE_PROSE: _ClassVar[ContentType]
    CONTENT_TYPE_MARKDOWN: _ClassVar[ContentType]
    CONTENT_TYPE_CODE: _ClassVar[ContentType]
    CONTENT_TYPE_JSON: _ClassVar[ContentType]
    CONTENT_TYPE_TABLE: _ClassVar[ContentType]
    CONTENT_TYPE_LOG: _ClassVar[ContentType]

class Profile(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROFILE_UNSPECIFIED: _ClassVar[Profile]
    PROFILE_OFF: _ClassVar[Profile]
    PROFILE_LOSSLESS: _ClassVar[Profile]
    PROFILE_SAFE: _ClassVar[Profile]
    PROFILE_BALANCED: _ClassVar[Profile]
    PROFILE_MAX: _ClassVar[Profile]

class Mode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MODE_UNSPECIFIED: _ClassVar[Mode]
    MODE_APPLY: _ClassVar[Mode]
    MODE_SHADOW: _ClassVar[Mode]

class Stability(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STABILITY_UNSPECIFIED: _ClassVar[Stability]
    STABILITY_PREFIX_STABLE: _ClassVar[Stability]
    STABILITY_NONE: _ClassVar[Stability]

class SkipReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SKIP_REASON_UNSPECIFIED: _ClassVar[SkipReason]
    SKIP_REASON_LOCKED: _ClassVar[SkipReason]
    SKIP_REASON_SYSTEM: _ClassVar[SkipReason]
    SKIP_REASON_QUESTION: _ClassVar[SkipReason]
    SKIP_REASON_LAST_ASSISTANT: _ClassVar[SkipReason]
    SKIP_REASON_TOO_SHORT: _ClassVar[SkipReason]
    SKIP_REASON_PROTECTED_CONTENT: _ClassVar[SkipReason]
    SKIP_REASON_POLICY: _ClassVar[SkipReason]
    SKIP_REASON_NOT_SHORTER: _ClassVar[SkipReason]
    SKIP_REASON_NO_BUDGET: _ClassVar[SkipReason]
    SKIP_REASON_VERIFICATION: _ClassVar[SkipReason]
    SKIP_REASON_NET_LOSS: _ClassVar[SkipReason]

class SpanReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SPAN_REASON_UNSPECIFIED: _ClassVar[SpanReason]
    SPAN_REASON_STRUCTURE: _ClassVar[SpanReason]
    SPAN_REASON_RELEVANT: _ClassVar[SpanReason]
    SPAN_REASON_LESS_RELEVANT: _ClassVar[SpanReason]
    SPAN_REASON_REPAIRED: _ClassVar[SpanReason]
    SPAN_REASON_REPEATED: _ClassVar[SpanReason]
    SPAN_REASON_FORCED: _ClassVar[SpanReason]
    SPAN_REASON_TAG: _ClassVar[SpanReason]

class InvariantClass(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INVARIANT_CLASS_UNSPECIFIED: _ClassVar[InvariantClass]
    INVARIANT_CLASS_NUMBER: _ClassVar[InvariantClass]
    INVARIANT_CLASS_URL: _ClassVar[InvariantClass]
    INVARIANT_CLASS_NAME: _ClassVar[InvariantClass]
    INVARIANT_CLASS_NEGATION: _ClassVar[InvariantClass]
    INVARIANT_CLASS_PLACEHOLDER: _ClassVar[InvariantClass]
    INVARIANT_CLASS_CODE: _ClassVar[InvariantClass]
    INVARIANT_CLASS_JSON: _ClassVar[InvariantClass]
    INVARIANT_CLASS_TABLE: _ClassVar[InvariantClass]
ROLE_UNSPECIFIED: Role
ROLE_SYSTEM: Role
ROLE_USER: Role
ROLE_ASSISTANT: Role
ROLE_TOOL: Role
CONTENT_TYPE_UNSPECIFIED: ContentType
CONTENT_TYPE_AUTO: ContentType
CONTENT_TYPE_PROSE: ContentType
CONTENT_TYPE_MARKDOWN: ContentType
CONTENT_TYPE_CODE: ContentType
CONTENT_TYPE_JSON: ContentType
CONTENT_TYPE_TABLE: ContentType
CONTENT_TYPE_LOG: ContentType
PROFILE_UNSPECIFIED: Profile
PROFILE_OFF: Profile
PROFILE_LOSSLESS: Profile
PROFILE_SAFE: Profile
PROFILE_BALANCED: Profile
PROFILE_MAX: Profile
MODE_UNSPECIFIED: Mode
MODE_APPLY: Mode
MODE_SHADOW: Mode
STABILITY_UNSPECIFIED: Stability
STABILITY_PREFIX_STABLE: Stability
STABILITY_NONE: Stability
SKIP_REASON_UNSPECIFIED: SkipReason
SKIP_REASON_LOCKED: SkipReason
SKIP_REASON_SYSTEM: SkipReason
SKIP_REASON_QUESTION: SkipReason
SKIP_REASON_LAST_ASSISTANT: SkipReason
SKIP_REASON_TOO_SHORT: SkipReason
SKIP_REASON_PROTECTED_CONTENT: SkipReason
SKIP_REASON_POLICY: SkipReason
SKIP_REASON_NOT_SHORTER: SkipReason
SKIP_REASON_NO_BUDGET: SkipReason
SKIP_REASON_VERIFICATION: SkipReason
SKIP_REASON_NET_LOSS: SkipReason
SPAN_REASON_UNSPECIFIED: SpanReason
SPAN_REASON_STRUCTURE: SpanReason
SPAN_REASON_RELEVANT: SpanReason
SPAN_REASON_LESS_RELEVANT: SpanReason
SPAN_REASON_REPAIRED: SpanReason
SPAN_REASON_REPEATED: SpanReason
SPAN_REASON_FORCED: SpanReason
SPAN_REASON_TAG: SpanReason
INVARIANT_CLASS_UNSPECIFIED: InvariantClass
INVARIANT_CLASS_NUMBER: InvariantClass
INVARIANT_CLASS_URL: InvariantClass
INVARIANT_CLASS_NAME: InvariantClass
INVARIANT_CLASS_NEGATION: InvariantClass
INVARIANT_CLASS_PLACEHOLDER: InvariantClass
INVARIANT_CLASS_CODE: InvariantClass
INVARIANT_CLASS_JSON: InvariantClass
INVARIANT_CLASS_TABLE: InvariantClass

class ToolCall(_message.Message):
    __slots__ = ("name", "arguments")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    arguments: str
    def __init__(self, name: _Optional[str] = ..., arguments: _Optional[str] = ...) -> None: ...

class Segment(_message.Message):
    __slots__ = ("id", "role", "text", "locked", "query", "content_type", "tool_call")
    ID_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    LOCKED_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    CONTENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    TOOL_CALL_FIELD_NUMBER: _ClassVar[int]
    id: str
    role: Role
    text: str
    locked: bool
    query: str
    content_type: ContentType
    tool_call: ToolCall
    def __init__(self, id: _Optional[str] = ..., role: _Optional[_Union[Role, str]] = ..., text: _Optional[str] = ..., locked: bool = ..., query: _Optional[str] = ..., content_type: _Optional[_Union[ContentType, str]] = ..., tool_call: _Optional[_Union[ToolCall, _Mapping]] = ...) -> None: ...

class RateRange(_message.Message):
    __slots__ = ("min_tokens", "max_tokens", "rate")
    MIN_TOKENS_FIELD_NUMBER: _ClassVar[int]
    MAX_TOKENS_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    min_tokens: int
    max_tokens: int
    rate: float
    def __init__(self, min_tokens: _Optional[int] = ..., max_tokens: _Optional[int] = ..., rate: _Optional[float] = ...) -> None: ...

class Policy(_message.Message):
    __slots__ = ("profile", "rate", "target_tokens", "min_tokens", "ranges", "force_tokens", "protect_extra", "compress_system", "engine", "stability", "tags")
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    TARGET_TOKENS_FIELD_NUMBER: _ClassVar[int]
    MIN_TOKENS_FIELD_NUMBER: _ClassVar[int]
    RANGES_FIELD_NUMBER: _ClassVar[int]
    FORCE_TOKENS_FIELD_NUMBER: _ClassVar[int]
    PROTECT_EXTRA_FIELD_NUMBER: _ClassVar[int]
    COMPRESS_SYSTEM_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    STABILITY_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    profile: Profile
    rate: float
    target_tokens: int
    min_tokens: int
    ranges: _containers.RepeatedCompositeFieldContainer[RateRange]
    force_tokens: _containers.RepeatedScalarFieldContainer[str]
    protect_extra: _containers.RepeatedScalarFieldContainer[str]
    compress_system: bool
    engine: str
    stability: Stability
    tags: bool
    def __init__(self, profile: _Optional[_Union[Profile, str]] = ..., rate: _Optional[float] = ..., target_tokens: _Optional[int] = ..., min_tokens: _Optional[int] = ..., ranges: _Optional[_Iterable[_Union[RateRange, _Mapping]]] = ..., force_tokens: _Optional[_Iterable[str]] = ..., protect_extra: _Optional[_Iterable[str]] = ..., compress_system: bool = ..., engine: _Optional[str] = ..., stability: _Optional[_Union[Stability, str]] = ..., tags: bool = ...) -> None: ...

class CompressRequest(_message.Message):
    __slots__ = ("request_id", "tenant_id", "target_model", "segments", "policy", "budget_ms", "mode", "include_spans")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    TARGET_MODEL_FIELD_NUMBER: _ClassVar[int]
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    BUDGET_MS_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_SPANS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    tenant_id: str
    target_model: str
    segments: _containers.RepeatedCompositeFieldContainer[Segment]
    policy: Policy
    budget_ms: float
    mode: Mode
    include_spans: bool
    def __init__(self, request_id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., target_model: _Optional[str] = ..., segments: _Optional[_Iterable[_Union[Segment, _Mapping]]] = ..., policy: _Optional[_Union[Policy, _Mapping]] = ..., budget_ms: _Optional[float] = ..., mode: _Optional[_Union[Mode, str]] = ..., include_spans: bool = ...) -> None: ...

class Span(_message.Message):
    __slots__ = ("start", "end", "kept", "score", "reason")
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    KEPT_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    start: int
    end: int
    kept: bool
    score: float
    reason: SpanReason
    def __init__(self, start: _Optional[int] = ..., end: _Optional[int] = ..., kept: bool = ..., score: _Optional[float] = ..., reason: _Optional[_Union[SpanReason, str]] = ...) -> None: ...

class SegmentResult(_message.Message):
    __slots__ = ("id", "changed", "text", "skip_reason", "tokens_before", "tokens_after", "engine", "spans")
    ID_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SKIP_REASON_FIELD_NUMBER: _ClassVar[int]
    TOKENS_BEFORE_FIELD_NUMBER: _ClassVar[int]
    TOKENS_AFTER_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    SPANS_FIELD_NUMBER: _ClassVar[int]
    id: str
    changed: bool
    text: str
    skip_reason: SkipReason
    tokens_before: int
    tokens_after: int
    engine: str
    spans: _containers.RepeatedCompositeFieldContainer[Span]
    def __init__(self, id: _Optional[str] = ..., changed: bool = ..., text: _Optional[str] = ..., skip_reason: _Optional[_Union[SkipReason, str]] = ..., tokens_before: _Optional[int] = ..., tokens_after: _Optional[int] = ..., engine: _Optional[str] = ..., spans: _Optional[_Iterable[_Union[Span, _Mapping]]] = ...) -> None: ...

class Totals(_message.Message):
    __slots__ = ("tokens_before", "tokens_after", "eligible_before", "eligible_after", "tokenizer", "tokenizer_exact")
    TOKENS_BEFORE_FIELD_NUMBER: _ClassVar[int]
    TOKENS_AFTER_FIELD_NUMBER: _ClassVar[int]
    ELIGIBLE_BEFORE_FIELD_NUMBER: _ClassVar[int]
    ELIGIBLE_AFTER_FIELD_NUMBER: _ClassVar[int]
    TOKENIZER_FIELD_NUMBER: _ClassVar[int]
    TOKENIZER_EXACT_FIELD_NUMBER: _ClassVar[int]
    tokens_before: int
    tokens_after: int
    eligible_before: int
    eligible_after: int
    tokenizer: str
    tokenizer_exact: bool
    def __init__(self, tokens_before: _Optional[int] = ..., tokens_after: _Optional[int] = ..., eligible_before: _Optional[int] = ..., eligible_after: _Optional[int] = ..., tokenizer: _Optional[str] = ..., tokenizer_exact: bool = ...) -> None: ...

class Invariant(_message.Message):
    __slots__ = ("total", "kept", "repaired")
    CLASS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    KEPT_FIELD_NUMBER: _ClassVar[int]
    REPAIRED_FIELD_NUMBER: _ClassVar[int]
    total: int
    kept: int
    repaired: int
    def __init__(self, total: _Optional[int] = ..., kept: _Optional[int] = ..., repaired: _Optional[int] = ..., **kwargs) -> None: ...

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

class CompressResponse(_message.Message):
    __slots__ = ("segments", "totals", "invariants", "engine", "degraded_from", "policy_version", "engine_fingerprint", "warnings", "timings")
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    INVARIANTS_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_FROM_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSION_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    segments: _containers.RepeatedCompositeFieldContainer[SegmentResult]
    totals: Totals
    invariants: _containers.RepeatedCompositeFieldContainer[Invariant]
    engine: str
    degraded_from: str
    policy_version: str
    engine_fingerprint: str
    warnings: _containers.RepeatedScalarFieldContainer[str]
    timings: Timings
    def __init__(self, segments: _Optional[_Iterable[_Union[SegmentResult, _Mapping]]] = ..., totals: _Optional[_Union[Totals, _Mapping]] = ..., invariants: _Optional[_Iterable[_Union[Invariant, _Mapping]]] = ..., engine: _Optional[str] = ..., degraded_from: _Optional[str] = ..., policy_version: _Optional[str] = ..., engine_fingerprint: _Optional[str] = ..., warnings: _Optional[_Iterable[str]] = ..., timings: _Optional[_Union[Timings, _Mapping]] = ...) -> None: ...

class GetCapabilitiesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class EngineCapability(_message.Message):
    __slots__ = ("name", "fingerprint", "measured_ms_per_1k_tokens")
    NAME_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    MEASURED_MS_PER_1K_TOKENS_FIELD_NUMBER: _ClassVar[int]
    name: str
    fingerprint: str
    measured_ms_per_1k_tokens: float
    def __init__(self, name: _Optional[str] = ..., fingerprint: _Optional[str] = ..., measured_ms_per_1k_tokens: _Optional[float] = ...) -> None: ...

class TokenizerCapability(_message.Message):
    __slots__ = ("name", "exact_for")
    NAME_FIELD_NUMBER: _ClassVar[int]
    EXACT_FOR_FIELD_NUMBER: _ClassVar[int]
    name: str
    exact_for: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., exact_for: _Optional[_Iterable[str]] = ...) -> None: ...

class GetCapabilitiesResponse(_message.Message):
    __slots__ = ("engines", "tokenizers", "timings")
    ENGINES_FIELD_NUMBER: _ClassVar[int]
    TOKENIZERS_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    engines: _containers.RepeatedCompositeFieldContainer[EngineCapability]
    tokenizers: _containers.RepeatedCompositeFieldContainer[TokenizerCapability]
    timings: Timings
    def __init__(self, engines: _Optional[_Iterable[_Union[EngineCapability, _Mapping]]] = ..., tokenizers: _Optional[_Iterable[_Union[TokenizerCapability, _Mapping]]] = ..., timings: _Optional[_Union[Timings, _Mapping]] = ...) -> None: ...
