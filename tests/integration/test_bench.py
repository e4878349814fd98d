"""Runs the benches on real services, in their quickest form."""

import asyncio
import json
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pith_cli.bench import compressor
from pith_cli.bench.plan import Plan
from pith_cli.bench.servers import service
from pith_cli.clients import CompressorClient
from pith_cli.main import app


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `pith bench all` wrote."""
    out = tmp_path_factory.mktemp("bench")
    ended = CliRunner().invoke(app, ["bench", "all", "--seconds", "0.1", "--entries", "110", "--json", str(out)])
    assert ended.exit_code == 0, ended.output
    assert "bench compressor" in ended.output
    assert "bench cache" in ended.output
    return out


def test_compressor_report(folder: Path) -> None:
    """Every size is measured for one caller and for eight, without errors, and text gets shorter."""
    found = json.loads((folder / "compressor.json").read_text())["scenarios"]
    compress = [entry for entry in found if entry["name"] == "compress"]
    assert {(entry["params"]["tokens"], entry["params"]["callers"]) for entry in compress} == {
        (tokens, callers) for tokens in (128, 500, 1000, 2000, 4000, 8000) for callers in (1, 8)
    }
    assert all(entry["errors"] == 0 and entry["latency_ms"]["p50"] > 0 for entry in found)
    assert all(entry["figures"]["ratio"] > 1.5 for entry in compress if entry["params"]["tokens"] >= 500)
    assert (folder / "compressor-by-tokens.png").exists()


def test_cache_report(folder: Path) -> None:
    """Every scenario of the contract is there, and each lookup had the outcome that it measures."""
    found = json.loads((folder / "cache.json").read_text())["scenarios"]
    assert {entry["name"] for entry in found} == {"exact_hit", "semantic_hit", "miss", "store", "embed", "echo"}
    assert all(entry["errors"] == 0 and entry["n"] > 0 for entry in found)
    assert (folder / "cache-latency.png").exists()


async def test_no_memo_answers_a_timed_request() -> None:
    """The compressor's own counter says that it never had seen a text before."""
    plan = Plan(0.2, lambda _: None, tokens=(128, 500), max_calls=30)
    async with (
        service("compressor_service", "PITH_COMPRESSOR_", needs_data=False) as started,
        CompressorClient(started.address) as client,
    ):
        await compressor.scenarios(client, plan)
        metrics = await asyncio.to_thread(_get, started.metrics_url)
    lookups = [line.split() for line in metrics.splitlines() if line.startswith("compressor_memo_lookups_total{")]
    counts = {name: float(value) for name, value in lookups}
    assert counts['compressor_memo_lookups_total{result="miss"}'] > 10
    assert counts.get('compressor_memo_lookups_total{result="hit"}', 0) == 0


def _get(url: str) -> str:
    return urllib.request.urlopen(url, timeout=5).read().decode()
