"""The guardrail that runs last before the provider: lookup, then compression of the masked texts."""

# ruff: noqa: ARG002  (LiteLLM fixes the signatures and calls by keyword)

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from litellm.integrations.custom_guardrail import CustomGuardrail

from litellm_hooks import worker
from litellm_hooks.decisions import Failure
from litellm_hooks.stash import RequestState
from litellm_hooks.worker import Worker

_SLACK_S = 0.01  # the calls' own deadlines come first


class PithGuardrail(CustomGuardrail):
    """Runs the pipeline; whatever goes wrong, LiteLLM gets texts it can put back."""

    def __init__(self, current: Callable[[], Worker] = worker.current, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._current = current

    async def apply_guardrail(
        self, inputs: Any, request_data: dict[str, Any], input_type: str, logging_obj: Any = None
    ) -> Any:
        """Replace `texts` by what should be sent on; everything else stays the same object."""
        if input_type == "request":
            parts = self._current()
            state = parts.stash.find(request_data)
            if state is None:
                parts.counters.add("stash_missing_total")
            elif state.cache_wanted or state.compression_wanted:
                inputs["texts"] = await self._run(
                    parts, state, data=request_data, texts=list(inputs.get("texts") or [])
                )
        return inputs

    async def _run(self, parts: Worker, state: RequestState, *, data: Mapping[str, Any], texts: list[str]) -> list[str]:
        failure = Failure.ERROR
        with parts.guarded("guardrail"):
            try:
                async with asyncio.timeout(parts.settings.total_timeout_s + parts.settings.longest_wait_s + _SLACK_S):
                    new_texts = await parts.pipeline.run(state, data, texts=texts)
                parts.stash.put(state)
                if state.leads and parts.coalescing.lead(state.caller, state.lookup_token):
                    parts.in_background(parts.coalescing.keep_leases(), "renew")
                _check(texts, new_texts)
            except TimeoutError:
                failure = Failure.TIMEOUT
            else:
                return new_texts
        parts.pipeline.settle(state, failure)
        return texts


def _check(texts: list[str], new_texts: list[str]) -> None:
    """Refuse a rewrite that LiteLLM would answer with an error."""
    if len(new_texts) != len(texts) or not all(isinstance(text, str) for text in new_texts):
        raise ValueError(f"{len(texts)} texts became {len(new_texts)}")
