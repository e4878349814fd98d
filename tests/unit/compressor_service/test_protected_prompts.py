"""What must never be damaged is not, over hundreds of generated prompts."""

import pytest

from compressor_service.compression import Request
from compressor_service.policy import Policy
from fakes_compressor import BUDGET_MS, LongWords, new_compressor, user
from prompts import check, generate

PROMPTS = 60


@pytest.mark.parametrize("rate", [0.2, 0.33, 0.5, 0.7])
def test_protected_content_comes_through(rate: float) -> None:
    """No byte of code, data or markup changes, and kept sentences keep numbers, negations and modals."""
    compressor = new_compressor()
    changed = 0
    for seed in range(PROMPTS):
        prompt = generate(seed)
        policy = Policy(rate=rate, min_tokens=1)
        wanted = Request([user(prompt.text, query=prompt.question)], policy, target_model="gpt-4o", budget_ms=BUDGET_MS)
        segment = compressor.compress(wanted).segments[0]
        check(prompt, segment)
        changed += segment.changed
    assert changed > PROMPTS / 2


@pytest.mark.parametrize("rate", [0.33, 0.6])
def test_protected_content_comes_through_where_words_are_dropped(rate: float) -> None:
    """The same holds where single words go, without a question."""
    compressor = new_compressor(words=LongWords())
    for seed in range(1_000, 1_000 + PROMPTS):
        prompt = generate(seed)
        policy = Policy(rate=rate, min_tokens=1, engine="tiny_onnx")
        wanted = Request([user(prompt.text, query=prompt.question)], policy, target_model="gpt-4o", budget_ms=BUDGET_MS)
        check(prompt, compressor.compress(wanted).segments[0])


def test_the_same_seed_makes_the_same_prompt() -> None:
    """Prompts can be made again; different seeds make different ones, with something to protect in most."""
    prompts = [generate(seed) for seed in range(100)]
    assert prompts == [generate(seed) for seed in range(100)]
    assert len({prompt.text for prompt in prompts}) == 100
    assert sum(bool(prompt.protected) for prompt in prompts) > 80
