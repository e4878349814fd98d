import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OUTCOME_UNSPECIFIED: _ClassVar[Outcome]
    OUTCOME_PROVIDER: _ClassVar[Outcome]
    OUTCOME_HIT_EXACT: _ClassVar[Outcome]
    OUTCOME_HIT_SEMANTIC: _ClassVar[Outcome]
    OUTCOME_ERROR: _ClassVar[Outcome]
    OUTCOME_CANCELLED: _ClassVar[Outcome]
OUTCOME_UNSPECIFIED: Outcome
OUTCOME_PROVIDER: Outcome
OUTCOME_HIT_EXACT: Outcome
OUTCOME_HIT_SEMANTIC: Outcome
OUTCOME_ERROR: Outcome
OUTCOME_CANCELLED: Outcome

class UsageEvent(_message.Message):
    __slots__ = ("event_id", "request_id", "tenant_id", "key_id", "model", "api", "prompt_tokens", "completion_tokens", "cost_usd", "saved_cache_usd", "saved_compression_usd", "outcome", "at")
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    API_FIELD_NUMBER: _ClassVar[int]
    PROMPT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    SAVED_CACHE_USD_FIELD_NUMBER: _ClassVar[int]
    SAVED_COMPRESSION_USD_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
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
    at: _timestamp_pb2.Timestamp
    def __init__(self, event_id: _Optional[str] = ..., request_id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., key_id: _Optional[str] = ..., model: _Optional[str] = ..., api: _Optional[str] = ..., prompt_tokens: _Optional[int] = ..., completion_tokens: _Optional[int] = ..., cost_usd: _Optional[float] = ..., saved_cache_usd: _Optional[float] = ..., saved_compression_usd: _Optional[float] = ..., outcome: _Optional[_Union[Outcome, str]] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RecordRequest(_message.Message):
    __slots__ = ("events",)
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[UsageEvent]
    def __init__(self, events: _Optional[_Iterable[_Union[UsageEvent, _Mapping]]] = ...) -> None: ...

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

class RecordResponse(_message.Message):
    __slots__ = ("recorded", "duplicates", "timings")
    RECORDED_FIELD_NUMBER: _ClassVar[int]
    DUPLICATES_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    recorded: int
    duplicates: int
    timings: Timings
    def __init__(self, recorded: _Optional[int] = ..., duplicates: _Optional[int] = ..., timings: _Optional[_Union[Timings, _Mapping]] = ...) -> None: ...
