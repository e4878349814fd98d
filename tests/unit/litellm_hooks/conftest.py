"""What the hooks' unit tests share: LiteLLM imported offline, and a worker whose services are scripted."""

import os
from types import SimpleNamespace
from typing import Any

# Before LiteLLM is imported: it would try to download its price list.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import pytest

from litellm_hooks.coalescing import Coalescing
from litellm_hooks.config import HookSettings
from litellm_hooks.counters import Counters
from litellm_hooks.decisions import CacheDecision
from litellm_hooks.exchange import CompressedText, Compression, Lookup
from litellm_hooks.pipeline import Pipeline
from litellm_hooks.stash import Caller, RequestState, Stash, TokenCounts
from litellm_hooks.worker import Worker


class ScriptedCache:
    """A cache client that says what it is told to, and notes what it is asked."""

    def __init__(self) -> None:
        self.says: Any = Lookup(CacheDecision.MISS, lookup_token=b"token")
        self.asked: list[Any] = []
        self.stored: list[Any] = []
        self.released: list[Any] = []
        self.store_says: Any = "stored"
        self.release_says: Any = None
        self.waited: list[Any] = []
        self.wait_says: Any = None
        self.renewed: list[bytes] = []
        self.renew_says: Any = True

    async def lookup(self, question, *, timeout_s, counted=True):
        """Look up; a call that waits is noted apart."""
        if not counted:
            self.waited.append((question, timeout_s))
            return await _say(self.wait_says)
        self.asked.append(question)
        return await _say(self.says)

    async def renew(self, caller, lookup_token, *, timeout_s):
        """Renew."""
        self.renewed.append(lookup_token)
        return await _say(self.renew_says)

    async def store(self, caller, lookup_token, *, answer, timeout_s):
        """Store."""
        self.stored.append((caller, lookup_token, answer))
        return await _say(self.store_says)

    async def release(self, caller, lookup_token, *, reason, timeout_s):
        """Release."""
        self.released.append((caller, lookup_token, reason))
        await _say(self.release_says)


class ScriptedCompressor:
    """A compressor client that leaves "really" out, or says what it is told to."""

    def __init__(self) -> None:
        self.says: Any = None
        self.asked: list[Any] = []

    async def compress(self, question, *, timeout_s):
        """Compress."""
        self.asked.append((question, timeout_s))
        return await _say(self.says) if self.says is not None else without_really(question.slots)


def without_really(slots) -> Compression:
    """What the scripted compressor makes of slots."""
    texts = []
    for index, slot in enumerate(slots):
        text = slot.text if slot.locked or slot.role != "user" else slot.text.replace("really ", "")
        texts.append(CompressedText(str(index), text, changed=text != slot.text, skip_reason="too-short"))
    before = sum(len(slot.text.split()) for slot in slots)
    after = sum(len(text.text.split()) for text in texts)
    return Compression(tuple(texts), TokenCounts(before, after, before, after))


class CollectedUsage:
    """A usage queue that only collects."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def add(self, event):
        """Queue an event."""
        self.events.append(event)


async def _say(what):
    if callable(what):
        return await what()
    if isinstance(what, Exception):
        raise what
    return what


@pytest.fixture
def cache() -> ScriptedCache:
    """The worker's cache client."""
    return ScriptedCache()


@pytest.fixture
def compressor() -> ScriptedCompressor:
    """The worker's compressor client."""
    return ScriptedCompressor()


@pytest.fixture
def settings() -> HookSettings:
    """The settings of the worker: the defaults, unless a test module says otherwise."""
    return HookSettings()


@pytest.fixture
def parts(cache, compressor, settings) -> Worker:
    """A worker with scripted services."""
    counters = Counters()
    coalescing = Coalescing(cache, counters, settings)
    return Worker(
        settings=settings,
        counters=counters,
        stash=Stash(counters, max_requests=100, max_bytes=10**6, max_age_s=900),
        cache=cache,
        pipeline=Pipeline(cache, compressor, coalescing=coalescing, counters=counters, settings=settings),
        coalescing=coalescing,
        usage=CollectedUsage(),
    )


@pytest.fixture
def state() -> RequestState:
    """The state of a chat completion under way."""
    return RequestState("token-1", Caller("acme", "k1"), api="chat", model_group="gpt-4o", level="acompletion")


@pytest.fixture
def key() -> SimpleNamespace:
    """What authentication found out, as far as the hooks read it."""
    return SimpleNamespace(team_id="acme", user_id="k1", models=[], metadata={"pith": {}})


@pytest.fixture
def data() -> dict[str, Any]:
    """The proxy's dict of a chat completion."""
    return {
        "model": "gpt-4o",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "It is really blue. Why?"},
        ],
        "metadata": {"user_api_key_hash": "h", "model_group": "gpt-4o"},
        "proxy_server_request": {"headers": {}},
        "litellm_call_id": "call-1",
    }
