"""The walk over LiteLLM's request dict."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litellm.llms.openai.chat.guardrail_translation.handler import OpenAIChatCompletionsHandler

from litellm_hooks.request_view import INTERNAL_KEYS, Slot, ToolCall, aligned, chat_slots, is_internal, request_json


def _slots(*messages):
    return chat_slots({"messages": list(messages)})


def test_strings_and_text_parts_are_slots_in_order():
    """Every string content and every part with a text is one slot; images are none."""
    slots = _slots(
        {"role": "system", "content": "A"},
        {
            "role": "user",
            "content": [{"type": "text", "text": "B"}, {"type": "image_url"}, {"type": "text", "text": "C"}],
        },
        {"role": "assistant", "content": None},
        {"role": "developer", "content": "D"},
    )
    assert [(slot.role, slot.text) for slot in slots] == [
        ("system", "A"),
        ("user", "B"),
        ("user", "C"),
        ("system", "D"),
    ]


def test_everything_up_to_the_last_cache_control_is_locked():
    """A provider's prompt cache sees the same bytes: the marked part and all before it."""
    slots = _slots(
        {"role": "system", "content": "A"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "B", "cache_control": {"type": "ephemeral"}},
                {"type": "text", "text": "C"},
            ],
        },
        {"role": "user", "content": "D"},
    )
    assert [slot.locked for slot in slots] == [True, True, False, False]


def test_a_mark_on_an_image_or_a_message_locks_as_well():
    """The mark counts wherever it stands."""
    image = {"type": "image_url", "cache_control": {"type": "ephemeral"}}
    assert [slot.locked for slot in _slots({"role": "user", "content": [{"text": "A"}, image, {"text": "B"}]})] == [
        True,
        False,
    ]
    marked = {"role": "user", "content": "A", "cache_control": {"type": "ephemeral"}}
    assert [slot.locked for slot in _slots(marked, {"role": "user", "content": "B"})] == [True, False]


def test_a_tool_result_knows_its_call():
    """Name and arguments of the call come with its result, by id or by name."""
    call = {"id": "c1", "function": {"name": "search", "arguments": '{"q": "sky"}'}}
    slots = _slots(
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "R"},
        {"role": "assistant", "content": None, "function_call": {"name": "old", "arguments": {"a": 1}}},
        {"role": "function", "name": "old", "content": "S"},
        {"role": "tool", "tool_call_id": "unknown", "content": "T"},
    )
    assert [slot.tool_call for slot in slots] == [ToolCall("search", '{"q": "sky"}'), ToolCall("old", '{"a": 1}'), None]
    assert {slot.role for slot in slots} == {"tool"}


def test_signed_thinking_and_unknown_roles_are_pinned():
    """What a provider checks, or what we do not know, is not changed; what follows is free."""
    slots = _slots(
        {"role": "assistant", "content": "A", "thinking_blocks": [{"signature": "x"}]},
        {"role": "critic", "content": "B"},
        {"role": "user", "content": "C"},
    )
    assert [slot.locked for slot in slots] == [True, True, False]


def test_alignment_is_equality():
    """One text more, less or different is no alignment."""
    slots = (Slot("user", "A"), Slot("user", "B"))
    assert aligned(slots, ["A", "B"])
    assert not aligned(slots, ["A"])
    assert not aligned(slots, ["A", "C"])
    assert not aligned(slots, ["A", None])


def test_the_request_is_written_without_what_the_proxy_added():
    """Internals and routing go; unknown fields stay, since they may change the answer."""
    data = {
        "model": "gpt-4o", "messages": [{"role": "user", "content": "é"}], "temperature": 0, "new_field": 1,
        "metadata": {}, "litellm_call_id": "x", "user_api_key_hash": "x", "proxy_server_request": {}, "api_key": "sk",
        "litellm_logging_obj": object(), "guardrails": [], "pith": {}, "cache": {}, "_internal": 1,
    }  # fmt: skip
    body = request_json(data)
    assert json.loads(body) == {
        "model": "gpt-4o", "messages": [{"role": "user", "content": "é"}], "temperature": 0, "new_field": 1,
    }  # fmt: skip


@pytest.mark.parametrize("value", [object(), float("nan"), float("inf"), "\ud800", {1, 2}])
def test_what_is_no_json_is_none(value):
    """Such a request is not looked up."""
    assert request_json({"model": value}) is None


def test_a_request_nested_too_deep_is_none():
    """Recursion ends in None."""
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    assert request_json({"messages": deep}) is None


def test_internal_keys():
    """Names and prefixes are refused, other types as well."""
    assert all(is_internal(key) for key in INTERNAL_KEYS)
    assert is_internal(3)
    assert not is_internal("messages")


_text = st.text(max_size=12)
_part = st.one_of(
    st.fixed_dictionaries({"type": st.just("text"), "text": _text}),
    st.fixed_dictionaries({"type": st.just("text"), "text": _text, "cache_control": st.just({"type": "ephemeral"})}),
    st.just({"type": "image_url", "image_url": {"url": "https://x/y.png"}}),
)
_message = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["system", "developer", "user", "assistant", "tool", "function", "odd"]),
        "content": st.one_of(st.none(), _text, st.lists(_part, max_size=4)),
    },
    optional={
        "tool_call_id": st.sampled_from(["c1", "c2"]),
        "tool_calls": st.just([{"id": "c1", "function": {"name": "f", "arguments": "{}"}}]),
        "cache_control": st.just({"type": "ephemeral"}),
    },
)


class Recorder:
    """The part of a guardrail that LiteLLM's own walk asks."""

    guardrail_name = "recorder"
    records_own_guardrail_information = True
    skip_system_message_in_guardrail = None
    skip_tool_message_in_guardrail = None
    scan_only_tool_results = None

    def __init__(self):
        self.texts = []

    async def apply_guardrail(self, inputs, request_data, input_type, logging_obj=None):
        """Note the texts and change nothing."""
        self.texts = list(inputs["texts"])
        return inputs


@given(st.lists(_message, max_size=8))
def test_our_walk_is_litellms_own(messages):
    """For any conversation our slots are exactly the texts that LiteLLM hands to a guardrail, in its order."""
    recorder = Recorder()
    asyncio.run(OpenAIChatCompletionsHandler().process_input_messages({"messages": messages}, recorder))
    assert aligned(chat_slots({"messages": messages}), recorder.texts)


@given(st.lists(_message, max_size=8))
def test_locks_form_a_prefix(messages):
    """Apart from pinned slots of their own, nothing is locked after the last mark."""
    plain = [{**message, "role": "user"} for message in messages]
    locks = [slot.locked for slot in chat_slots({"messages": plain})]
    assert locks == sorted(locks, reverse=True)


_any = st.recursive(
    st.none() | st.integers() | _text, lambda x: st.lists(x, max_size=3) | st.dictionaries(_text, x, max_size=3)
)


@given(_any)
def test_any_messages_are_walked_without_failing(messages):
    """Malformed conversations give some slots or none."""
    assert isinstance(chat_slots({"messages": messages}), tuple)
