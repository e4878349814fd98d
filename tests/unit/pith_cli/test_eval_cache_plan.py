"""Tests of what an eval of the cache starts."""

from pathlib import Path

from pith_cli.eval.cache_plan import CachePlan


def test_budgets_share_vectors_unless_the_environment_says_otherwise(tmp_path: Path) -> None:
    """What is set outside stays."""
    plan = CachePlan((0.03,), weights=tmp_path)
    assert plan.settings({})["MAX_REMEMBERED"] == "100000"
    assert plan.settings({})["WEIGHTS_DIR"] == str(tmp_path)
    assert "MAX_REMEMBERED" not in plan.settings({"PITH_CACHE_MAX_REMEMBERED": "5"})


def test_the_baselines_have_the_embedder_of_the_cache(tmp_path: Path) -> None:
    """From the option, else from the environment, else the shipped one."""
    env = {"PITH_CACHE_WEIGHTS_DIR": "/elsewhere", "PITH_CACHE_EMBEDDER": "sentence_transformer"}
    assert CachePlan((0.03,)).embedder({}) == ("onnx_minilm", None)
    assert CachePlan((0.03,)).embedder(env) == ("sentence_transformer", Path("/elsewhere"))
    assert CachePlan((0.03,), weights=tmp_path).embedder(env)[1] == tmp_path
