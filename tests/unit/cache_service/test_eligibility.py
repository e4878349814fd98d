"""What may be looked up, and what only the exact tier may serve."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.eligibility import NO_WISHES, Wishes, find_bypass, find_exact_only, read_wishes
from cache_service.requests import read_request
from cache_service.terms import Api, Bypass, ExactOnly
from fakes_cache import chat_body

QUESTION = "How do I cancel an order?"
CALL = {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{}"}}]}


def verdict(body: object, api: Api = Api.CHAT, *, max_temperature: float = 1.0) -> Bypass | ExactOnly | None:
    """Why a body is bypassed, else why only the exact tier serves it; None when both tiers do."""
    request = read_request(api, json.dumps(body).encode(), max_bytes=1_000_000)
    wishes = read_wishes(request.body)
    bypass = find_bypass(api, request, max_temperature=max_temperature, wishes=wishes)
    return bypass or find_exact_only(request, max_temperature=max_temperature)


def talk(*messages: dict[str, Any]) -> dict[str, Any]:
    """A conversation."""
    return {"messages": list(messages)}


def said(role: str, text: str) -> dict[str, Any]:
    """One message."""
    return {"role": role, "content": text}


def test_a_plain_question_is_open_to_both_tiers() -> None:
    """Nothing stands against it."""
    assert verdict(chat_body(QUESTION)) is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"n": 2}, Bypass.SEVERAL_ANSWERS),
        ({"n": 0}, Bypass.SEVERAL_ANSWERS),
        ({"logprobs": True}, Bypass.LOGPROBS),
        ({"top_logprobs": 3}, Bypass.LOGPROBS),
        ({"store": True}, Bypass.SERVER_STATE),
        ({"cache": {"no-cache": True, "no-store": True}}, Bypass.CLIENT),
        ({"cache": {"no-cache": True, "ttl": 0}}, Bypass.CLIENT),
        ({"cache": False}, Bypass.CLIENT),
        ({"pith": {"cache": False}}, Bypass.CLIENT),
        ({"web_search_options": {}}, Bypass.SERVER_STATE),
        ({"tools": [{"type": "web_search_preview"}]}, Bypass.SERVER_STATE),
        ({"modalities": ["text", "audio"]}, Bypass.NOT_TEXT_OUTPUT),
        ({"audio": {"voice": "alloy"}}, Bypass.NOT_TEXT_OUTPUT),
        ({"temperature": 1.1}, Bypass.TEMPERATURE),
    ],
)
def test_a_request_that_asks_for_more_than_one_text_is_bypassed(fields: dict[str, Any], reason: Bypass) -> None:
    """Each field has its own reason."""
    assert verdict(chat_body(QUESTION, **fields)) is reason


@pytest.mark.parametrize(
    "fields",
    [
        {"n": 1},
        {"n": None},
        {"logprobs": False},
        {"logprobs": None},
        {"store": False},
        {"cache": {}},
        {"cache": {"no-cache": True}},
        {"cache": {"no-store": True}},
        {"cache": {"s-maxage": 60, "ttl": 60}},
        {"pith": {"compress": False}},
        {"modalities": ["text"]},
        {"temperature": 0},
        {"temperature": 1.0},
        {"temperature": None},
        {"stream": True},
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
    ],
)
def test_harmless_values_of_the_same_fields_are_not(fields: dict[str, Any]) -> None:
    """Defaults written out change nothing."""
    assert verdict(chat_body(QUESTION, **fields)) is None


@pytest.mark.parametrize(
    ("api", "body", "reason"),
    [
        (Api.RESPONSES, {"input": QUESTION, "previous_response_id": "r1"}, Bypass.SERVER_STATE),
        (Api.RESPONSES, {"input": QUESTION, "background": True}, Bypass.SERVER_STATE),
        (Api.RESPONSES, {"input": [{"type": "item_reference", "id": "i"}, said("user", "x")]}, Bypass.SERVER_STATE),
        (Api.RESPONSES, {"input": QUESTION, "include": ["message.output_text.logprobs"]}, Bypass.LOGPROBS),
        (Api.RESPONSES, {"input": QUESTION, "prompt": {"id": "pmpt_1"}}, Bypass.SERVER_STATE),
        (Api.RESPONSES, {"input": QUESTION, "tools": [{"type": "mcp", "server_url": "x"}]}, Bypass.SERVER_STATE),
        (Api.RESPONSES, {"input": QUESTION, "tools": [{"type": "function", "name": "f"}]}, None),
        (Api.MESSAGES, talk(said("user", QUESTION)) | {"container": "c1"}, Bypass.SERVER_STATE),
        (Api.MESSAGES, talk(said("user", QUESTION)) | {"mcp_servers": [{"url": "x"}]}, Bypass.SERVER_STATE),
        (Api.MESSAGES, talk(said("user", QUESTION)) | {"tools": [{"name": "f", "input_schema": {}}]}, None),
        (Api.TEXT, {"prompt": ["a", "b"]}, Bypass.SEVERAL_ANSWERS),
        (Api.TEXT, {"prompt": [[1], [2]]}, Bypass.SEVERAL_ANSWERS),
        (Api.TEXT, {"prompt": "a", "logprobs": 0}, Bypass.LOGPROBS),
        (Api.TEXT, {"prompt": [1, 2, 3]}, Bypass.NO_TEXT),
        (Api.CHAT, {}, Bypass.NO_TEXT),
        (Api.CHAT, talk(said("user", "  ")), Bypass.NO_TEXT),
        (Api.CHAT, talk(said("system", "x")), Bypass.NO_TEXT),
    ],
)
def test_each_api_has_its_own_ways_to_be_bypassed(api: Api, body: dict[str, Any], reason: Bypass | None) -> None:
    """State at the provider, several prompts, no text."""
    assert verdict(body, api) is reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            talk(said("user", QUESTION), CALL, {"role": "tool", "tool_call_id": "1", "content": "5"}),
            ExactOnly.TOOLS_PENDING,
        ),
        (talk(said("user", QUESTION), CALL), ExactOnly.TOOLS_PENDING),
        (talk(said("user", QUESTION), said("assistant", "Well,")), ExactOnly.TOOLS_PENDING),
        (
            talk({"role": "user", "content": [{"type": "text", "text": QUESTION}, {"type": "image_url"}]}),
            ExactOnly.NON_TEXT_INPUT,
        ),
        (talk(said("user", "Hi"), said("assistant", "Hello"), said("user", "yes")), ExactOnly.FOLLOW_UP),
        (talk(said("user", "What is the weather today?")), ExactOnly.TIME_BOUND),
    ],
)
def test_a_question_that_its_text_does_not_settle_is_for_the_exact_tier(
    body: dict[str, Any], reason: ExactOnly
) -> None:
    """Tools, images, follow-ups and the present time close the semantic tier."""
    assert verdict(body) is reason


def test_an_anthropic_tool_result_closes_the_semantic_tier() -> None:
    """It comes in a user message."""
    block = {"type": "tool_result", "tool_use_id": "1", "content": "5"}
    body = talk({"role": "user", "content": [block, {"type": "text", "text": QUESTION}]})
    assert verdict(body, Api.MESSAGES) is ExactOnly.TOOLS_PENDING


def test_a_responses_tool_output_closes_the_semantic_tier() -> None:
    """It is an item of its own after the question."""
    body = {"input": [said("user", QUESTION), {"type": "function_call_output", "call_id": "1", "output": "5"}]}
    assert verdict(body, Api.RESPONSES) is ExactOnly.TOOLS_PENDING


def test_tools_that_are_done_with_do_not_close_it() -> None:
    """A new question after a finished tool call is a question like any other."""
    body = talk(
        said("user", "Hi"), CALL, {"role": "tool", "content": "5"}, said("assistant", "5."), said("user", QUESTION)
    )
    assert verdict(body) is None


def test_the_policys_temperature_closes_the_semantic_tier_only() -> None:
    """Above it the exact tier still serves, up to what no default reaches."""
    assert verdict(chat_body(QUESTION, temperature=0.7), max_temperature=0.3) is ExactOnly.TEMPERATURE
    assert verdict(chat_body(QUESTION, temperature=1.5), max_temperature=0.3) is Bypass.TEMPERATURE
    assert verdict(chat_body(QUESTION, temperature=1.5), max_temperature=2.0) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
FIELDS = st.sampled_from(
    "messages prompt input n logprobs modalities temperature cache pith include audio store tools top_logprobs".split()
)


@given(st.sampled_from(Api), st.dictionaries(FIELDS, JSON, max_size=6))
def test_any_object_gets_a_verdict(api: Api, body: dict[str, Any]) -> None:
    """Odd values in known fields are judged, not stumbled over."""
    assert verdict(body, api) is None or verdict(body, api) in {*Bypass, *ExactOnly}


@pytest.mark.parametrize(
    ("cache", "wishes"),
    [
        ({"no-cache": True}, Wishes(serve=False)),
        ({"no-store": True}, Wishes(store=False)),
        ({"no-cache": True, "no-store": True}, Wishes(serve=False, store=False)),
        ({"s-maxage": 60}, Wishes(max_age_s=60.0)),
        ({"s-max-age": 2.5, "s-maxage": 9}, Wishes(max_age_s=2.5)),
        ({"ttl": 300}, Wishes(ttl_s=300.0)),
        ({"ttl": 0}, Wishes(store=False, ttl_s=0.0)),
        ({"ttl": -1}, Wishes(store=False, ttl_s=0.0)),
        ({"ttl": "300", "s-maxage": True, "no-cache": None}, NO_WISHES),
        ({"namespace": "x"}, NO_WISHES),
        (False, Wishes(serve=False, store=False)),
        (None, NO_WISHES),
        ([], NO_WISHES),
    ],
)
def test_the_callers_wishes_are_read_as_litellm_writes_them(cache: object, wishes: Wishes) -> None:
    """Not to be served is not the same as not to be stored; what is no number of seconds is no wish."""
    assert read_wishes({"cache": cache}) == wishes


WISHES = st.builds(Wishes, st.booleans(), st.booleans(), st.none() | st.floats(0, 1e6), st.none() | st.floats(0, 1e6))


@given(WISHES, WISHES)
def test_two_sets_of_wishes_are_both_kept(one: Wishes, other: Wishes) -> None:
    """The stricter of each counts, in either order, and no wish changes nothing."""
    both = one.tightened(other)
    assert both == other.tightened(one) == both.tightened(one)
    assert one.tightened(NO_WISHES) == one
    assert (both.serve, both.store) == (one.serve and other.serve, one.store and other.store)
    for limit, of_one in ((both.max_age_s, one.max_age_s), (both.ttl_s, one.ttl_s)):
        assert of_one is None or (limit is not None and limit <= of_one)
