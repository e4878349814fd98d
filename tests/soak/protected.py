"""Prompts of every kind of content: nothing protected changes, numbers, negations and modals stay with their sentence."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from compressor_service.compression import Compressor
from compressor_service.engines import load_word_scorer
from compressor_service.policy import Policy
from compressor_service.relevance import load_scorer
from fakes_compressor import new_compressor, run, user
from prompts import check as check_prompt
from prompts import generate
from soak.check import Check, Found, Step

PROMPTS_A_STEP = 50
_RATES = (0.2, 0.33, 0.5, 0.7)
# What chooses: sentences for the question and words in the least relevant ones, or words alone.
_ENGINES = ("", "", "tiny_onnx")


def check(steps: int = 100) -> Check:
    """Fifty prompts a step, made from their number, at rates and engines in turn: 100 steps are 5,000 prompts."""
    says = "5,000 generated prompts: protected bytes equal, receipts join, numbers and negations kept"
    return Check("protected_content", says, steps, _open)


@asynccontextmanager
async def _open() -> AsyncIterator[Step]:
    compressor = new_compressor(score=load_scorer(), words=load_word_scorer("tiny_onnx"))

    async def step(number: int) -> Found:
        seeds = range(number * PROMPTS_A_STEP, (number + 1) * PROMPTS_A_STEP)
        outcomes = [_one(compressor, seed) for seed in seeds]
        changed = sum(changed for changed, _ in outcomes) / PROMPTS_A_STEP
        return Found(PROMPTS_A_STEP, [wrong for _, wrong in outcomes if wrong], {"changed": changed})

    yield step


def _one(compressor: Compressor, seed: int) -> tuple[bool, str]:
    """Compress one prompt; whether it changed, and what is wrong with the result."""
    prompt = generate(seed)
    policy = Policy(rate=_RATES[seed % len(_RATES)], min_tokens=1, engine=_ENGINES[seed % len(_ENGINES)])
    segment = run([user(prompt.text, query=prompt.question)], policy, compressor=compressor).segments[0]
    try:
        check_prompt(prompt, segment)
    except AssertionError as error:
        return segment.changed, f"prompt {seed} at rate {policy.rate} {policy.engine}: {error}"
    return segment.changed, ""
