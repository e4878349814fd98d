"""The border between the stand-ins' answers and a provider's wire format."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from pith_cli.providers.exchange import Answer, InvalidRequestError, Json, Prompt


@dataclass(frozen=True)
class Call:
    """One request as a provider's endpoint understands it."""

    provider: str
    path: str
    model: str
    stream: bool
    body: Json
    prompt: Prompt


class Wire(Protocol):
    """One endpoint of one provider."""

    provider: str
    stream_media_type: str

    def read(self, path: str, body: Json) -> Call:
        """Understand a request; raises InvalidRequestError as the provider would refuse it."""
        ...

    def reply(self, call: Call, answer: Answer) -> Json:
        """The body of a whole answer."""
        ...

    def frames(self, call: Call, answer: Answer) -> Iterator[bytes]:
        """The same answer as a stream, one chunk an item."""
        ...

    def error(self, status: int, message: str) -> Json:
        """The body of an error in the provider's own format."""
        ...


def sse(data: Json, event: str | None = None) -> bytes:
    """One server-sent event."""
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def required(body: Json, field_name: str, kind: type) -> Any:
    """A field that must be there, with the right JSON type."""
    value = body.get(field_name)
    if not isinstance(value, kind):
        raise InvalidRequestError(field_name, f"must be a {kind.__name__}, got {type(value).__name__}")
    return value


def optional(body: Json, field_name: str, kind: type) -> Any:
    """A field that may be absent or null, with the right JSON type if it is there."""
    return None if body.get(field_name) is None else required(body, field_name, kind)


def texts_in(content: object) -> str:
    """All texts of a content field, whether it is a string or a list of parts, one a line."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(filter(None, (texts_in(part) for part in content)))
    if isinstance(content, dict):
        return texts_in(content.get("text") or content.get("content") or content.get("output") or "")
    return ""
