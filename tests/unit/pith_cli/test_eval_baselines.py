"""Tests of the simple methods."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pith_cli.eval.baselines import WordWeights, count_each, fill, rank_all, smooth
from pith_cli.eval.trials import Trial, sentences, words

TEXT = "The cat of Rome is old. The dog of the man is 7 years old. The bird."
TRIAL = Trial(1, TEXT, "How old is the dog?", tuple(sentences(TEXT)))
WORDS = words(TEXT)
WEIGHTS = WordWeights(["the cat is", "the dog is old", "the man of the bird", "of"])


def _kept(name: str, budget: int, *, blind: bool = False) -> str:
    ranked = rank_all(TRIAL, WORDS, WEIGHTS, blind=blind)[name]
    flags = fill(ranked, [1] * len(WORDS), budget)
    return " ".join(TEXT[a:b] for (a, b), flag in zip(WORDS, flags, strict=True) if flag)


def test_each_method_keeps_what_its_name_says() -> None:
    """The first words, the rare ones, numbers and names, whole sentences."""
    assert _kept("head", 6) == "The cat of Rome is old."
    assert "the" not in _kept("idf", 6).lower().split()
    assert {"Rome", "7"} <= set(_kept("idf_caps", 3).split())
    assert _kept("random_sentences", 2) == "The bird."


def test_bm25_needs_the_question() -> None:
    """Its best sentence comes first; without a question it is not there at all."""
    assert _kept("bm25", 9) == "The dog of the man is 7 years old."
    assert "bm25" not in rank_all(TRIAL, WORDS, WEIGHTS, blind=True)


def test_every_method_uses_the_words_once() -> None:
    """So that a rate of one keeps everything."""
    for name, ranked in rank_all(TRIAL, WORDS, WEIGHTS, blind=False).items():
        assert sorted(index for group in ranked for index in group) == list(range(len(WORDS))), name


def test_chance_is_the_same_every_time() -> None:
    """Two runs compare."""
    assert rank_all(TRIAL, WORDS, WEIGHTS, blind=False) == rank_all(TRIAL, WORDS, WEIGHTS, blind=False)


def test_a_sentence_that_does_not_fit_gives_its_beginning() -> None:
    """So that all methods use up the same tokens; what comes after it in rank is gone."""
    assert fill([(0,), (1,), (2,)], [2, 5, 1], 4) == [True, False, True]
    assert fill([(2, 3), (0, 1)], [1, 1, 1, 1], 3) == [True, False, True, True]
    assert fill([(0, 1), (2,)], [1, 5, 1], 3) == [True, False, False]


def test_smoothing_shares_with_the_neighbours() -> None:
    """(1, 2, 1) / 4, the ends their own neighbours."""
    assert smooth([0, 4, 0]) == [1, 2, 1]
    assert smooth([3]) == [3]
    assert smooth([]) == []


def test_tokens_are_counted_once_a_word() -> None:
    """What is known is not counted again."""
    known = {"a": 5}
    assert count_each(["a", "bb", "bb"], len, known) == [5, 3, 3]
    assert known == {"a": 5, "bb": 3}


def test_a_word_that_no_text_has_is_the_rarest() -> None:
    """Punctuation around it does not matter."""
    assert WEIGHTS.idf("zebra") > WEIGHTS.idf("cat") == WEIGHTS.idf("Cat,") > WEIGHTS.idf("the")


@given(st.lists(st.integers(1, 9), min_size=1, max_size=20), st.floats(0, 60), st.randoms(use_true_random=False))
def test_no_budget_is_exceeded(costs: list[int], budget: float, rng: object) -> None:
    """Whatever the order."""
    order = [(index,) for index in range(len(costs))]
    rng.shuffle(order)  # type: ignore[attr-defined]
    kept = fill(order, costs, budget)
    assert sum(cost for cost, flag in zip(costs, kept, strict=True) if flag) <= budget
    left = budget - sum(cost for cost, flag in zip(costs, kept, strict=True) if flag)
    assert all(flag or cost > left for cost, flag in zip(costs, kept, strict=True))


@pytest.mark.parametrize("rate", [0.2, 0.5])
def test_the_share_of_tokens_is_the_one_given(rate: float) -> None:
    """Methods that take single words come within one word of it."""
    costs = [2] * len(WORDS)
    for name in ("random_words", "head", "idf", "idf_caps", "idf_caps_smoothed"):
        ranked = rank_all(TRIAL, WORDS, WEIGHTS, blind=True)[name]
        kept = fill(ranked, costs, rate * sum(costs))
        assert 0 <= rate * sum(costs) - 2 * sum(kept) < 2
