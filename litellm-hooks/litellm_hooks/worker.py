"""What one proxy worker holds: built on its first request, inside its event loop."""

import asyncio
import logging
import os
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from litellm_hooks.breaker import Breaker
from litellm_hooks.channel import WatchedFile, open_channel
from litellm_hooks.clients import CacheClient, CompressorClient, UsageClient
from litellm_hooks.coalescing import Coalescing
from litellm_hooks.config import HookSettings, load_settings
from litellm_hooks.counters import Counters, serve
from litellm_hooks.line import Line
from litellm_hooks.pipeline import Pipeline
from litellm_hooks.stash import Stash
from litellm_hooks.usage import UsageQueue

log = logging.getLogger(__name__)


@dataclass
class Worker:
    """The hooks' shared parts, put together once."""

    settings: HookSettings
    counters: Counters
    stash: Stash
    cache: CacheClient
    pipeline: Pipeline
    coalescing: Coalescing
    usage: UsageQueue
    endpoint: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def show_counters(self) -> None:
        """Open the endpoint that shows the counters."""
        self.endpoint = await serve(self.counters, self.settings.metrics_port, host=self.settings.metrics_host)

    @contextmanager
    def guarded(self, hook: str) -> Iterator[None]:
        """Let nothing out of a hook but cancellation: the request goes on as it is."""
        try:
            yield
        except Exception:
            self.counters.add("hook_errors_total", {"hook": hook})
            log.exception("pith %s: the request goes on untouched", hook)

    def in_background(self, work: Coroutine[Any, Any, None], what: str) -> None:
        """Run something that no request waits for; drop and count it where too much is under way."""
        if len(self._tasks) >= self.settings.background_max_tasks:
            work.close()
            self.counters.add("background_dropped_total", {"what": what})
            return
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@cache
def settings() -> HookSettings:
    """The settings of this process; raises SettingsError, so that the proxy refuses to start on a misspelt one."""
    return load_settings(os.environ)


@cache
def current() -> Worker:
    """The parts of this worker; call it inside the event loop only, since channels belong to it."""
    return build(settings())


def build(settings: HookSettings) -> Worker:
    """Put the parts together; starts the counters' endpoint where it has a port."""
    counters = Counters()
    token = WatchedFile(settings.token_file)

    def line(service: str) -> Line:
        breaker = Breaker(failures=settings.breaker_failures, cooldown_s=settings.breaker_cooldown_s)
        return Line(service, breaker, token=token, counters=counters)

    cache_client = CacheClient(open_channel(settings.cache_address, settings), line("cache"))
    compressor = CompressorClient(open_channel(settings.compressor_address, settings), line("compressor"))
    usage = UsageClient(open_channel(settings.usage_address, settings), line("usage"))
    stash = Stash(
        counters,
        max_requests=settings.stash_max_requests,
        max_bytes=settings.stash_max_bytes,
        max_age_s=settings.stash_max_age_s,
    )
    coalescing = Coalescing(cache_client, counters, settings)
    worker = Worker(
        settings=settings,
        counters=counters,
        stash=stash,
        cache=cache_client,
        pipeline=Pipeline(cache_client, compressor, coalescing=coalescing, counters=counters, settings=settings),
        coalescing=coalescing,
        usage=UsageQueue(
            usage, counters, max_events=settings.usage_max_events, timeout_s=settings.usage_timeout_ms / 1000
        ),
    )
    if settings.metrics_port:
        worker.in_background(worker.show_counters(), "metrics")
    return worker
