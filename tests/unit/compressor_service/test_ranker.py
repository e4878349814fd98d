"""The learnt ranker."""

from pathlib import Path

import numpy as np

from compressor_service.ranker import Ranker, load_ranker

ARRAYS = {
    "means": np.array([1.0, 0.0]),
    "deviations": np.array([2.0, 1.0]),
    "inner": np.array([[1.0], [0.5]]),
    "inner_bias": np.array([0.25]),
    "outer": np.array([3.0]),
    "outer_bias": np.array([-1.0]),
}


def test_a_score_is_one_hidden_layer_over_scaled_features() -> None:
    """Worked out by hand; inputs are cut off at four deviations."""
    ranker = Ranker(("a", "b"), **ARRAYS)
    scores = ranker.score({"b": np.array([2.0, 0.0]), "a": np.array([3.0, 1e9])})
    assert np.allclose(scores, [3 * np.tanh(1 + 1 + 0.25) - 1, 3 * np.tanh(4 + 0.25) - 1])


def test_it_is_read_from_plain_arrays(tmp_path: Path) -> None:
    """What was saved scores as before."""
    np.savez(tmp_path / "r.npz", features=np.array(["a", "b"]), **ARRAYS)
    features = {"a": np.array([0.5]), "b": np.array([0.1])}
    assert load_ranker(tmp_path / "r.npz").score(features) == Ranker(("a", "b"), **ARRAYS).score(features)
