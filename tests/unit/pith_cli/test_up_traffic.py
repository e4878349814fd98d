"""Tests of reading the sample traffic."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pith_cli.up.traffic import TrafficError, expand, parse, provider_of, read_traffic, texts

_LINE: dict[str, Any] = {
    "id": "one",
    "tenant": "acme",
    "model": "claude-sonnet-4-5",
    "stream": True,
    "messages": [{"role": "user", "content": "{{document:a.md}}\n\nQuestion: Who?"}],
    "expect": {"kind": "document-question", "cache": "miss", "answer_contains": "Ada", "compression": "applied"},
}


def _write(folder: Path, *lines: dict[str, Any]) -> Path:
    (folder / "documents").mkdir()
    (folder / "documents" / "a.md").write_text("It was Ada.\n")
    path = folder / "traffic.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_documents_are_put_in_place_of_their_names(tmp_path: Path) -> None:
    """A request is complete after reading, and streams ask for their usage."""
    (sample,) = read_traffic(_write(tmp_path, _LINE))
    assert sample.body["messages"] == [{"role": "user", "content": "It was Ada.\n\nQuestion: Who?"}]
    assert sample.body["stream_options"] == {"include_usage": True}
    assert sample.provider == "anthropic"
    assert sample.longest_text.startswith("It was Ada.")


def test_a_plain_request_has_no_stream_options_and_keeps_its_tools() -> None:
    """Only what the line holds is sent, and nothing of what it expects."""
    sample = parse({**_LINE, "stream": False, "tools": [{"type": "function"}]}, lambda _: "text")
    assert sorted(sample.body) == ["messages", "model", "stream", "tools"]


def test_an_answer_that_is_not_checked_is_an_empty_fact() -> None:
    """A null in the file means that nothing is expected."""
    sample = parse({**_LINE, "expect": {"kind": "chat", "cache": "miss", "answer_contains": None}}, lambda _: "text")
    assert sample.expect.answer_contains == ""
    assert sample.expect.compression == ""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"expect": {"kind": "chat", "cache": "hit"}}, "expect.cache is 'hit'; known are bypass, hit-exact"),
        ({"model": "mystery-1"}, "model 'mystery-1' belongs to no known provider"),
        ({"messages": [{"role": "user", "content": "{{document:none.md}}"}]}, "none.md"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    """The error says which line is wrong and why."""
    with pytest.raises(TrafficError, match=message) as error:
        read_traffic(_write(tmp_path, _LINE, {**_LINE, **change}))
    assert "line 2" in str(error.value)


@given(st.recursive(st.none() | st.integers() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)))
def test_a_value_without_document_names_stays_as_it_is(value: Any) -> None:
    """Expansion touches nothing but names of documents."""
    assert expand(value, lambda name: f"<{name}>") == value or "{{document:" in json.dumps(value)


def test_texts_come_with_their_roles_whatever_their_form() -> None:
    """Parts count one by one, and a message without a text does not."""
    parts = [{"type": "text", "text": "a"}, {"type": "image_url"}]
    messages = [
        {"role": "system", "content": "s"},
        {"role": "user", "content": parts},
        {"role": "assistant", "content": None},
    ]
    assert list(texts({"messages": messages})) == [("system", "s"), ("user", "a")]


def test_the_shipped_traffic_is_what_the_run_needs() -> None:
    """The shipped file has enough of everything that the summary promises."""
    samples = read_traffic(Path(__file__).resolve().parents[3] / "samples" / "traffic.jsonl")
    assert len(samples) >= 40
    assert len({sample.id for sample in samples}) == len(samples)
    assert {sample.tenant for sample in samples} == {"acme", "globex"}
    assert {sample.provider for sample in samples} == {"openai", "anthropic", "gemini", "groq"}
    assert sum(sample.expect.cache == "hit-exact" for sample in samples) >= 3
    assert sum(sample.expect.cache == "hit-semantic" for sample in samples) >= 3
    assert sum(sample.kind.startswith("near") for sample in samples) >= 3
    assert sum(bool(sample.expect.answer_contains) for sample in samples) >= 20
    assert 0 < sum(sample.stream for sample in samples) < len(samples)


def test_a_model_belongs_to_its_provider() -> None:
    """The name of a model group begins with its family."""
    assert [provider_of(m) for m in ("gpt-4o-mini", "gemini-2-5-pro", "groq-llama-3-3-70b")] == [
        "openai",
        "gemini",
        "groq",
    ]
