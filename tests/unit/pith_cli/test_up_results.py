"""Tests of adding rows up."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pith_cli.up.results import Row, report, summarize

ROW = Row(
    id="one",
    kind="document-question",
    tenant="acme",
    provider="openai",
    model="gpt-4o",
    stream=False,
    cache="miss",
    expected_cache="miss",
    compression="applied",
    similarity=None,
    tokens_before=1000,
    tokens_after=400,
    eligible_before=900,
    eligible_after=300,
    completion_tokens=20,
    ms=50.0,
    cache_ms=4.0,
    compression_ms=9.0,
    answer_kept=True,
    cost_without_usd=0.01,
    cost_with_usd=0.004,
)
HIT = replace(
    ROW,
    id="two",
    kind="repeat",
    cache="hit-exact",
    expected_cache="hit-exact",
    compression="skipped",
    tokens_after=0,
    eligible_before=0,
    eligible_after=0,
    ms=20.0,
    cache_ms=2.0,
    compression_ms=None,
    cost_with_usd=0.0,
)
PLAIN = replace(
    ROW,
    id="three",
    provider="groq",
    compression="skipped",
    tokens_before=20,
    tokens_after=20,
    eligible_before=0,
    eligible_after=0,
    answer_kept=None,
    cost_without_usd=0.001,
    cost_with_usd=0.001,
    ms=30.0,
    cache_ms=3.0,
    compression_ms=1.0,
)


def test_the_figures_of_a_run() -> None:
    """Hits, ratios, times and costs come from the rows they belong to."""
    found = summarize([ROW, HIT, PLAIN])
    assert (found.requests, found.providers, found.exact_hits, found.semantic_hits) == (3, 2, 1, 0)
    assert (found.answers_kept, found.answers_expected, found.wrong_hits) == (2, 2, 0)
    assert found.ratio_eligible == 3.0
    assert found.ratio_all == 1020 / 420
    assert (found.lookup_ms, found.compress_ms, found.hit_e2e_ms, found.miss_e2e_ms) == (3.0, 9.0, 20.0, 30.0)
    assert abs(found.cost_without_usd - 0.021) < 1e-12
    assert abs(found.cost_with_usd - 0.005) < 1e-12
    assert found.hit_rate == 1 / 3


def test_a_hit_that_nobody_expected_is_wrong() -> None:
    """Also when its answer happens to hold the fact."""
    assert replace(ROW, cache="hit-semantic").is_wrong_hit
    assert summarize([replace(ROW, cache="hit-semantic")]).wrong_hits == 1


def test_a_hit_without_its_fact_is_wrong() -> None:
    """A hit that was expected still has to answer the question."""
    assert replace(HIT, answer_kept=False).is_wrong_hit
    assert not HIT.is_wrong_hit
    assert not replace(ROW, answer_kept=False).is_wrong_hit


def test_near_misses_count_when_they_are_told_apart() -> None:
    """A near miss that is served is no refusal."""
    near = replace(ROW, kind="near-miss-number")
    assert near.is_refused_near_miss
    assert not replace(near, cache="hit-semantic").is_refused_near_miss
    assert not ROW.is_refused_near_miss


def test_no_rows_give_no_ratios() -> None:
    """What was not measured is not zero."""
    found = summarize([])
    assert (found.ratio_eligible, found.lookup_ms, found.hit_rate) == (None, None, 0.0)


def test_the_report_holds_the_figures_and_the_rows() -> None:
    """run.json says everything, and who answered."""
    made = report([ROW, HIT], real=False)
    assert made["answered_by"] == "stand-ins"
    assert made["requests"] == 2
    assert [row["id"] for row in made["rows"]] == ["one", "two"]
    assert report([], real=True)["answered_by"] == "providers"


_ROWS = st.builds(
    lambda base, before, after: replace(base, eligible_before=before, eligible_after=after),
    st.sampled_from([ROW, PLAIN]),
    st.integers(0, 5000),
    st.integers(1, 5000),
)


@given(st.lists(_ROWS, min_size=1))
def test_a_ratio_lies_between_the_extremes_of_its_rows(rows: list[Row]) -> None:
    """Adding up never gives more, or less, than the best and the worst row."""
    ratio = summarize(rows).ratio_eligible
    each = [row.eligible_before / row.eligible_after for row in rows if row.eligible_before]
    assert ratio is None if not each else min(each) - 1e-9 <= ratio <= max(each) + 1e-9
