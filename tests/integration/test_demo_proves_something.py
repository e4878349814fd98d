"""The sample traffic tells a good selection from a bad one: with random sentences, its answers are lost."""

import random
from collections.abc import Sequence
from typing import Any

from compressor_service.compression import Compressor, Request
from compressor_service.conversation import Role, Segment
from compressor_service.memos.lru import LruMemo
from compressor_service.pacing import Pacer
from compressor_service.policy import FixedPolicies, Policy
from compressor_service.relevance import Scorer, score_units
from compressor_service.tiers import Engines
from compressor_service.tokens import TokenCounter
from compressor_service.units import Unit
from fakes_samples import expand, load_traffic
from litellm_hooks.request_view import chat_slots
from pith_cli.providers.exchange import respond
from pith_cli.providers.openai import OpenAIChat

ROWS = [row for row in load_traffic() if row["expect"].get("compression") == "applied"]
EXPECTED = [row for row in ROWS if row["expect"]["answer_contains"]]
ROLES = {"system": Role.SYSTEM, "user": Role.USER, "assistant": Role.ASSISTANT, "tool": Role.TOOL}
COUNTER = TokenCounter()


def random_scores(seed: int) -> Scorer:
    """A scorer that knows nothing."""
    dice = random.Random(seed)

    def score(text: str, units: Sequence[Unit], query: str, *, dialogue: bool = False) -> list[float]:
        return [dice.random() for _ in units]

    return score


def run(score: Scorer) -> tuple[int, float]:
    """Compress every sample request as the hooks would; how many answers hold their fact, and the kept share."""
    compressor = Compressor(
        COUNTER,
        LruMemo(max_entries=10_000, max_bytes=10**8),
        pacer=Pacer(),
        policies=FixedPolicies(),
        engines=Engines(score=score),
    )
    kept, before, after = 0, 0, 0
    for row in EXPECTED:
        messages = expand(row)
        segments = _segments(messages)
        result = compressor.compress(Request(segments, Policy(), target_model=row["model"], budget_ms=60_000))
        before += sum(one.outcome.eligible_before for one in result.segments)
        after += sum(one.outcome.eligible_after for one in result.segments)
        kept += row["expect"]["answer_contains"] in _answer(row, messages, [one.text for one in result.segments])
    return kept, after / before


def _segments(messages: list[dict[str, Any]]) -> list[Segment]:
    return [
        Segment(
            str(index),
            ROLES[slot.role],
            slot.text,
            locked=slot.locked,
            call_name=slot.tool_call.name if slot.tool_call else "",
            call_arguments=slot.tool_call.arguments if slot.tool_call else "",
        )
        for index, slot in enumerate(chat_slots({"messages": messages}))
    ]


def _answer(row: dict[str, Any], messages: list[dict[str, Any]], texts: list[str]) -> str:
    rest = iter(texts)
    sent = [{**m, "content": next(rest)} if isinstance(m["content"], str) else m for m in messages]
    body = {"model": row["model"], "messages": sent, "tools": row.get("tools")}
    return respond(OpenAIChat().read("/openai/v1/chat/completions", body).prompt).text


def test_random_sentences_at_the_same_rate_lose_the_answers() -> None:
    """The real selection keeps every expected answer; random sentences at the same rate keep fewer than 80 %."""
    kept, share = run(score_units)
    assert len(EXPECTED) >= 20
    assert kept == len(EXPECTED)
    for seed in range(3):
        kept_by_chance, share_by_chance = run(random_scores(seed))
        assert kept_by_chance < 0.8 * len(EXPECTED)
        assert abs(share_by_chance - share) < 0.03
