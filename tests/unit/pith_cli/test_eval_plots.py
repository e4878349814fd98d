"""Tests of the plot of an eval."""

from pathlib import Path

from pith_cli.eval.plots import draw


def test_draws_what_was_kept_by_rate(tmp_path: Path) -> None:
    """One line for the compressor and one a simple method; the folder is made."""
    entries = [
        {"name": "kept", "params": {"rate": rate}, "figures": {"kept": rate, "low": 0, "high": 1, "baseline.head": 0.1}}
        for rate in (0.5, 0.2)
    ]
    adherence = {"name": "adherence", "params": {}, "figures": {"worst": 0.1}}
    path = tmp_path / "new" / "eval.png"
    draw({"name": "eval", "scenarios": [*entries, adherence]}, path)
    assert path.read_bytes().startswith(b"\x89PNG")
