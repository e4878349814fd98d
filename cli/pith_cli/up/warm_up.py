"""Makes the services do their first calls before anything is timed or bound by a deadline."""

import json
from collections.abc import Sequence

from pith_cli.clients import CacheClient, CompressorClient, Options, Text

TENANT = "warmup"
_ANSWER = {
    "id": "warm-up",
    "object": "chat.completion",
    "created": 0,
    "model": "warm-up",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Ready."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
}
_QUESTIONS = ("Is the first call slower than the second?", "Will the second call be as slow as the first?")


async def warm_compressor(client: CompressorClient, text: str, models: Sequence[str]) -> None:
    """Compress a text once for each model, so that every tokenizer is loaded."""
    for model in models:
        await client.compress([Text("user", text), Text("user", _QUESTIONS[0])], Options(model=model))


async def warm_cache(client: CacheClient) -> None:
    """Miss, store, and miss beside what was stored, as a tenant of its own: that loads the embedder."""
    for question in _QUESTIONS:
        body = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": question}]}).encode()
        found = await client.lookup(TENANT, body)
        if found.outcome == "miss":
            await client.store(TENANT, found.token, json.dumps(_ANSWER).encode())
