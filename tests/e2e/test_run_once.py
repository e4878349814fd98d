"""Runs `pith up` as an operator does: the whole stack in processes of its own, with the sample traffic."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PROVIDER_KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY", "GROQ_API_KEY")

pytest_plugins = ["fixtures_redis"]
pytestmark = pytest.mark.timeout(240)


def _command(out: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "pith_cli", "up", "--free-ports", "--out", str(out), *options]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in PROVIDER_KEYS}


def _processes_of(out: Path) -> list[str]:
    """The command lines of all processes whose settings name the folder of a run."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(out).encode() in (process / "environ").read_bytes() + (process / "cmdline").read_bytes():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """One run to the end of the table, and its folder."""
    out = tmp_path_factory.mktemp("run")
    command = _command(out, "--once")
    ended = subprocess.run(
        command, cwd=REPOSITORY, env=_environment(), capture_output=True, text=True, timeout=230, check=False
    )
    return ended, out


@pytest.fixture(scope="session")
def figures(once: tuple[subprocess.CompletedProcess[str], Path]) -> dict[str, Any]:
    """What the run wrote to run.json."""
    ended, out = once
    assert (out / "run.json").exists(), ended.stdout + ended.stderr
    return json.loads((out / "run.json").read_text())


def test_the_run_does_what_its_traffic_expects(once: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """The exit code is 0, and a failure shows what was printed."""
    ended, _ = once
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_requests_go_to_all_four_providers(figures: dict[str, Any]) -> None:
    """At least forty requests, answered by the stand-ins of four providers."""
    assert figures["requests"] >= 40
    assert figures["requests"] == len(figures["rows"])
    assert figures["providers"] == 4
    assert figures["answered_by"] == "stand-ins"


def test_repeats_and_paraphrases_are_served_and_near_misses_are_not(figures: dict[str, Any]) -> None:
    """Both tiers hit, nothing wrong is served, and the guards refuse what only looks alike."""
    assert figures["exact_hits"] >= 3
    assert figures["semantic_hits"] >= 3
    assert figures["wrong_hits"] == 0
    assert figures["near_misses_refused"] >= 3


def test_compression_keeps_every_answer(figures: dict[str, Any]) -> None:
    """Half of the eligible tokens go, and every expected fact is still answered."""
    assert figures["ratio_eligible"] >= 2.0
    assert 1.0 < figures["ratio_all"] <= figures["ratio_eligible"]
    assert figures["answers_expected"] >= 20
    assert figures["answers_kept"] == figures["answers_expected"]


def test_times_and_costs_are_there(figures: dict[str, Any]) -> None:
    """What was measured is positive, and Pith saves at least two fifths of the cost."""
    for name in ("lookup_ms", "compress_ms", "hit_e2e_ms"):
        assert 0 < figures[name] < 1000, name
    assert 0 < figures["cost_with_usd"] <= 0.6 * figures["cost_without_usd"]
    assert figures["hit_rate"] == (figures["exact_hits"] + figures["semantic_hits"]) / figures["requests"]


def test_every_row_is_whole(figures: dict[str, Any]) -> None:
    """No request went past the services, and a hit never costs anything."""
    for row in figures["rows"]:
        assert row["cache"] in {"hit-exact", "hit-semantic", "miss"}, row
        assert row["tokens_before"] > 0, row
        assert (row["cost_with_usd"] == 0) == row["cache"].startswith("hit-"), row
        assert not row["missed"], row


def test_the_table_and_the_summary_are_printed(
    once: tuple[subprocess.CompletedProcess[str], Path], figures: dict[str, Any]
) -> None:
    """Whoever runs it sees a line per request, the summary, and that no provider key was needed."""
    shown = once[0].stdout
    assert all(row["id"] in shown for row in figures["rows"])
    assert "hit rate" in shown
    assert "cost at list prices with Pith" in shown
    assert "provider keys found: none" in shown


def test_nothing_is_left_running(once: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """All processes of the run are gone when it ends."""
    assert _processes_of(once[1]) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_ended_leaves_no_process(tmp_path: Path, number: signal.Signals) -> None:
    """Asked to end or killed outright while it starts, the command takes its processes with it."""
    process = subprocess.Popen(
        _command(tmp_path),
        cwd=REPOSITORY,
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout as shown:
        while "cache-service" not in shown.readline():
            assert process.poll() is None
        assert len(_processes_of(tmp_path)) > 2
        process.send_signal(number)
        assert process.wait(30) == (128 + number if number is signal.SIGTERM else -number)
    _wait_until_gone(tmp_path)


def _wait_until_gone(out: Path) -> None:
    ends = time.monotonic() + 30
    while _processes_of(out) and time.monotonic() < ends:
        time.sleep(0.1)
    assert _processes_of(out) == []


@pytest.fixture(scope="session")
def on_redis(tmp_path_factory: pytest.TempPathFactory, redis_program: str) -> dict[str, Any]:
    """What a run on a private Redis wrote; the server is one that can be had."""
    assert redis_program
    out = tmp_path_factory.mktemp("run-redis")
    command = _command(out, "--once", "--store", "redis")
    ended = subprocess.run(
        command, cwd=REPOSITORY, env=_environment(), capture_output=True, text=True, timeout=230, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "a private Redis" in ended.stdout
    assert _processes_of(out) == []
    return json.loads((out / "run.json").read_text())


def test_redis_gives_the_same_outcomes(figures: dict[str, Any], on_redis: dict[str, Any]) -> None:
    """Row by row what the embedded store gives; the server of the run ends with it."""
    assert [(row["id"], row["cache"]) for row in on_redis["rows"]] == [
        (row["id"], row["cache"]) for row in figures["rows"]
    ]
    assert on_redis["wrong_hits"] == 0


def test_real_without_a_key_starts_nothing(tmp_path: Path) -> None:
    """Real providers need a key, and the message names the variables."""
    command = _command(tmp_path / "out", "--real")
    ended = subprocess.run(command, env=_environment(), capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert "OPENAI_API_KEY" in ended.stdout
    assert not (tmp_path / "out").exists()
