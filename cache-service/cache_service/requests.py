"""Reads a request body into its exact key, partition and query text; pure.

The exact key covers the whole body less the fields in `IGNORED`; a field nobody knows stays in. The compatibility
fingerprint covers the same, with what the last user turn asks taken out (`query_split` says where that is): two
requests in one partition differ in nothing but the question.
"""

import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from cache_service.canonical_json import NotAnObject, canonical_json, read_object
from cache_service.query_split import split_query
from cache_service.terms import Api, Scope, ScopeWidth
from grpc_serving.errors import InvalidArgument

# Changed whenever the same request would get another key; entries under the former keys then just expire.
KEY_EPOCH = 2

# Fields that cannot change the text of the answer: how it is delivered, who is billed or traced, and what the proxy
# keeps for itself. Everything else is part of the key.
IGNORED = frozenset(
    {
        "stream",
        "stream_options",
        "user",
        "safety_identifier",
        "prompt_cache_key",
        "prompt_cache_retention",
        "prompt_cache_options",
        "cache_control",
        "service_tier",
        "metadata",
        "cache",
        "pith",
        "litellm_metadata",
        "litellm_call_id",
        "litellm_trace_id",
        "litellm_session_id",
        "litellm_logging_obj",
        "proxy_server_request",
        "secret_fields",
        "guardrails",
        "fallbacks",
        "disable_fallbacks",
        "num_retries",
        "timeout",
        "request_timeout",
        "extra_headers",
    }
)
# The provider's prompt cache changes the price of a prompt, never its answer.
IGNORED_IN_PARTS = frozenset({"cache_control"})

# The field that holds the conversation.
SOURCES = {Api.CHAT: "messages", Api.TEXT: "prompt", Api.MESSAGES: "messages", Api.RESPONSES: "input"}
FIELD = "request_json"

Body = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """One message of a conversation; `tools` says that it calls a tool or carries a tool's result."""

    role: str
    texts: tuple[str, ...]
    tools: bool
    other_parts: bool


@dataclass(frozen=True)
class CanonicalRequest:
    """A request body, read once: the body itself, its turns, what its last user turn asks, and what is hashed.

    `user` is the end user whom the body names, empty if none.
    """

    body: Body
    turns: tuple[Turn, ...]
    query: str
    compatibility: bytes
    question: tuple[bytes, ...]
    user: str = ""

    @property
    def last_user(self) -> int:
        """Index of the last user turn; -1 without one."""
        return max((index for index, turn in enumerate(self.turns) if turn.role == "user"), default=-1)


@dataclass(frozen=True)
class Place:
    """Who asks whom, and which artefact makes the vectors: what separates partitions beside the request itself."""

    scope: Scope
    width: ScopeWidth
    model_group: str
    api: Api
    embedder: str


@dataclass(frozen=True)
class Keys:
    """Where a request's entry lies: the partition, and the exact key inside it."""

    partition: bytes
    exact: bytes


def read_request(api: Api, raw: bytes, *, max_bytes: int) -> CanonicalRequest:
    """The request in canonical form; InvalidArgument when it is too long, no UTF-8, no JSON or no object."""
    if len(raw) > max_bytes:
        raise InvalidArgument(FIELD, f"has {len(raw)} bytes; at most {max_bytes} are allowed")
    try:
        return _canonical(api, read_object(raw))
    except NotAnObject as error:
        raise InvalidArgument(FIELD, str(error)) from error
    except RecursionError as error:
        raise InvalidArgument(FIELD, "is nested too deeply") from error


def derive_keys(request: CanonicalRequest, place: Place, *, secret: bytes) -> Keys:
    """Partition and exact key under the secret partition key; InvalidArgument when the scope lacks what its width needs."""
    width = place.width
    if missing := missing_in_scope(place.scope, width):
        raise InvalidArgument(f"scope.{missing}", f"must be set: this namespace shares entries by {width.value}")
    named = [width.value, *_scope_parts(place.scope, width), place.model_group, place.api.value, place.embedder]
    partition = _mac(secret, b"partition", str(KEY_EPOCH).encode(), *map(_bytes, named), request.compatibility)
    return Keys(partition, _mac(secret, b"exact", partition, *request.question))


def unshared_keys() -> Keys:
    """Keys that no other request has, for a request whose entries nobody may share."""
    return Keys(secrets.token_bytes(32), secrets.token_bytes(32))


def missing_in_scope(scope: Scope, width: ScopeWidth) -> str:
    """The field of the scope that the width needs and that is empty; empty when nothing is missing."""
    return "" if _scope_parts(scope, width)[-1] else _SCOPE_FIELDS[width]


def _canonical(api: Api, body: Body) -> CanonicalRequest:
    messages = _messages(api, body)
    turns = tuple(map(_turn, messages))
    last = max((index for index, turn in enumerate(turns) if turn.role == "user"), default=-1)
    texts = turns[last].texts if last >= 0 else ()
    query, rest = split_query(texts)
    if not _is_unicode(query):
        raise InvalidArgument(FIELD, "holds a lone surrogate, which is not valid Unicode")
    places = _text_places(messages[last]) if last >= 0 else []
    shared = [
        _kept(api, body),
        [_without_texts(message) if index == last else message for index, message in enumerate(messages)],
        [[place, list(pieces)] for place, pieces in zip(places, rest, strict=True)],
    ]
    question = [_bytes(piece) for place, text in zip(places, texts, strict=True) for piece in (str(place), text)]
    return CanonicalRequest(body, turns, query, canonical_json(shared).encode(), tuple(question), _end_user(api, body))


def _end_user(api: Api, body: Body) -> str:
    """The end user whom the body names in its API's own way."""
    metadata = body.get("metadata")
    named = [body.get("user"), body.get("safety_identifier")]
    if api is Api.MESSAGES:
        named = [metadata.get("user_id")] if isinstance(metadata, dict) else []
    return next((name for name in named if isinstance(name, str) and name), "")


def _kept(api: Api, body: Body) -> Body:
    """The fields beside the conversation that are part of the key."""
    kept = {name: value for name, value in body.items() if name not in IGNORED and name != SOURCES[api]}
    if api is Api.MESSAGES and "system" in kept:
        kept["system"] = _content(api, kept["system"])
    if isinstance(kept.get("tools"), list):
        kept["tools"] = [_part(api, tool) for tool in kept["tools"]]
    return kept


def _messages(api: Api, body: Body) -> list[Body]:
    """The conversation as messages whose content is a list of parts; what is no message is kept under `raw`."""
    found = body.get(SOURCES[api])
    if api is Api.TEXT and isinstance(found, list) and len(found) == 1 and isinstance(found[0], str):
        found = found[0]
    if isinstance(found, str):
        found = [{"role": "user", "content": found}]
    if not isinstance(found, list):
        return [] if found is None else [{"raw": found}]
    return [_message(api, item) if isinstance(item, dict) else {"raw": item} for item in found]


def _message(api: Api, item: Body) -> Body:
    message = {name: value for name, value in item.items() if name not in IGNORED_IN_PARTS}
    if "content" in message:
        message["content"] = _content(api, message["content"])
    if api is Api.RESPONSES and message.get("type") == "message":  # this API lets the type of a message be left out
        del message["type"]
    return message


def _content(api: Api, content: Any) -> Any:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [_part(api, part) for part in content] if isinstance(content, list) else content


def _part(api: Api, part: Any) -> Any:
    if not isinstance(part, dict):
        return part
    kept = {name: value for name, value in part.items() if name not in IGNORED_IN_PARTS}
    if isinstance(kept.get("content"), list):  # a tool's result has parts of its own
        kept["content"] = [_part(api, inner) for inner in kept["content"]]
    if api is Api.RESPONSES and kept.get("type") in {"input_text", "output_text"}:
        kept["type"] = "text"
    return kept


def _is_text(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str)


def _turn(message: Body) -> Turn:
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    kinds = {str(part.get("type")) for part in parts if isinstance(part, dict)}
    own_kind = str(message.get("type", ""))
    role = str(message.get("role", ""))
    tools = (
        role in {"tool", "function"}
        or bool(message.get("tool_calls") or message.get("function_call"))
        or bool(kinds & {"tool_use", "tool_result"})
        or own_kind.endswith(("_call", "_call_output"))
    )
    others = kinds - {"text", "tool_use", "tool_result", "thinking", "redacted_thinking", "refusal"}
    return Turn(role, tuple(part["text"] for part in parts if _is_text(part)), tools, bool(others) or "raw" in message)


def _without_texts(message: Body) -> Body:
    """The message with null in place of each text."""
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    emptied = [{**part, "text": None} if _is_text(part) else part for part in parts]
    return {**message, "content": emptied} if parts else message


def _text_places(message: Body) -> list[int]:
    """Where the texts stand among the message's parts."""
    content = message.get("content")
    return [index for index, part in enumerate(content if isinstance(content, list) else []) if _is_text(part)]


_SCOPE_FIELDS = {
    ScopeWidth.TENANT: "tenant_id",
    ScopeWidth.KEY: "key_id",
    ScopeWidth.USER: "user_id",
    ScopeWidth.POOL: "pool",
}


def _scope_parts(scope: Scope, width: ScopeWidth) -> list[str]:
    value: str = getattr(scope, _SCOPE_FIELDS[width])
    return [value] if width is ScopeWidth.POOL else [scope.tenant_id, value]


def _mac(secret: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA256 over parts of stated length, so that no two lists of parts read the same."""
    return hmac.digest(
        secret, b"".join(piece for part in parts for piece in (len(part).to_bytes(8, "big"), part)), "sha256"
    )


def _bytes(text: str) -> bytes:
    """The text's bytes, those of half a character included: JSON may hold one."""
    return text.encode("utf-8", "surrogatepass")


def _is_unicode(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)
