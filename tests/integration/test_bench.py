"""Runs the benches on real services, in their quickest form."""

import asyncio
import json
import re
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pith_cli.bench import compressor, pacing
from pith_cli.bench.plan import Plan
from pith_cli.bench.pool import connect
from pith_cli.bench.servers import compressor_service
from pith_cli.main import app


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `pith bench all` wrote."""
    out = tmp_path_factory.mktemp("bench")
    flags = ["--seconds", "0.05", "--entries", "110", "--tokens", "128,500", "--callers", "1,8", "--json", str(out)]
    flags += ["--store", "sqlite"]
    ended = CliRunner().invoke(app, ["bench", "all", *flags])
    assert ended.exit_code == 0, ended.output
    assert "bench compressor" in ended.output
    assert "bench cache" in ended.output
    return out


def test_compressor_report(folder: Path) -> None:
    """Every size is measured with and without a question, without errors, and text gets shorter."""
    found = json.loads((folder / "compressor.json").read_text())["scenarios"]
    compress = [entry for entry in found if entry["name"] == "compress"]
    assert [(entry["params"]["mode"], entry["params"]["tokens"], entry["params"]["callers"]) for entry in compress] == [
        (mode, tokens, callers) for mode in ("question", "blind") for tokens in (128, 500) for callers in (1, 8)
    ]
    assert [entry["params"] for entry in found if entry["name"] == "echo"] == [{"callers": 1}, {"callers": 8}]
    assert all(entry["errors"] == 0 and entry["latency_ms"]["p50"] > 0 for entry in found)
    assert all(entry["params"]["engine"] for entry in compress)
    assert all(entry["figures"]["ratio"] > 1.5 for entry in compress)
    assert (folder / "compressor-by-tokens.png").exists()


def test_cache_report(folder: Path) -> None:
    """Every scenario of the contract is there, and each lookup had the outcome that it measures."""
    found = json.loads((folder / "cache.json").read_text())["scenarios"]
    assert {entry["name"] for entry in found} == {"exact_hit", "semantic_hit", "miss", "store", "embed", "echo"}
    assert all(entry["errors"] == 0 and entry["n"] > 0 for entry in found)
    assert (folder / "cache-latency.png").exists()


async def test_no_memo_answers_a_timed_request() -> None:
    """The compressor's own counter says that it never had seen a text before."""
    plan = Plan(0.1, tokens=(128,), callers=(1, 2), max_calls=15)
    async with compressor_service() as started, connect(started.address) as pool:
        await compressor.scenarios(pool, plan)
        metrics = await asyncio.to_thread(_get, started.metrics_url)
    lookups = dict(re.findall(r'memo_lookups_total\{.*?result="(\w+)".*?\} (\S+)', metrics))
    assert float(lookups["miss"]) > 10
    assert float(lookups.get("hit", 0)) == 0


async def test_workers_share_the_calls_and_budgets_are_held_against_the_clock() -> None:
    """Two workers answer on one address; each late answer would show as its distance to the budget."""
    plan = Plan(0.2, tokens=(500,), callers=(8,), modes=("question",), workers=2, max_calls=60)
    async with compressor_service(workers=2) as started, connect(started.address, workers=2) as pool:
        compress, _ = await compressor.scenarios(pool, plan)
        paced = await pacing.measure(pool, plan, pacing.Pace(50.0, 8))
        metrics = await asyncio.to_thread(_get, started.metrics_url)
    assert compress["params"]["workers"] == 2
    assert compress["errors"] == paced["errors"] == 0
    handled = re.findall(r'grpc_server_handled_total\{.*?"Compress".*?\} (\S+)', metrics)
    assert 0 < sum(map(float, handled)) < compress["n"] + paced["n"]
    assert paced["figures"]["service_over_ms"] <= paced["figures"]["over_ms"]


def _get(url: str) -> str:
    return urllib.request.urlopen(url, timeout=5).read().decode()
