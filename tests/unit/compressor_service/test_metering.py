"""Counters."""

from compressor_service.conversation import Skip
from compressor_service.metering import DEGRADED, REPAIRED, SEGMENTS, TOKENS, meter
from compressor_service.outcomes import Outcome, unchanged
from compressor_service.protection import AtomClass
from compressor_service.verification import Finding


def test_every_outcome_is_counted_by_its_fate() -> None:
    """Engines, reasons, tokens, degradations and repairs."""
    children = (
        SEGMENTS.labels("sentences"),
        SEGMENTS.labels("not_shorter"),
        TOKENS.labels("before"),
        TOKENS.labels("eligible_after"),
        DEGRADED.labels("tiny_onnx"),
        REPAIRED.labels("number"),
    )
    before = [child._value.get() for child in children]
    cut = Outcome(
        10, 6, 8, 4, engine="sentences", degraded_from="tiny_onnx", findings=(Finding(AtomClass.NUMBER, 3, 2, 1),)
    )
    meter([cut, unchanged(Skip.NOT_SHORTER, 5, eligible=5)])
    assert [child._value.get() - old for child, old in zip(children, before, strict=True)] == [1, 1, 15, 9, 1, 1]
