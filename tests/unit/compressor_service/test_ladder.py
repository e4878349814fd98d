"""Falling from tier to tier."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from compressor_service.conversation import Skip
from compressor_service.cutting import Source
from compressor_service.engines import Passage
from compressor_service.ladder import Job, Ladder
from compressor_service.pacing import LOSSLESS, SENTENCES, Pacer, StageClock
from compressor_service.policy import Defaults, Policy, resolve
from compressor_service.tiers import SENTENCES_AND_WORDS, Engines
from fakes_compressor import COUNTER, LongWords, long_text
from grpc_serving.errors import Overloaded, Unavailable

QUESTION = "Who counts the barrels?"
REPEATING = f"{long_text(12)}\n\n{long_text(2)}"


class Refusing:
    """A word scorer that is out of order, or has a full queue."""

    name = "llmlingua2"
    fingerprint = "refusing-1"

    def __init__(self, error: Exception) -> None:
        self._error = error

    def score(self, passages: Sequence[Passage]) -> list[NDArray[np.float32]]:
        """Refuse."""
        raise self._error


def source(text: str = REPEATING, query: str = QUESTION) -> Source:
    """Return a text to be cut."""
    return Source(text, COUNTER.count(text), query)


def job(policy: Policy | None = None, budget_ms: float = 60_000.0, pacer: Pacer | None = None) -> Job:
    """Return a job with a budget."""
    rules, _ = resolve(policy or Policy(rate=0.5, min_tokens=0), Defaults())
    return Job(rules, "o200k_base", StageClock(budget_ms, pacer))


def ladder(pacer: Pacer | None = None, *words: LongWords | Refusing) -> Ladder:
    """Return a ladder over some word engines; the first is the default."""
    engines = Engines("test", words={one.name: one for one in words}, word_engine=words[0].name if words else "")
    return Ladder(COUNTER, pacer=pacer or Pacer(), engines=engines)


def measured(**costs: float) -> Pacer:
    """Return a pacer that knows what a text of the size of the source costs."""
    pacer = Pacer()
    for name, cost_ms in costs.items():
        pacer.observe(name.replace("_and_", "+"), source().tokens, cost_ms)
    return pacer


def test_with_time_the_wanted_tier_is_taken_and_measured() -> None:
    """Sentences with a question, words without; the pacer learns what they cost."""
    pacer, words = Pacer(), LongWords()
    high = ladder(pacer, words)
    asked = high.cut(job(), source(), 60_000.0)
    assert (asked.engine, asked.degraded_from) == (SENTENCES, "")
    blind = high.cut(job(), source(query=""), 60_000.0)
    assert (blind.engine, blind.degraded_from) == ("tiny_onnx", "")
    assert words.calls >= 1
    assert pacer.cost(SENTENCES_AND_WORDS) > 0
    assert pacer.cost("tiny_onnx") > 0


def test_tiers_that_do_not_fit_are_passed_over_by_name() -> None:
    """First the words go, then the sentences, then everything; the reply names what was wanted."""
    costs = measured(sentences_and_words=10_000.0, sentences=1_000.0, lossless=0.5)
    low = ladder(costs, LongWords())
    found = [low.cut(job(), source(), share_ms) for share_ms in (60_000.0, 5_000.0, 400.0, 0.1)]
    assert [outcome.engine for outcome in found] == [SENTENCES, SENTENCES, LOSSLESS, ""]
    assert [outcome.degraded_from for outcome in found] == ["", "tiny_onnx", SENTENCES, SENTENCES]
    assert found[-1].skip is Skip.NO_BUDGET
    assert found[-1].eligible_before == found[-1].eligible_after == source().tokens


def test_a_stage_that_runs_out_of_time_leads_to_the_next_tier() -> None:
    """Word scoring was thought to fit and does not: sentences stay whole words."""
    pacer = measured(words=100_000.0)
    outcome = ladder(pacer, LongWords()).cut(job(pacer=pacer), source(query=""), 60_000.0)
    assert (outcome.engine, outcome.degraded_from) == (SENTENCES, "tiny_onnx")


def test_when_the_time_is_over_in_the_middle_the_text_goes_on_whole() -> None:
    """No stage begins after the budget, and what is not finished is not used."""
    pacer = measured(structure=100_000.0)
    outcome = ladder(pacer).cut(job(pacer=pacer), source(), 60_000.0)
    assert (outcome.skip, outcome.degraded_from) == (Skip.NO_BUDGET, SENTENCES)


@pytest.mark.parametrize("error", [Overloaded("queue", retry_after_s=1), Unavailable("down")])
def test_an_engine_that_refuses_leads_to_the_next_tier(error: Exception) -> None:
    """A full queue of one engine is no error of the request."""
    both = ladder(None, LongWords(), Refusing(error))
    policy = Policy(engine="llmlingua2", rate=0.5, min_tokens=0)
    outcome = both.cut(job(policy), source(query=""), 60_000.0)
    assert (outcome.engine, outcome.degraded_from) == ("tiny_onnx", "llmlingua2")


def test_several_texts_share_the_time() -> None:
    """Each has its share by size; what one does not use is left to the others."""
    pacer = measured(sentences=30.0, lossless=0.1)
    several = {0: source(), 1: source(f"{long_text(11)} x"), 2: source(f"{long_text(12)} y")}
    outcomes = ladder(pacer).cut_each(job(budget_ms=70.0, pacer=pacer), several)
    assert list(outcomes) == [0, 1, 2]
    assert outcomes[0].degraded_from == SENTENCES
    assert ladder(Pacer()).cut_each(job(), several)[0].engine == SENTENCES


def test_eligible_tokens_decide_what_is_too_short() -> None:
    """A short text around a long protected block is short."""
    code = "x = 1\n" * 400
    text = f"{long_text(3)}\n\n```\n{code}```\n"
    assert ladder().cut(job(Policy(min_tokens=250)), source(text), 60_000.0).skip is Skip.TOO_SHORT


def test_a_target_is_shared_out_where_texts_cannot_be_weighed_together() -> None:
    """One text has a question and one has none: each gets its part of the target."""
    several = {0: source(long_text(12)), 1: source(f"{long_text(12)} z", query="")}
    outcomes = ladder(None, LongWords()).cut_jointly(job(Policy(target_tokens=300, min_tokens=0)), several)
    assert sum(outcome.tokens_after for outcome in outcomes.values()) <= 300
    assert all(outcome.engine for outcome in outcomes.values())


def test_a_target_never_goes_below_what_the_operator_allows() -> None:
    """The floor holds for the joint budget, too."""
    rules, _ = resolve(Policy(target_tokens=1, min_tokens=0), Defaults())
    floored = replace(job(), rules=replace(rules, floor=0.5))
    outcomes = ladder().cut_jointly(floored, {0: source(long_text(12)), 1: source(f"{long_text(12)} z")})
    kept = sum(outcome.eligible_after for outcome in outcomes.values())
    assert 0.4 < kept / sum(outcome.eligible_before for outcome in outcomes.values()) <= 0.5
