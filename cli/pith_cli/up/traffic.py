"""Reads the sample traffic: one request a line, with documents named in it and what its author expects."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_DOCUMENT = re.compile(r"\{\{document:([\w.-]+)\}\}")
_PROVIDERS = {"gpt": "openai", "claude": "anthropic", "gemini": "gemini", "groq": "groq"}
_OUTCOMES = frozenset({"miss", "bypass", "hit-exact", "hit-semantic"})
_DECISIONS = frozenset({"", "applied", "skipped"})
_BODY_FIELDS = ("messages", "tools")


class TrafficError(Exception):
    """The sample traffic cannot be read; says which line and why."""


@dataclass(frozen=True)
class Expect:
    """What should happen to a request; an empty text expects nothing of that kind."""

    cache: str
    compression: str = ""
    answer_contains: str = ""


@dataclass(frozen=True)
class SampleRequest:
    """One request of the sample traffic, ready to be sent."""

    id: str
    kind: str
    tenant: str
    provider: str
    model: str
    stream: bool
    body: Mapping[str, Any]
    expect: Expect

    @property
    def longest_text(self) -> str:
        """The longest text in the request."""
        return max((text for _, text in texts(self.body)), key=len, default="")


def read_traffic(path: Path) -> list[SampleRequest]:
    """Read a file of requests and the documents beside it."""

    def document(name: str) -> str:
        return (path.parent / "documents" / name).read_text(encoding="utf-8").strip()

    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            found.append(parse(json.loads(line), document))
        except (KeyError, TypeError, ValueError, OSError) as error:
            raise TrafficError(f"{path}, line {number}: {type(error).__name__} {error}") from None
    return found


def parse(raw: Mapping[str, Any], document: Callable[[str], str]) -> SampleRequest:
    """Make a request from one line, with the documents that it names put in."""
    expect = raw["expect"]
    stream = bool(raw.get("stream"))
    body = {"model": raw["model"], **{f: expand(raw[f], document) for f in _BODY_FIELDS if f in raw}, "stream": stream}
    if stream:
        body["stream_options"] = {"include_usage": True}
    return SampleRequest(
        id=raw["id"],
        kind=expect["kind"],
        tenant=raw["tenant"],
        provider=provider_of(raw["model"]),
        model=raw["model"],
        stream=stream,
        body=body,
        expect=Expect(
            cache=_one_of("cache", expect["cache"], _OUTCOMES),
            compression=_one_of("compression", expect.get("compression") or "", _DECISIONS),
            answer_contains=expect.get("answer_contains") or "",
        ),
    )


def expand(value: Any, document: Callable[[str], str]) -> Any:
    """Put documents in place of their names, anywhere inside a JSON value."""
    if isinstance(value, str):
        return _DOCUMENT.sub(lambda match: document(match[1]), value)
    if isinstance(value, list):
        return [expand(item, document) for item in value]
    if isinstance(value, dict):
        return {name: expand(item, document) for name, item in value.items()}
    return value


def provider_of(model: str) -> str:
    """Return the provider that a model group belongs to, by its name."""
    prefix = model.partition("-")[0]
    if prefix not in _PROVIDERS:
        raise ValueError(f"model {model!r} belongs to no known provider")
    return _PROVIDERS[prefix]


def texts(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield role and text of every message that has a text."""
    for message in body["messages"]:
        content = message.get("content")
        parts = [content] if isinstance(content, str) else [part.get("text") for part in content or []]
        for text in parts:
            if text:
                yield message["role"], text


def _one_of(name: str, value: str, allowed: frozenset[str]) -> str:
    if value not in allowed:
        raise ValueError(f"expect.{name} is {value!r}; known are {', '.join(sorted(filter(None, allowed)))}")
    return value
