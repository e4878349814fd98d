"""The samples hold what `pith up` needs, and their facts can be found by whoever reads the whole text."""

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from fakes_samples import DOCUMENTS, answer_to, documents_of, expand, keep_random_sentences, load_traffic

ROWS = load_traffic()
BY_ID = {row["id"]: row for row in ROWS}
FACTS = [row for row in ROWS if row["expect"]["answer_contains"] is not None]
ABOUT_DOCUMENTS = [row for row in FACTS if documents_of(row)]
PROVIDER_OF = {
    "gpt-4o": "openai",
    "gpt-4o-mini": "openai",
    "claude-sonnet-4-5": "anthropic",
    "claude-opus-4-1": "anthropic",
    "gemini-2-5-pro": "gemini",
    "gemini-2-5-flash": "gemini",
    "groq-llama-3-3-70b": "groq",
}
CACHE_OF_KIND = {
    "repeat": "hit-exact",
    "paraphrase": "hit-semantic",
    "near-miss-number": "miss",
    "near-miss-negation": "miss",
    "other-tenant": "miss",
}
KINDS = {*CACHE_OF_KIND, "document-question", "chat", "agent", "code"}


def state(row: dict[str, Any]) -> str:
    """What must be equal before one answer may serve another request: everything but the last user text."""
    messages = [dict(message) for message in row["messages"]]
    next(m for m in reversed(messages) if m["role"] == "user")["content"] = ""
    return repr((row["tenant"], row["model"], row.get("tools"), messages))


def question(row: dict[str, Any]) -> str:
    """The last user text, with its placeholders."""
    return next(m["content"] for m in reversed(row["messages"]) if m["role"] == "user")


def before(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The requests before this one."""
    return ROWS[: ROWS.index(row)]


@pytest.mark.parametrize("row", ROWS, ids=list(BY_ID))
def test_a_request_is_valid(row: dict[str, Any]) -> None:
    """Every field is there and holds what it may hold; every document exists."""
    assert set(row) - {"tools"} == {"id", "tenant", "model", "stream", "messages", "expect"}
    assert row["tenant"] in {"acme", "globex"}
    assert row["model"] in PROVIDER_OF
    assert isinstance(row["stream"], bool)
    assert set(row["expect"]) <= {"kind", "cache", "compression", "answer_contains"}
    assert row["expect"]["kind"] in KINDS
    assert row["expect"]["cache"] in {"miss", "hit-exact", "hit-semantic"}
    assert row["expect"].get("compression", "applied") in {"applied", "skipped"}
    assert all("{{" not in (message["content"] or "") for message in expand(row))


def test_ids_are_unique() -> None:
    """A request can be named."""
    assert len(BY_ID) == len(ROWS)


def test_there_is_enough_of_everything() -> None:
    """The counts that the demonstration promises."""
    kinds = Counter(row["expect"]["kind"] for row in ROWS)
    caches = Counter(row["expect"]["cache"] for row in ROWS)
    assert len(ROWS) >= 44
    assert len(FACTS) >= 24
    assert {PROVIDER_OF[row["model"]] for row in ROWS} == {"openai", "anthropic", "gemini", "groq"}
    assert {row["model"] for row in ROWS} == set(PROVIDER_OF)
    assert set(kinds) == KINDS
    assert caches["hit-exact"] >= 4
    assert caches["hit-semantic"] >= 5
    assert kinds["near-miss-number"] + kinds["near-miss-negation"] >= 5
    assert min(Counter(row["stream"] for row in ROWS).values()) >= 15


def test_documents() -> None:
    """At least eight documents of 500 to 2,500 words, several of them long, each one used."""
    words = {path.name: len(path.read_text(encoding="utf-8").split()) for path in DOCUMENTS.iterdir()}
    assert len(words) >= 8
    assert all(500 <= count <= 2500 for count in words.values())
    assert sum(count >= 1200 for count in words.values()) >= 3
    assert {name for row in ROWS for name in documents_of(row)} == set(words)


@pytest.mark.parametrize("row", FACTS, ids=[row["id"] for row in FACTS])
def test_the_fact_stands_in_the_prompt(row: dict[str, Any]) -> None:
    """An expected fact is an exact piece of what the request says, outside the question."""
    fact = row["expect"]["answer_contains"]
    assert sum((message["content"] or "").count(fact) for message in expand(row)) >= 1
    assert fact not in question(row).rpartition("\n\n")[2]


@pytest.mark.parametrize("row", FACTS, ids=[row["id"] for row in FACTS])
def test_the_whole_prompt_gives_the_fact(row: dict[str, Any]) -> None:
    """The demonstration is fair: without compression the reader answers every question right."""
    assert row["expect"]["answer_contains"] in answer_to(row)


@pytest.mark.parametrize("seed", range(5))
def test_random_sentences_lose_facts(seed: int) -> None:
    """The demonstration proves something: with half of the sentences drawn by chance, fewer than 80 % of the facts are found."""
    damaged = [answer_to(row, lambda text: keep_random_sentences(text, 0.5, seed)) for row in ABOUT_DOCUMENTS]
    kept = sum(row["expect"]["answer_contains"] in said for row, said in zip(ABOUT_DOCUMENTS, damaged, strict=True))
    assert kept < 0.8 * len(ABOUT_DOCUMENTS)


def test_random_sentences_keep_the_rate() -> None:
    """The random selection keeps whole sentences, in order, at most at its rate and nearly so."""
    text = (DOCUMENTS / "leave_policy.md").read_text(encoding="utf-8")
    kept = keep_random_sentences(text, 0.5, seed=1)
    assert 0.47 <= len(kept.split()) / len(text.split()) <= 0.5
    assert kept != keep_random_sentences(text, 0.5, seed=2)
    assert keep_random_sentences(text, 1.0, seed=1).split() == text.split()


@pytest.mark.parametrize("row", [r for r in ROWS if r["expect"]["cache"] == "hit-exact"], ids=lambda row: row["id"])
def test_a_repeat_repeats(row: dict[str, Any]) -> None:
    """An exact hit has an equal request of the same tenant before it, which was itself a miss."""
    assert any(
        state(row) == state(other) and question(row) == question(other) and other["expect"]["cache"] == "miss"
        for other in before(row)
    )


def test_repeats_cross_streaming() -> None:
    """A streamed answer serves a whole one and the other way round."""
    crossings = set()
    for row in (r for r in ROWS if r["expect"]["cache"] == "hit-exact"):
        original = next(o for o in before(row) if state(o) == state(row) and question(o) == question(row))
        crossings.add((original["stream"], row["stream"]))
    assert {(False, True), (True, False)} <= crossings


@pytest.mark.parametrize("row", [r for r in ROWS if r["expect"]["cache"] == "hit-semantic"], ids=lambda row: row["id"])
def test_a_paraphrase_asks_the_same_in_other_words(row: dict[str, Any]) -> None:
    """A semantic hit has a request in the same state before it, worded differently, with the same fact; its text is short."""
    originals = [o for o in before(row) if state(o) == state(row) and o["expect"]["cache"] == "miss"]
    same = [o for o in originals if o["expect"]["answer_contains"] == row["expect"]["answer_contains"]]
    assert same
    assert all(question(o) != question(row) for o in same)
    assert len(question(row).split()) < 40
    assert not documents_of({"messages": [{"content": question(row)}]})


@pytest.mark.parametrize(
    "row", [r for r in ROWS if r["expect"]["kind"].startswith("near-miss")], ids=lambda row: row["id"]
)
def test_a_near_miss_has_another_answer(row: dict[str, Any]) -> None:
    """A near miss differs by a few words from a request in the same state, and its right answer differs."""
    originals = [o for o in before(row) if state(o) == state(row)]
    near = [o for o in originals if len(set(question(o).split()) ^ set(question(row).split())) <= 2]
    assert near
    assert all(o["expect"]["answer_contains"] not in answer_to(row) for o in near)


def test_the_other_tenant_asks_the_same() -> None:
    """What one tenant asked, another asks too, word for word."""
    for row in (r for r in ROWS if r["expect"]["kind"] == "other-tenant"):
        twins = [o for o in before(row) if (o["model"], o["messages"]) == (row["model"], row["messages"])]
        assert any(twin["tenant"] != row["tenant"] for twin in twins)


def test_the_chat_grows() -> None:
    """Each turn of the chat begins with the whole chat so far."""
    turns = [row["messages"] for row in ROWS if row["expect"]["kind"] == "chat" and row["tenant"] == "globex"]
    assert len(turns) >= 3
    assert all(after[: len(turn)] == turn for turn, after in pairwise(turns))


def test_the_agent_calls_and_reads() -> None:
    """The agent's first turn ends in a tool call; later turns carry long tool results with their calls."""
    first, *later = [row for row in ROWS if row["expect"]["kind"] == "agent"]
    assert answer_to(first) == ""
    for row in later:
        results = [m for m in row["messages"] if m["role"] == "tool"]
        calls = [call["id"] for m in row["messages"] for call in m.get("tool_calls", [])]
        assert [m["tool_call_id"] for m in results] == calls
        assert all(len(m["content"].split()) > 500 for m in expand(row) if m["role"] == "tool")
