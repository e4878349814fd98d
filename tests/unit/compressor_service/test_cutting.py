"""Cutting one text, or several under one budget."""

from hypothesis import given
from hypothesis import strategies as st

from compressor_service.conversation import Skip
from compressor_service.cutting import Prepared, Source, cut_jointly, cut_lossless, cut_sentences, prepare
from compressor_service.outcomes import Outcome
from compressor_service.pacing import StageClock
from compressor_service.spans import covers, join_kept
from fakes_compressor import COUNTER, RECIPES, long_text, wild_texts

CLOCK = StageClock(60_000.0)


def prepared(text: str, query: str = "") -> Prepared:
    """Prepare a text."""
    source = Source(text, COUNTER.count(text), query)
    return prepare(source, count=COUNTER.count, clock=CLOCK)


def sentences(text: str, rate: float, query: str = "") -> Outcome:
    """Cut a text down to a rate."""
    one = prepared(text, query)
    return cut_sentences(one, budget=int(rate * one.eligible), count=COUNTER.count, clock=CLOCK, engine="sentences")


def test_the_answer_stays_and_the_rest_goes() -> None:
    """At a third, the sentence that answers, its heading and the code are there, nothing new is."""
    outcome = sentences(RECIPES, 0.33, "When does the gate close?")
    text = join_kept(RECIPES, outcome.spans)
    assert "## Parking" in text
    assert "The gate closes at 22:15 every evening." in text
    assert "However, this does not apply on market days" in text
    assert "```sh\ncurl -s https://mill.example/oven | jq .temperature\n```" in text
    assert "gardener" not in text
    assert covers(outcome.spans, len(RECIPES))


def test_lossless_takes_out_repetitions_only() -> None:
    """A repeated paragraph and a run of blank lines go, everything else stays."""
    text = long_text(3) + "\n\n\n\n\n" + long_text(1)
    outcome = cut_lossless(prepared(text), count=COUNTER.count, clock=CLOCK, engine="lossless")
    assert join_kept(text, outcome.spans).rstrip() == long_text(3)


def test_a_text_that_cannot_get_shorter_is_left_alone() -> None:
    """Nothing is repeated, so nothing changes."""
    outcome = cut_lossless(prepared(RECIPES), count=COUNTER.count, clock=CLOCK, engine="lossless")
    assert (outcome.skip, outcome.engine) == (Skip.NOT_SHORTER, "")


def test_hopeless_texts_say_why() -> None:
    """Code is protected, a short text is too short, a text that asks throughout is a question."""
    assert prepared("```\nx = 1\n```").hopeless is Skip.PROTECTED_CONTENT
    assert prepared("Too short.").hopeless is Skip.TOO_SHORT
    source = Source("Who pays?", 3, question=((0, 9),))
    assert prepare(source, count=COUNTER.count, clock=CLOCK).hopeless is Skip.QUESTION
    assert prepared(RECIPES).hopeless is None


def test_several_texts_share_one_budget() -> None:
    """The text that answers gets most of it, the other keeps at least a sentence."""
    texts = [long_text(6), RECIPES]
    several = [prepared(text, "How much did renewing the kitchen cost?") for text in texts]
    total = sum(one.eligible for one in several)
    outcomes = cut_jointly(several, budget=total // 5, count=COUNTER.count, clock=CLOCK, engine="sentences")
    assert sum(outcome.eligible_after for outcome in outcomes) <= total // 5
    kept = [join_kept(text, outcome.spans) for text, outcome in zip(texts, outcomes, strict=True)]
    assert "48,300 euros" in kept[1]
    assert kept[0].strip()


@given(st.integers(2, 40), st.sampled_from([0.2, 0.33, 0.5, 0.7]), st.sampled_from(["", "Who checked the barrels?"]))
def test_the_rate_is_an_upper_bound_undercut_by_at_most_a_sentence(paragraphs: int, rate: float, query: str) -> None:
    """The kept share of eligible tokens never exceeds the rate, and lies close below it."""
    outcome = sentences(long_text(paragraphs), rate, query)
    assert outcome.eligible_after <= rate * outcome.eligible_before
    assert outcome.eligible_after >= rate * outcome.eligible_before - 40


@given(wild_texts(), st.sampled_from([0.1, 0.5, 0.9]), st.sampled_from(["", "fox dogs"]))
def test_whatever_the_text_the_result_is_a_shorter_selection_of_it(text: str, rate: float, query: str) -> None:
    """Spans cover, kept spans make the result, it is never longer, and never empty."""
    one = prepared(text, query)
    if one.hopeless:
        return
    outcome = cut_sentences(one, budget=int(rate * one.eligible), count=COUNTER.count, clock=CLOCK, engine="sentences")
    assert outcome.tokens_after <= outcome.tokens_before == COUNTER.count(text)
    if outcome.engine:
        assert covers(outcome.spans, len(text))
        result = join_kept(text, outcome.spans)
        assert COUNTER.count(result) == outcome.tokens_after
        assert result.strip()
    for unit in one.units:
        if unit.lock is not None and outcome.engine:
            assert text[unit.start : unit.end] in join_kept(text, outcome.spans)
