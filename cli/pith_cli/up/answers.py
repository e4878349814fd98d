"""Reads what a chat completion says, whole or streamed; pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_DATA = "data:"
_DONE = "[DONE]"


@dataclass(frozen=True)
class Said:
    """The text of an answer, the names of the tools it calls, and its tokens as the provider counts them."""

    text: str = ""
    tools: tuple[str, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0
    finish_reason: str = ""


def read_answer(body: Mapping[str, Any]) -> Said:
    """Read a chat completion."""
    choice = _first(body.get("choices"))
    message = choice.get("message") or {}
    return _said([message], choice.get("finish_reason"), body.get("usage"))


def read_stream(text: str) -> Said:
    """Read the server-sent events of a streamed chat completion."""
    chunks = [json.loads(data) for data in _events(text.splitlines())]
    choices = [_first(chunk.get("choices")) for chunk in chunks]
    finishes = [choice["finish_reason"] for choice in choices if choice.get("finish_reason")]
    usages = [chunk["usage"] for chunk in chunks if chunk.get("usage")]
    deltas = [choice.get("delta") or {} for choice in choices]
    return _said(deltas, finishes[-1] if finishes else "", usages[-1] if usages else None)


def _events(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        data = line.removeprefix(_DATA).strip()
        if line.startswith(_DATA) and data != _DONE:
            yield data


def _said(messages: list[Mapping[str, Any]], finish_reason: str | None, usage: Mapping[str, Any] | None) -> Said:
    calls = [call for message in messages for call in message.get("tool_calls") or []]
    names = [(call.get("function") or {}).get("name") for call in calls]
    counted = usage or {}
    return Said(
        text="".join(message.get("content") or "" for message in messages),
        tools=tuple(name for name in names if name),
        prompt_tokens=int(counted.get("prompt_tokens") or 0),
        completion_tokens=int(counted.get("completion_tokens") or 0),
        finish_reason=finish_reason or "",
    )


def _first(choices: Any) -> Mapping[str, Any]:
    return choices[0] if isinstance(choices, list) and choices else {}
