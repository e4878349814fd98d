"""Rows through the model."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compressor_service.engines.llmlingua_checkpoint import Checkpoint, load_checkpoint
from compressor_service.engines.llmlingua_model import Batching, Row, batches, keep_probabilities
from compressor_service.engines.options import EngineOptions


@pytest.fixture(scope="module")
def checkpoint(tiny: Path) -> Checkpoint:
    """The tiny checkpoint as it is."""
    return load_checkpoint("llmlingua2", EngineOptions(model=str(tiny), device="cpu", precision="float32"))


@given(
    st.lists(st.integers(1, 512), max_size=60),
    st.builds(Batching, max_tokens=st.integers(0, 4096), max_padding=st.floats(0, 0.5)),
)
def test_batches_hold_every_row_once_within_the_limits(lengths: list[int], batching: Batching) -> None:
    """No row is lost; a batch of several has no more tokens and no more padding than allowed."""
    found = list(batches(lengths, batching))
    assert sorted(row for batch in found for row in batch) == list(range(len(lengths)))
    for batch in found:
        padded = max(lengths[row] for row in batch) * len(batch)
        padding = padded - sum(lengths[row] for row in batch)
        assert len(batch) == 1 or (padded <= batching.max_tokens and padding <= batching.max_padding * padded)


def test_one_by_one_is_one_row_a_batch() -> None:
    """Not even equal rows share a call."""
    assert list(batches([7, 7, 7], Batching.one_by_one())) == [[0], [1], [2]]


def test_padding_changes_nothing_but_the_last_bits(checkpoint: Checkpoint) -> None:
    """Rows of different lengths in one batch score as they do alone."""
    rng = np.random.default_rng(1)
    rows = [Row(rng.integers(5, 100, length)) for length in (5, 60, 128, 77)]
    together = keep_probabilities(checkpoint, rows, Batching(max_tokens=4096, max_padding=0.9))
    for row, found in zip(rows, together, strict=True):
        (alone,) = keep_probabilities(checkpoint, [row], Batching.one_by_one())
        assert found == pytest.approx(alone, abs=1e-5)
        assert found.shape == row.ids.shape


def test_a_token_that_is_not_seen_changes_nothing(checkpoint: Checkpoint) -> None:
    """The others score as if another token stood in its place."""
    ids = np.arange(10, 30)
    seen = np.ones(20, dtype=np.bool_)
    seen[7] = False
    other = ids.copy()
    other[7] = 99
    first, second = (
        keep_probabilities(checkpoint, [Row(row, seen=seen)], Batching.one_by_one())[0] for row in (ids, other)
    )
    assert first[seen] == pytest.approx(second[seen], abs=1e-6)
    assert first[7] != pytest.approx(second[7], abs=1e-6)


def test_positions_from_the_start_are_the_models_own(checkpoint: Checkpoint) -> None:
    """Counted by us or by the model, a row from position 0 on scores the same; from another it does not."""
    ids = np.arange(10, 40)
    rows = [Row(ids), Row(ids, positions=np.arange(30)), Row(ids, positions=np.arange(30) + 200)]
    own, same, other = (keep_probabilities(checkpoint, [row], Batching.one_by_one())[0] for row in rows)
    assert same == pytest.approx(own, abs=1e-6)
    assert other != pytest.approx(own, abs=1e-3)
