"""Boosted trees over the features of words."""

from pathlib import Path

import numpy as np
import pytest

from compressor_service.answer_words import ARTEFACT, Trees, load_trees, score_words
from compressor_service.word_features import word_features


def test_trees_add_the_leaves_that_are_reached() -> None:
    """The question of depth d decides bit d of the leaf."""
    trees = Trees(
        ("a", "b"), np.array([[0, 1]]), np.array([[0.5, 2.0]], dtype=np.float32), np.array([[1.0, 10.0, 100.0, 1000.0]])
    )
    features = {"b": np.array([0.0, 3.0, 0.0, 3.0]), "a": np.array([0.0, 0.0, 1.0, 1.0])}
    assert trees.score(features).tolist() == [1.0, 100.0, 10.0, 1000.0]


def test_a_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """Names, borders and leaves."""
    columns, borders = np.zeros((1, 1), dtype=np.int16), np.ones((1, 1), dtype=np.float32)
    np.savez(tmp_path / "t.npz", features=np.array(["x"]), columns=columns, borders=borders, leaves=[[1.5, 2.5]])
    assert load_trees(tmp_path / "t.npz").score({"x": np.array([0.0, 2.0])}).tolist() == [1.5, 2.5]


def test_the_shipped_trees_read_the_features_that_are_made() -> None:
    """Every name is known, and the file is small."""
    made = word_features([["One", "word"]], [1.0], "word?")
    assert set(load_trees(ARTEFACT).features) <= made.keys()
    assert ARTEFACT.stat().st_size < 200_000


@pytest.mark.parametrize(
    ("question", "answer"), [("Who paid for the bridge?", "Solvang"), ("When was the bridge paid?", "1934,")]
)
def test_the_kind_of_answer_that_is_asked_for_is_preferred(question: str, answer: str) -> None:
    """A name for who, a year for when."""
    words = "In 1934, after long talks, the merchant Ingrid Solvang paid for the stone bridge.".split()
    values = score_words([words], [1.0], question)
    assert ((values > 0) & (values < 1)).all()
    rivals = {"Solvang", "1934,"} - {answer}
    assert values[words.index(answer)] > max(values[words.index(rival)] for rival in rivals)
