"""Which gateway a path belongs to, and which provider a model belongs to.

Only what stands in these tables leaves the edge. A path is matched by whole segments after `//`, percent-encoding and a
trailing slash are taken away, and what is forwarded is that canonical path, never the bytes the client sent.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, unquote_to_bytes

from platform_api.errors import Dialect


class Destination(StrEnum):
    """Who answers a path."""

    LLM = "llm"
    STORED_RESPONSE = "stored-response"
    PLATFORM = "platform"
    BEHIND_KONG = "behind-kong"


@dataclass(frozen=True, slots=True)
class Route:
    """Where one request goes; `name` is the table's own spelling, safe as a metric label."""

    destination: Destination
    name: str
    path: str
    dialect: Dialect = Dialect.OPENAI


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider and the model-name prefixes that mean it."""

    name: str
    model_prefixes: tuple[str, ...]


_LLM_TABLE: dict[tuple[str, str], tuple[Destination, Dialect]] = {
    ("POST", "/v1/chat/completions"): (Destination.LLM, Dialect.OPENAI),
    ("POST", "/v1/completions"): (Destination.LLM, Dialect.OPENAI),
    ("POST", "/v1/embeddings"): (Destination.LLM, Dialect.OPENAI),
    ("POST", "/v1/messages"): (Destination.LLM, Dialect.ANTHROPIC),
    ("POST", "/v1/messages/count_tokens"): (Destination.LLM, Dialect.ANTHROPIC),
    ("POST", "/v1/responses"): (Destination.LLM, Dialect.OPENAI_RESPONSES),
    ("GET", "/v1/responses/{id}"): (Destination.STORED_RESPONSE, Dialect.OPENAI),
    ("DELETE", "/v1/responses/{id}"): (Destination.STORED_RESPONSE, Dialect.OPENAI),
    ("GET", "/v1/models"): (Destination.LLM, Dialect.OPENAI),
    ("GET", "/v1/models/{id}"): (Destination.LLM, Dialect.OPENAI),
}
_PREFIX_TABLE: dict[str, Destination] = {
    "tenants": Destination.PLATFORM,
    "providers": Destination.PLATFORM,
    "quotas": Destination.PLATFORM,
    "usage": Destination.PLATFORM,
    "gateway": Destination.PLATFORM,
    "agents": Destination.BEHIND_KONG,
    "workflows": Destination.BEHIND_KONG,
    "knowledge": Destination.BEHIND_KONG,
    "documents": Destination.BEHIND_KONG,
}
PROVIDERS: tuple[Provider, ...] = (
    Provider("openai", ("gpt-", "chatgpt-", "o1", "o3", "o4", "text-embedding-")),
    Provider("anthropic", ("claude-",)),
    Provider("google", ("gemini-",)),
    Provider("groq", ("groq-", "llama-")),
)

_VERSION = "v1"
_MAX_SEGMENTS = 32
# A percent sign left after decoding means double encoding; the rest would end or split a segment further on.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\%?#]")


def resolve(method: str, raw_path: bytes) -> Route | None:
    """Return where a request goes, or None where nothing may answer it."""
    segments = segments_of(raw_path)
    if segments is None or len(segments) < 2 or segments[0] != _VERSION:
        return None
    path = "/" + "/".join(quote(segment, safe="") for segment in segments)
    name = "/" + "/".join(segments)
    if (found := _LLM_TABLE.get((method, name))) is None and len(segments) == 3:
        name = f"/{segments[0]}/{segments[1]}/{{id}}"
        found = _LLM_TABLE.get((method, name))
    if found is not None:
        return Route(found[0], name, path, found[1])
    if (destination := _PREFIX_TABLE.get(segments[1])) is not None:
        return Route(destination, f"/{_VERSION}/{segments[1]}", path)
    return None


def segments_of(raw_path: bytes) -> Sequence[str] | None:
    """Return the decoded segments of a path, or None for a path that could mean something else further on."""
    segments: list[str] = []
    for raw in raw_path.split(b"/"):
        if (segment := _decode(raw)) is None or segment == ".." or _UNSAFE.search(segment):
            return None
        if segment not in {"", "."}:
            segments.append(segment)
    return segments if len(segments) <= _MAX_SEGMENTS else None


def provider_of(model: str) -> str | None:
    """Return the provider that a model's name begins with, or None."""
    name = model.lower()
    return next((provider.name for provider in PROVIDERS if name.startswith(provider.model_prefixes)), None)


def _decode(raw: bytes) -> str | None:
    try:
        return (unquote_to_bytes(raw) if b"%" in raw else raw).decode()
    except UnicodeDecodeError:
        return None
