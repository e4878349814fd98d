"""Sends chat completions through the edge and returns what came back."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from pith_cli.up.answers import Said, read_answer, read_stream

TIMEOUT_S = 60.0
_ERROR_CHARS = 300


@dataclass(frozen=True)
class Reply:
    """What one request was answered with, and how long it took."""

    status: int
    ms: float
    headers: Mapping[str, str] = field(default_factory=dict)
    said: Said = field(default_factory=Said)
    error: str = ""

    def number(self, header: str) -> float | None:
        """Return a header's value as a number, or None when it is not there."""
        try:
            return float(self.headers[header])
        except (KeyError, ValueError):
            return None


class EdgeClient:
    """Talks to the edge as a client of Pith does."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = f"{url}/v1/chat/completions"

    async def chat(self, body: Mapping[str, Any], key: str) -> Reply:
        """Send one chat completion, streamed or not, and read all of its answer."""
        started = time.perf_counter()
        headers = {"authorization": f"Bearer {key}"}
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        try:
            async with self._session.post(self._url, json=body, headers=headers, timeout=timeout) as reply:
                text = await reply.text()
        except (aiohttp.ClientError, TimeoutError) as error:
            return Reply(0, _ms_since(started), error=f"{type(error).__name__} {error}".strip())
        ms = _ms_since(started)
        known = {name.lower(): value for name, value in reply.headers.items()}
        if reply.status != 200:
            return Reply(reply.status, ms, known, error=text[:_ERROR_CHARS])
        return _answer(text, ms, known, streamed=reply.content_type == "text/event-stream")


def _answer(text: str, ms: float, headers: Mapping[str, str], *, streamed: bool) -> Reply:
    try:
        said = read_stream(text) if streamed else read_answer(json.loads(text))
    except json.JSONDecodeError:
        return Reply(200, ms, headers, error=f"not JSON: {text[:_ERROR_CHARS]}")
    return Reply(200, ms, headers, said)


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
