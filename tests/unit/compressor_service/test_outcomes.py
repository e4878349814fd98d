"""Outcomes can be written and read."""

from hypothesis import given
from hypothesis import strategies as st

from compressor_service.conversation import Skip
from compressor_service.outcomes import Outcome, decode, encode, sum_eligible, unchanged
from compressor_service.protection import AtomClass
from compressor_service.spans import Reason, Span
from compressor_service.verification import Finding

SPANS = st.builds(
    Span, st.integers(0, 9), st.integers(0, 9), st.booleans(), st.floats(0, 9, allow_nan=False), st.sampled_from(Reason)
)
OUTCOMES = st.builds(
    Outcome,
    st.integers(0, 99),
    st.integers(0, 99),
    st.integers(0, 99),
    st.integers(0, 99),
    st.none() | st.sampled_from(Skip),
    st.sampled_from(["", "sentences"]),
    st.sampled_from(["", "sentences"]),
    st.lists(SPANS).map(tuple),
    st.lists(st.builds(Finding, st.sampled_from(AtomClass), st.integers(), st.integers(), st.integers())).map(tuple),
)


@given(OUTCOMES)
def test_what_is_written_is_read(outcome: Outcome) -> None:
    """Every field survives."""
    assert decode(encode(outcome)) == outcome


def test_unchanged_texts_keep_their_tokens() -> None:
    """Before and after are the same, on eligible tokens too."""
    assert unchanged(Skip.NOT_SHORTER, 10, eligible=4) == Outcome(10, 10, 4, 4, skip=Skip.NOT_SHORTER)
    assert sum_eligible([unchanged(Skip.LOCKED, 3), Outcome(9, 5, 8, 4)]) == (8, 4)
