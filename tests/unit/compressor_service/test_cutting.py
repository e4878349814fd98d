"""Cutting one text, or several under one budget."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressor_service.conversation import Skip
from compressor_service.cutting import Prepared, Source, cut_jointly, cut_lossless, cut_sentences, cut_words, prepare
from compressor_service.outcomes import Outcome
from compressor_service.pacing import StageClock
from compressor_service.protection import find_musts
from compressor_service.spans import Reason, covers, join_kept
from fakes_compressor import COUNTER, PARAGRAPHS, RECIPES, long_text, wild_texts
from fakes_words import SurfaceScorer

# No end: the clock runs from the import on, and a whole test run lies before its first use.
CLOCK = StageClock(float("inf"))


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


def words(text: str, rate: float, query: str = "") -> Outcome:
    """Cut a text down to a rate, word by word where that is needed."""
    one = prepared(text, query)
    budget = int(rate * one.eligible)
    if query:
        return cut_sentences(one, budget=budget, count=COUNTER.count, clock=CLOCK, engine="s", words=SurfaceScorer())
    return cut_words(one, budget=budget, count=COUNTER.count, clock=CLOCK, engine="w", words=SurfaceScorer())


@pytest.mark.parametrize("query", ["", "How many cars does the larger ferry carry?"])
@pytest.mark.parametrize("tokens", [100, 500, 2_000, 8_000])
def test_the_rate_is_met_within_three_hundredths(tokens: int, query: str) -> None:
    """For every size and rate, with and without a question; from above never."""
    paragraphs = 1
    while COUNTER.count(long_text(paragraphs)) < tokens:
        paragraphs += max(paragraphs // 20, 1)
    for rate in (0.3, 0.4, 0.5, 0.7):
        outcome = words(long_text(paragraphs), rate, query)
        assert rate - 0.03 <= outcome.eligible_after / outcome.eligible_before <= rate


@given(wild_texts(), st.sampled_from([0.1, 0.3, 0.5, 0.9]), st.sampled_from(["", "fox dogs"]))
def test_word_by_word_too_the_result_is_a_shorter_selection(text: str, rate: float, query: str) -> None:
    """Spans cover, kept spans make the result, it is never longer; locked text is untouched."""
    one = prepared(text, query)
    if one.hopeless:
        return
    outcome = words(text, rate, query)
    assert outcome.tokens_after <= outcome.tokens_before
    if outcome.engine:
        result = join_kept(text, outcome.spans)
        assert covers(outcome.spans, len(text))
        assert COUNTER.count(result) == outcome.tokens_after
        for unit in one.units:
            assert unit.lock is None or text[unit.start : unit.end] in result


@given(st.lists(st.integers(0, 5), min_size=1, max_size=8), st.sampled_from([0.2, 0.35, 0.5]), st.booleans())
def test_a_sentence_of_which_a_word_is_kept_keeps_its_numbers_and_negations(
    numbers: list[int], rate: float, asked: bool
) -> None:
    """However small the remainder: numbers, negations and modals of its sentence are in it."""
    text = "\n\n".join(PARAGRAPHS[number] + " Guests must not row past the 3 red buoys." for number in numbers)
    outcome = words(text, rate, "Where must nobody row?" if asked else "")
    if not outcome.engine:
        return
    kept = [False] * len(text)
    for span in outcome.spans:
        kept[span.start : span.end] = [span.kept] * (span.end - span.start)
    for unit in prepared(text).units:
        inside = range(unit.start, unit.end)
        if any(kept[i] and text[i].isalnum() for i in inside):
            assert all(all(kept[start:end]) for start, end in find_musts(text, unit.start, unit.end))


def test_the_scores_of_words_are_on_the_receipt() -> None:
    """Spans of words have values of their own, kept ones for relevance, others for the lack of it."""
    outcome = words(long_text(2), 0.4)
    assert len({span.score for span in outcome.spans}) > 10
    assert {span.reason for span in outcome.spans} <= {Reason.RELEVANT, Reason.LESS_RELEVANT, Reason.STRUCTURE}


def test_the_joint_cut_uses_the_scorer_it_is_given_and_drops_words() -> None:
    """A scorer that likes what comes last is followed, and the common budget is met."""

    def last_first(text, units, query, *, dialogue=False):
        return [float(index) for index in range(len(units))]

    several = [prepared(long_text(1), "cars"), prepared(long_text(2), "cars")]
    total = sum(one.eligible for one in several)
    cut = cut_jointly(
        several,
        budget=total // 2,
        count=COUNTER.count,
        clock=CLOCK,
        engine="s",
        score=last_first,
        words=SurfaceScorer(),
    )
    texts = [join_kept(one.source.text, outcome.spans) for one, outcome in zip(several, cut, strict=True)]
    assert texts[1].endswith("Nobody checked him.")
    assert all(texts)
    spent = sum(outcome.eligible_after for outcome in cut)
    assert 0.47 * total <= spent <= total // 2


def test_without_a_word_scorer_sentences_stay_whole() -> None:
    """Every span ends where a sentence or a gap does."""
    text = long_text(4)
    ends = {unit.start for unit in prepared(text).units} | {unit.end for unit in prepared(text).units} | {0, len(text)}
    spans = sentences(text, 0.4, "How many cars does the larger ferry carry?").spans
    assert all(span.start in ends and span.end in ends for span in spans)


def test_what_verification_puts_back_is_paid_for() -> None:
    """Code that spans two sentences comes back whole, and something else goes for it."""
    text = long_text(3) + "\n\nRun `mill --grind. Then --sift` at dawn. " + long_text(2)
    for rate in (0.2, 0.3, 0.4, 0.5):
        outcome = words(text, rate)
        assert outcome.eligible_after <= rate * outcome.eligible_before
