"""Tests of the plots."""

from pathlib import Path

from pith_cli.bench import plots, report
from pith_cli.bench.harness import Run, scenario


def test_draws_latencies_and_growth(tmp_path: Path) -> None:
    """A report with token counts gets three figures, one without gets one, an empty one none."""
    run = Run(1.0, 0, [1.0, 2.0, 3.0])
    compress = [
        scenario("compress", {"tokens": t, "callers": c, "mode": m, "engine": "sentences"}, run)
        for m in ("question", "blind")
        for t in (128, 500)
        for c in (1, 8)
    ]
    drawn = plots.draw(report.document("compressor", compress), tmp_path)
    drawn += plots.draw(report.document("cache", [scenario("miss", {"callers": 1}, run)]), tmp_path)
    assert [path.name for path in drawn] == [
        "compressor-latency.png",
        "compressor-by-tokens.png",
        "compressor-rate.png",
        "cache-latency.png",
    ]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in drawn)
    assert plots.draw(report.document("none", []), tmp_path) == []
