"""The bench of the peers in small: the same code, with tiny weights in place of large ones."""

from pathlib import Path

import pytest

from pith_cli.bench.peers_checkpoints import TINY
from pith_cli.bench.peers_compressors import TOKENS, Plan, measure


@pytest.mark.timeout(180)
def test_the_bench_compares_output_and_time(tmp_path: Path) -> None:
    """Identical output for every set of weights, and sooner than the library on many short texts."""
    steps: list[str] = []
    plan = Plan(steps.append, parity_texts=1, base_parity_texts=1, rounds=2, threads=1, base=TINY)
    found = list(measure(plan, tmp_path))
    parity = [entry for entry in found if entry["name"] == "parity"]
    assert [entry["figures"]["identical"] for entry in parity] == [1.0, 1.0, 1.0]
    assert all(entry["n"] > 0 and entry["errors"] == 0 for entry in parity)
    races = {
        (e["params"]["weights"], e["params"]["input"], e["params"]["engine"]): e["figures"]
        for e in found
        if e["name"] == "compress_prompt"
    }
    assert len(races) == 3 * 2 * 2
    assert (
        races["tiny bert-base-multilingual-cased", "32 texts of 50-150 tokens", "llmlingua2 compat"]["times_faster"] > 1
    )
    scores = {(e["params"]["engine"], e["params"]["tokens"]): e["figures"] for e in found if e["name"] == "score"}
    assert {tokens for _, tokens in scores} == set(TOKENS)
    assert scores["llmlingua2 float32", 500]["labels_equal"] > 0.99
    assert "labels_equal" not in scores["tiny_onnx", 500]
    assert steps
