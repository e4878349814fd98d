"""Which engine is wanted, and what is below it."""

import pytest

from compressor_service.pacing import LOSSLESS, SENTENCES
from compressor_service.policy import Defaults, Policy, Profile, resolve
from compressor_service.tiers import Engines
from fakes_compressor import LongWords

TINY, BIG = LongWords("tiny_onnx"), LongWords("llmlingua2")
BOTH = Engines("v1", words={"tiny_onnx": TINY, "llmlingua2": BIG}, word_engine="tiny_onnx")
NONE = Engines("v1")


def steps(engines: Engines, policy: Policy, *, asked: bool) -> list[tuple[str, bool]]:
    """Return the ladder as engines, and whether words are scored."""
    rules, _ = resolve(policy, Defaults())
    return [(step.engine, step.words is not None) for step in engines.ladder(rules, asked=asked)]


@pytest.mark.parametrize(
    ("policy", "asked", "expected"),
    [
        (Policy(), True, [(SENTENCES, True), (SENTENCES, False), (LOSSLESS, False)]),
        (Policy(), False, [("tiny_onnx", True), (LOSSLESS, False)]),
        (Policy(rate=0.5), False, [("tiny_onnx", True), (SENTENCES, False), (LOSSLESS, False)]),
        (Policy(profile=Profile.SAFE), True, [(SENTENCES, False), (LOSSLESS, False)]),
        (Policy(profile=Profile.SAFE, rate=0.6), False, [(LOSSLESS, False)]),
        (Policy(profile=Profile.LOSSLESS), True, [(LOSSLESS, False)]),
        (Policy(engine="llmlingua2"), False, [("llmlingua2", True), ("tiny_onnx", True), (LOSSLESS, False)]),
        (Policy(engine=SENTENCES), False, [(SENTENCES, False), (LOSSLESS, False)]),
        (Policy(engine=LOSSLESS), True, [(LOSSLESS, False)]),
    ],
)
def test_the_ladder_from_the_wanted_tier_down(policy: Policy, asked: bool, expected: list[tuple[str, bool]]) -> None:
    """A question asks for sentences and the words of the least relevant; without one words; SAFE never for words."""
    assert steps(BOTH, policy, asked=asked) == expected


def test_without_a_word_engine() -> None:
    """Sentences with a question; without one nothing is dropped, unless a rate was named."""
    assert steps(NONE, Policy(), asked=True) == [(SENTENCES, False), (LOSSLESS, False)]
    assert steps(NONE, Policy(), asked=False) == [(LOSSLESS, False)]
    assert steps(NONE, Policy(rate=0.5), asked=False) == [(SENTENCES, False), (LOSSLESS, False)]


def test_names_and_fingerprints() -> None:
    """Listed is what is loaded, from the highest down; sentences change with the words that they may use."""
    assert BOTH.names == ("llmlingua2", "tiny_onnx", SENTENCES, LOSSLESS)
    assert NONE.names == (SENTENCES, LOSSLESS)
    assert NONE.default_words is None
    found = {engines.fingerprint_of(name) for engines in (BOTH, NONE) for name in engines.names}
    assert len(found) == 5  # lossless is the same with and without word engines
    assert BOTH.fingerprint_of(SENTENCES) != NONE.fingerprint_of(SENTENCES)
    assert Engines("v2").fingerprint_of(LOSSLESS) != NONE.fingerprint_of(LOSSLESS)
