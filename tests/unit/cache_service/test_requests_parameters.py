"""Parameter by parameter, for each API: what changes an answer changes the keys, and nothing else does."""

import json
from typing import Any

import pytest

from cache_service.requests import IGNORED, Place, derive_keys, read_request
from cache_service.terms import Api, ScopeWidth
from fakes_requests import SCOPE, SECRET, keys, read

BASE = {
    Api.CHAT: {"model": "m", "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}]},
    Api.TEXT: {"model": "m", "prompt": "q"},
    Api.MESSAGES: {"model": "m", "system": "s", "messages": [{"role": "user", "content": "q"}]},
    Api.RESPONSES: {"model": "m", "instructions": "s", "input": "q"},
}
SAMPLING = {"temperature": (0.1, 0.2), "top_p": (0.1, 0.2)}
FUNCTION = ({"name": "f", "parameters": {"type": "object"}}, {"name": "g"})
OPENAI = SAMPLING | {"model": ("m", "n"), "logit_bias": ({"1": 2}, {"1": 3}), "seed": (1, 2), "stop": ("a", "b")}
PENALTIES = {"frequency_penalty": (0, 1), "presence_penalty": (0, 1)}
# Each field that the APIs document and that may change the answer, with two values.
ANSWERING: dict[Api, dict[str, tuple[Any, Any]]] = {
    Api.CHAT: OPENAI | PENALTIES | {
        "max_tokens": (1, 2), "max_completion_tokens": (1, 2), "tools": ([FUNCTION[0]], [FUNCTION[1]]),
        "tool_choice": ("auto", "none"), "functions": ([FUNCTION[0]], [FUNCTION[1]]), "function_call": ("auto", "none"),
        "parallel_tool_calls": (True, False), "response_format": ({"type": "text"}, {"type": "json_object"}),
        "reasoning_effort": ("low", "high"), "verbosity": ("low", "high"), "modalities": (["text"], ["text", "audio"]),
        "audio": ({"voice": "a"}, {"voice": "b"}), "n": (1, 2), "logprobs": (True, False), "top_logprobs": (1, 2),
        "prediction": ({"content": "a"}, {"content": "b"}), "web_search_options": ({}, {"search_context_size": "low"}),
        "moderation": ("a", "b"), "store": (True, False),
    },
    Api.TEXT: OPENAI | PENALTIES | {
        "max_tokens": (1, 2), "suffix": ("a", "b"), "echo": (True, False), "best_of": (1, 2), "n": (1, 2), "logprobs": (1, 2),
    },
    Api.MESSAGES: SAMPLING | {
        "model": ("m", "n"), "max_tokens": (1, 2), "system": ("s", "t"), "top_k": (1, 2), "stop_sequences": (["a"], ["b"]),
        "thinking": ({"type": "enabled", "budget_tokens": 1024}, {"type": "disabled"}), "tools": ([FUNCTION[0]], [FUNCTION[1]]),
        "tool_choice": ({"type": "auto"}, {"type": "any"}), "output_config": ({"effort": "low"}, {"effort": "high"}),
        "context_management": ({"edits": []}, {"edits": [{"type": "x"}]}), "container": ("a", "b"), "mcp_servers": ([], [{"url": "x"}]),
        "speed": ("fast", "standard"), "inference_geo": ("eu", "us"), "betas": (["a"], ["b"]),
    },
    Api.RESPONSES: SAMPLING | {
        "model": ("m", "n"), "instructions": ("s", "t"), "max_output_tokens": (1, 2), "max_tool_calls": (1, 2), "tools": ([FUNCTION[0]], [FUNCTION[1]]),
        "tool_choice": ("auto", "none"), "parallel_tool_calls": (True, False), "reasoning": ({"effort": "low"}, {"effort": "high"}),
        "text": ({"format": {"type": "text"}}, {"format": {"type": "json_object"}}), "truncation": ("auto", "disabled"),
        "include": (["a"], ["b"]), "prompt": ({"id": "a"}, {"id": "b"}), "previous_response_id": ("a", "b"), "conversation": ("a", "b"),
        "context_management": ([{"a": 1}], [{"a": 2}]), "background": (True, False),
    },
}  # fmt: skip
CASES = [(api, name, *values) for api, fields in ANSWERING.items() for name, values in fields.items()]


@pytest.mark.parametrize(("api", "name", "one", "other"), CASES)
def test_what_changes_an_answer_changes_the_partition(api: Api, name: str, one: object, other: object) -> None:
    """Field by field, for each API: set differs from unset, and one value from another."""
    without = {key: value for key, value in BASE[api].items() if key != name}
    found = [keys(body, api=api) for body in (without, without | {name: one}, without | {name: other})]
    assert len({found_keys.partition for found_keys in found}) == 3


DELIVERY = {
    "stream": True, "stream_options": {"include_usage": True}, "user": "ann", "safety_identifier": "ann", "prompt_cache_key": "k",
    "prompt_cache_retention": "24h", "prompt_cache_options": {"ttl": 1}, "cache_control": {"type": "ephemeral"}, "service_tier": "flex",
    "metadata": {"user_id": "ann"}, "cache": {"no-cache": True}, "pith": {"compress": False}, "timeout": 3,
}  # fmt: skip


@pytest.mark.parametrize("api", BASE)
@pytest.mark.parametrize("name", DELIVERY)
def test_what_only_changes_delivery_or_price_does_not(api: Api, name: str) -> None:
    """Streaming, tracing, billing, the provider's prompt cache."""
    assert keys(BASE[api] | {name: DELIVERY[name]}, api=api) == keys(BASE[api], api=api)


def test_every_ignored_field_is_one_that_was_looked_at() -> None:
    """No field is both part of the key and left out of it."""
    assert not {name for fields in ANSWERING.values() for name in fields} & IGNORED


@pytest.mark.parametrize("api", BASE)
def test_white_space_and_order_in_the_body_do_not_matter(api: Api) -> None:
    """Indented, reversed, with escapes for what needs none."""
    body = BASE[api] | {"temperature": 0.70, "stop": ["ä"]}
    turned = json.dumps(dict(reversed(body.items())), indent=3, ensure_ascii=False).encode()
    place = Place(SCOPE, ScopeWidth.TENANT, "gpt-4o", api, "e1")
    assert derive_keys(read_request(api, turned, max_bytes=9999), place, secret=SECRET) == keys(body, api=api)


def test_cache_marks_inside_a_tools_result_do_not_matter() -> None:
    """Wherever the provider's prompt cache is told where to cut."""

    def body(**mark: object) -> dict[str, object]:
        result = {"type": "tool_result", "tool_use_id": "1", "content": [{"type": "text", "text": "5", **mark}], **mark}
        return {"messages": [{"role": "user", "content": [result, {"type": "text", "text": "q"}]}]}

    marked = keys(body(cache_control={"type": "ephemeral"}), api=Api.MESSAGES)
    assert marked == keys(body(), api=Api.MESSAGES)


@pytest.mark.parametrize(
    ("api", "fields", "user"),
    [
        (Api.CHAT, {"user": "ann"}, "ann"),
        (Api.CHAT, {"safety_identifier": "ann"}, "ann"),
        (Api.CHAT, {"user": "ann", "safety_identifier": "bob"}, "ann"),
        (Api.TEXT, {"user": "ann"}, "ann"),
        (Api.RESPONSES, {"safety_identifier": "ann"}, "ann"),
        (Api.MESSAGES, {"metadata": {"user_id": "ann"}}, "ann"),
        (Api.MESSAGES, {"user": "ann"}, ""),
        (Api.CHAT, {"metadata": {"user_id": "ann"}}, ""),
        (Api.CHAT, {"user": 7}, ""),
        (Api.CHAT, {"user": ""}, ""),
        (Api.MESSAGES, {"metadata": ["ann"]}, ""),
        (Api.CHAT, {}, ""),
    ],
)
def test_the_body_names_its_user_in_its_apis_own_way(api: Api, fields: dict[str, object], user: str) -> None:
    """As the providers document it."""
    assert read(BASE[api] | fields, api).user == user
