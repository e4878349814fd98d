"""What is refused, with the field and the limit."""

import math

import pytest

from compressor_service import validation
from compressor_service.conversation import Role, Segment
from compressor_service.policy import Policy, RateRange
from grpc_serving.errors import FailedPrecondition, InvalidArgument

LIMITS = validation.Limits(max_segments=3, max_text_bytes=20)


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        (Policy(rate=0.0), "policy.rate"),
        (Policy(rate=1.5), "policy.rate"),
        (Policy(rate=math.nan), "policy.rate"),
        (Policy(target_tokens=0), "policy.target_tokens"),
        (Policy(ranges=(RateRange(0, 0, 2.0),)), "policy.ranges[0].rate"),
        (Policy(ranges=(RateRange(0, 5, 0.5), RateRange(9, 9, 0.5))), "policy.ranges[1].max_tokens"),
        (Policy(ranges=(RateRange(0, 0, 0.5),) * 101), "policy.ranges"),
        (Policy(force_tokens=("x",) * 101), "policy.force_tokens"),
        (Policy(force_tokens=("x", " ")), "policy.force_tokens[1]"),
        (Policy(protect_extra=("x" * 501,)), "policy.protect_extra[0]"),
        (Policy(engine="gzip"), "policy.engine"),
    ],
)
def test_bad_policies_name_their_field(policy: Policy, field: str) -> None:
    """Rates, targets, ranges, phrases and engines."""
    with pytest.raises(InvalidArgument) as caught:
        validation.check_policy(policy)
    assert caught.value.field == field


def test_good_policies_pass() -> None:
    """The limits themselves are allowed."""
    validation.check_policy(
        Policy(rate=1.0, force_tokens=("x",) * 100, ranges=(RateRange(5, 6, 0.1),), engine="sentences")
    )


def test_an_engine_that_is_not_loaded_is_a_failed_precondition() -> None:
    """A known engine that this server has not loaded: the message says how to load it."""
    validation.check_engine("policy.engine", "lossless", ("lossless",))
    validation.check_engine("policy.engine", "", ())
    with pytest.raises(FailedPrecondition, match=r"llmlingua2.*PITH_COMPRESSOR_EXTRA_ENGINES"):
        validation.check_engine("policy.engine", "llmlingua2", ("sentences", "lossless"))
    with pytest.raises(InvalidArgument, match="no such engine"):
        validation.check_engine("policy.engine", "gzip", ("sentences",))


@pytest.mark.parametrize("budget_ms", [-1.0, math.nan, math.inf])
def test_bad_budgets(budget_ms: float) -> None:
    """Negative, not a number, endless."""
    with pytest.raises(InvalidArgument, match="budget_ms"):
        validation.check_budget(budget_ms)
    validation.check_budget(0.0)


def test_counts_of_segments() -> None:
    """At least one, at most the limit."""
    validation.check_count(3, LIMITS)
    with pytest.raises(InvalidArgument, match="at least one"):
        validation.check_count(0, LIMITS)
    with pytest.raises(InvalidArgument, match="at most 3"):
        validation.check_count(4, LIMITS)


def test_texts_are_measured_in_bytes() -> None:
    """Twenty letters pass, twenty umlauts do not; the query and the arguments count alike."""
    validation.check_segments([Segment("a", Role.USER, "x" * 20)], LIMITS)
    for segment, field in (
        (Segment("a", Role.USER, "ü" * 20), r"segments\[0\].text: at most 20 bytes of UTF-8, not 40"),
        (Segment("a", Role.USER, "", query="x" * 21), r"segments\[0\].query"),
        (Segment("a", Role.TOOL, "", call_arguments="x" * 21), r"segments\[0\].tool_call.arguments"),
        (Segment("a" * 501, Role.USER, ""), r"segments\[0\].id"),
    ):
        with pytest.raises(InvalidArgument, match=field):
            validation.check_segments([segment], LIMITS)


def test_ids_are_unique() -> None:
    """The second of two equal ids is named."""
    with pytest.raises(InvalidArgument, match=r"segments\[1\].id"):
        validation.check_segments([Segment("a", Role.USER, ""), Segment("a", Role.TOOL, "")], LIMITS)
