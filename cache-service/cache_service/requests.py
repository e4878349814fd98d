"""Reads a request body into its exact key, partition and query text; pure.

The exact key covers the whole body less the fields in `IGNORED`; a field nobody knows stays in. The compatibility
fingerprint covers the same, with the texts of the last user turn taken out: two requests in one partition differ in
nothing but what their last user turn says.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cache_service.canonical_json import NotAnObject, canonical_json, read_object
from cache_service.terms import Api, Scope, ScopeWidth
from grpc_serving.errors import InvalidArgument

# Changed whenever the same request would get another key; entries under the former keys then just expire.
KEY_EPOCH = 1

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
    """A request body, read once: the body itself, its turns, the last user turn's text, and what is hashed."""

    body: Body
    turns: tuple[Turn, ...]
    query: str
    compatibility: bytes
    question: bytes

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
    parts = [width.value, *_scope_parts(place.scope, width), place.model_group, place.api.value, place.embedder]
    named = json.dumps([*parts, str(KEY_EPOCH)]).encode()
    partition = _mac(secret, b"partition", named, request.compatibility)
    return Keys(partition, _mac(secret, b"exact", partition, request.question))


def _canonical(api: Api, body: Body) -> CanonicalRequest:
    messages = _messages(api, body)
    turns = tuple(map(_turn, messages))
    last = max((index for index, turn in enumerate(turns) if turn.role == "user"), default=-1)
    texts = turns[last].texts if last >= 0 else ()
    query = "\n".join(texts).strip()
    if not _is_unicode(query):
        raise InvalidArgument(FIELD, "holds a lone surrogate, which is not valid Unicode")
    shared = [_kept(api, body), [_without_texts(m) if index == last else m for index, m in enumerate(messages)]]
    question = _positions(messages[last], texts) if last >= 0 else []
    return CanonicalRequest(body, turns, query, canonical_json(shared).encode(), canonical_json(question).encode())


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


def _positions(message: Body, texts: tuple[str, ...]) -> list[Any]:
    """The texts with the place of each among the message's parts."""
    content = message.get("content")
    places = [
        Decimal(index) for index, part in enumerate(content if isinstance(content, list) else []) if _is_text(part)
    ]
    return [[place, text] for place, text in zip(places, texts, strict=True)]


def _scope_parts(scope: Scope, width: ScopeWidth) -> list[str]:
    narrow = {
        ScopeWidth.TENANT: ("tenant_id", scope.tenant_id),
        ScopeWidth.KEY: ("key_id", scope.key_id),
        ScopeWidth.USER: ("user_id", scope.user_id),
        ScopeWidth.POOL: ("pool", scope.pool),
    }
    name, value = narrow[width]
    if not value:
        raise InvalidArgument(f"scope.{name}", f"must be set: this namespace shares entries by {width.value}")
    return [value] if width is ScopeWidth.POOL else [scope.tenant_id, value]


def _mac(secret: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA256 over parts of stated length, so that no two lists of parts read the same."""
    mac = hmac.new(secret, digestmod=hashlib.sha256)
    for part in parts:
        mac.update(len(part).to_bytes(8, "big"))
        mac.update(part)
    return mac.digest()


def _is_unicode(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text)
