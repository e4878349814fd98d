"""Tests of the compressor's scenarios."""

from fakes_cli import FakeCompressor, serving
from pith_cli.bench import compressor
from pith_cli.bench.corpus import Document
from pith_cli.bench.plan import Plan
from pith_cli.clients import CompressorClient


async def test_the_scenarios_of_the_contract() -> None:
    """One per size and callers, then the empty call; no text is sent twice."""
    steps: list[str] = []
    plan = Plan(seconds=0.2, on_step=steps.append, tokens=(128, 500), max_calls=5)
    fake = FakeCompressor()
    async with serving(compressor=fake) as address, CompressorClient(address) as client:
        found = await compressor.scenarios(client, plan)
    assert [(entry["name"], entry["params"].get("tokens"), entry["params"]["callers"]) for entry in found] == [
        ("compress", 128, 1),
        ("compress", 128, 8),
        ("compress", 500, 1),
        ("compress", 500, 8),
        ("echo", None, 1),
        ("echo", None, 8),
    ]
    assert found[0]["params"] == {"tokens": 128, "callers": 1, "mode": "question", "engine": "sentences"}
    assert found[0]["figures"] == {"ratio": 1.0}
    assert all(entry["errors"] == 0 and entry["n"] > 0 for entry in found)
    assert len(steps) == compressor.steps(plan)
    texts = [request.segments[-1].text for request in fake.requests]
    assert len(set(texts)) == len(texts)


def test_a_document_is_asked_about_as_a_chat_does() -> None:
    """The question stands at the end of the last user message."""
    assert [text.text for text in compressor.conversation(Document("A text.", "Why?"))][-1] == "A text.\n\nWhy?"


def test_where_nothing_is_eligible_nothing_gets_shorter() -> None:
    """A ratio of 1 means that the tokens stayed."""
    assert compressor.ratio([]) == 1.0
