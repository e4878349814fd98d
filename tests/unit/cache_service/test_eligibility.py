"""What may be looked up, and what only the exact tier may serve."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cache_service.eligibility import Eligibility, is_follow_up, judge
from cache_service.requests import read_request
from cache_service.terms import Api, Bypass, ExactOnly
from fakes_cache import chat_body

QUESTION = "How do I cancel an order?"
CALL = {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{}"}}]}


def verdict(body: object, api: Api = Api.CHAT, *, max_temperature: float = 1.0) -> Eligibility:
    """The verdict on a body."""
    request = read_request(api, json.dumps(body).encode(), max_bytes=1_000_000)
    return judge(api, request, max_temperature=max_temperature)


def talk(*messages: dict[str, Any]) -> dict[str, Any]:
    """A conversation."""
    return {"messages": list(messages)}


def said(role: str, text: str) -> dict[str, Any]:
    """One message."""
    return {"role": role, "content": text}


def test_a_plain_question_is_open_to_both_tiers() -> None:
    """Nothing stands against it."""
    assert verdict(chat_body(QUESTION)) == Eligibility()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"n": 2}, Bypass.SEVERAL_ANSWERS),
        ({"n": 0}, Bypass.SEVERAL_ANSWERS),
        ({"logprobs": True}, Bypass.LOGPROBS),
        ({"top_logprobs": 3}, Bypass.LOGPROBS),
        ({"store": True}, Bypass.SERVER_STATE),
        ({"cache": {"no-cache": True}}, Bypass.CLIENT),
        ({"cache": {"no-store": True}}, Bypass.CLIENT),
        ({"pith": {"cache": False}}, Bypass.CLIENT),
        ({"modalities": ["text", "audio"]}, Bypass.NOT_TEXT_OUTPUT),
        ({"audio": {"voice": "alloy"}}, Bypass.NOT_TEXT_OUTPUT),
        ({"temperature": 1.1}, Bypass.TEMPERATURE),
    ],
)
def test_a_request_that_asks_for_more_than_one_text_is_bypassed(fields: dict[str, Any], reason: Bypass) -> None:
    """Each field has its own reason."""
    assert verdict(chat_body(QUESTION, **fields)).bypass is reason


@pytest.mark.parametrize(
    "fields",
    [
        {"n": 1},
        {"n": None},
        {"logprobs": False},
        {"logprobs": None},
        {"store": False},
        {"cache": {}},
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
    assert verdict(chat_body(QUESTION, **fields)) == Eligibility()


@pytest.mark.parametrize(
    ("api", "body", "reason"),
    [
        (Api.RESPONSES, {"input": QUESTION, "previous_response_id": "r1"}, Bypass.SERVER_STATE),
        (Api.RESPONSES, {"input": QUESTION, "background": True}, Bypass.SERVER_STATE),
        (Api.RESPONSES, {"input": [{"type": "item_reference", "id": "i"}, said("user", "x")]}, Bypass.SERVER_STATE),
        (Api.RESPONSES, {"input": QUESTION, "include": ["message.output_text.logprobs"]}, Bypass.LOGPROBS),
        (Api.TEXT, {"prompt": ["a", "b"]}, Bypass.SEVERAL_ANSWERS),
        (Api.TEXT, {"prompt": "a", "logprobs": 0}, Bypass.LOGPROBS),
        (Api.TEXT, {"prompt": [1, 2, 3]}, Bypass.NO_TEXT),
        (Api.CHAT, {}, Bypass.NO_TEXT),
        (Api.CHAT, talk(said("user", "  ")), Bypass.NO_TEXT),
        (Api.CHAT, talk(said("system", "x")), Bypass.NO_TEXT),
    ],
)
def test_each_api_has_its_own_ways_to_be_bypassed(api: Api, body: dict[str, Any], reason: Bypass) -> None:
    """State at the provider, several prompts, no text."""
    assert verdict(body, api).bypass is reason


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
    assert verdict(body) == Eligibility(exact_only=reason)


def test_an_anthropic_tool_result_closes_the_semantic_tier() -> None:
    """It comes in a user message."""
    block = {"type": "tool_result", "tool_use_id": "1", "content": "5"}
    body = talk({"role": "user", "content": [block, {"type": "text", "text": QUESTION}]})
    assert verdict(body, Api.MESSAGES).exact_only is ExactOnly.TOOLS_PENDING


def test_a_responses_tool_output_closes_the_semantic_tier() -> None:
    """It is an item of its own after the question."""
    body = {"input": [said("user", QUESTION), {"type": "function_call_output", "call_id": "1", "output": "5"}]}
    assert verdict(body, Api.RESPONSES).exact_only is ExactOnly.TOOLS_PENDING


def test_tools_that_are_done_with_do_not_close_it() -> None:
    """A new question after a finished tool call is a question like any other."""
    body = talk(
        said("user", "Hi"), CALL, {"role": "tool", "content": "5"}, said("assistant", "5."), said("user", QUESTION)
    )
    assert verdict(body) == Eligibility()


def test_the_policys_temperature_closes_the_semantic_tier_only() -> None:
    """Above it the exact tier still serves, up to what no default reaches."""
    assert verdict(chat_body(QUESTION, temperature=0.7), max_temperature=0.3) == Eligibility(
        exact_only=ExactOnly.TEMPERATURE
    )
    assert verdict(chat_body(QUESTION, temperature=1.5), max_temperature=0.3).bypass is Bypass.TEMPERATURE
    assert verdict(chat_body(QUESTION, temperature=1.5), max_temperature=2.0) == Eligibility()


@pytest.mark.parametrize(
    "text",
    [
        "yes", "Yes, please!", "No.", "ok", "continue", "go on", "the second one", "The last option?", "why?", "Why not?",
        "tell me more", "and then?", "What about refunds?", "do it again", "summarize it", "explain that please",
        "ja", "nein", "weiter", "das zweite", "warum?", "Und was ist mit Rabatten?", "mach weiter", "this one",
    ],
)  # fmt: skip
def test_follow_ups_are_known_with_and_without_a_conversation(text: str) -> None:
    """Their meaning lies in what was said before."""
    assert is_follow_up(text, in_conversation=True)
    assert is_follow_up(text, in_conversation=False)


@pytest.mark.parametrize("text", ["How much does it cost?", "Who wrote that?", "Is this the best one?"])
def test_a_short_pointing_question_is_one_only_in_a_conversation(text: str) -> None:
    """Without a conversation there is nothing to point at but the text itself."""
    assert is_follow_up(text, in_conversation=True)
    assert not is_follow_up(text, in_conversation=False)


@pytest.mark.parametrize(
    "text",
    [
        QUESTION, "What is the capital of France?", "Why is the sky blue?", "Continue the story of the two bears",
        "Who is the second president of the United States?", "Explain photosynthesis", "What does yes mean in Czech?",
    ],
)  # fmt: skip
def test_a_full_question_is_no_follow_up(text: str) -> None:
    """It means the same after any conversation."""
    assert not is_follow_up(text, in_conversation=True)


@pytest.mark.parametrize(
    "text",
    [
        "What is the latest version of Python?", "Who is the current president?", "What happened this week?", "News today?",
        "What time is it?", "What did we sell last month?", "Is it open now?", "Wie ist das Wetter heute?",
        "Was ist der aktuelle Kurs?", "Was gibt es diese Woche?", "Is the shop open right now?", "the newest release",
    ],
)  # fmt: skip
def test_questions_bound_to_the_present_are_for_the_exact_tier(text: str) -> None:
    """Their answer changes while the text does not."""
    assert verdict(chat_body(text)).exact_only is ExactOnly.TIME_BOUND


@pytest.mark.parametrize("text", ["Do you know Knowles?", "How do I snow-proof a roof?", "Explain currency pegs"])
def test_words_that_only_contain_such_a_word_are_not(text: str) -> None:
    """Whole words count."""
    assert verdict(chat_body(text)).exact_only is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
FIELDS = st.sampled_from(
    "messages prompt input n logprobs modalities temperature cache pith include audio store tools top_logprobs".split()
)


@given(st.sampled_from(Api), st.dictionaries(FIELDS, JSON, max_size=6))
def test_any_object_gets_a_verdict(api: Api, body: dict[str, Any]) -> None:
    """Odd values in known fields are judged, not stumbled over; a bypass leaves nothing else to say."""
    found = verdict(body, api)
    assert found.bypass is None or found.exact_only is None
