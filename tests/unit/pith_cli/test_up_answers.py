"""Tests of reading answers."""

import json

from hypothesis import given
from hypothesis import strategies as st

from fakes_cli import completion, sse
from pith_cli.up.answers import Said, read_answer, read_stream


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_a_streamed_answer_reads_like_a_whole_one(text: str) -> None:
    """Text, finish reason and usage do not depend on how the answer came."""
    assert read_stream(sse(text)) == read_answer(completion(text)) == Said(text, (), 9, 4, "stop")


def test_reads_the_tools_that_an_answer_calls() -> None:
    """Names come once each, though a stream repeats the call without it."""
    call = {"id": "c1", "function": {"name": "find_report", "arguments": ""}}
    more = {"index": 0, "function": {"arguments": "{}"}}
    whole = {"choices": [{"message": {"content": None, "tool_calls": [call]}, "finish_reason": "tool_calls"}]}
    chunks = [{"choices": [{"delta": {"tool_calls": [part]}}]} for part in (call, more)]
    streamed = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)
    assert read_answer(whole).tools == read_stream(streamed).tools == ("find_report",)


def test_an_answer_without_choices_says_nothing() -> None:
    """Nothing is made up of an unusual body."""
    assert read_answer({}) == Said()
    assert read_answer({"choices": [], "usage": None}) == Said()
    assert read_stream(": comment\n\ndata: [DONE]\n\n") == Said()
