"""Runs `pith eval cache` on a real service."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pith_cli.main import app

_THINGS = "password invoice passport parcel salary garden boiler license fridge ticket".split()


def _requests() -> list[dict[str, Any]]:
    """Each question is asked, asked again, asked in capitals, and asked for something else."""
    found: list[dict[str, Any]] = []
    for number, thing in enumerate(_THINGS):
        text = f"How do I replace my lost {thing} within {number + 20} days?"
        found.append({"text": text, "answer_id": f"a{number}", "kind": "first"})
        found.append({"text": text, "answer_id": f"a{number}", "kind": "verbatim"})
        found.append({"text": text.upper(), "answer_id": f"a{number}", "kind": "benign"})
        other = text.replace(str(number + 20), str(number + 70))
        found.append({"text": other, "answer_id": f"n{number}", "kind": "number", "imitates": f"a{number}"})
    return found


def _write(path: Path, lines: list[dict[str, Any]]) -> str:
    path.write_text("\n".join(map(json.dumps, lines)))
    return str(path)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What an eval of the stream wrote."""
    folder = tmp_path_factory.mktemp("eval-cache")
    stream = _write(folder / "stream.jsonl", _requests())
    flags = ["--budgets", ".01,1", "--json", str(folder / "eval.json"), "--wrong", str(folder / "wrong.jsonl")]
    ended = CliRunner().invoke(app, ["eval", "cache", "--stream", stream, *flags])
    assert ended.exit_code == 0, ended.output
    assert "by kind" in ended.output
    assert "cosine alone" in ended.output
    assert (folder / "eval.png").exists()
    assert (folder / "wrong.jsonl").exists()
    return json.loads((folder / "eval.json").read_text())


def test_every_budget_answers_every_request(report: dict[str, Any]) -> None:
    """What is asked word for word is an exact hit at any budget; no number is served another's answer."""
    assert report["name"] == "eval-cache"
    streams = [entry for entry in report["scenarios"] if entry["name"] == "stream"]
    assert [(entry["params"]["budget"], entry["n"], entry["errors"]) for entry in streams] == [
        (0.01, 40, 0),
        (1, 40, 0),
    ]
    kinds = {
        (e["params"]["budget"], e["params"]["kind"]): e["figures"] for e in report["scenarios"] if e["name"] == "kind"
    }
    for budget in (0.01, 1):
        assert kinds[budget, "verbatim"]["right"] == 1.0
        assert kinds[budget, "number"]["wrong"] == 0.0
        assert kinds[budget, "first"]["served"] == 0.0


def test_a_larger_budget_serves_no_less(report: dict[str, Any]) -> None:
    """And what the tenant's policy was shows in its threshold or the want of one."""
    small, large = [entry["figures"] for entry in report["scenarios"] if entry["name"] == "stream"]
    assert small["hit_rate"] <= large["hit_rate"]
    assert small["hit_rate_exact"] >= 0.25
    assert small["rejected"] == large["rejected"] == 0


def test_the_baselines_are_there(report: dict[str, Any]) -> None:
    """A loose cosine serves the other number's answer; the same words alone are always right."""
    cosine = {e["params"]["threshold"]: e["figures"] for e in report["scenarios"] if e["name"] == "cosine"}
    assert len(cosine) == 31
    assert cosine[0.7]["wrong"] >= 10
    assert cosine[1.0]["wrong"] == 0
    assert cosine[1.0]["hits"] >= 10


def test_pairs_are_explained(tmp_path: Path) -> None:
    """Without storing anything, so that no pair helps another."""
    lines = [
        {"a": "How do I reset my password?", "b": "how do i reset my password", "same": True},
        {"a": "Convert 5 dollars", "b": "Convert 9 dollars", "same": False},
    ]
    pairs = _write(tmp_path / "pairs.jsonl", lines)
    json_file = tmp_path / "pairs.json"
    ended = CliRunner().invoke(app, ["eval", "cache", "--pairs", pairs, "--budgets", "1", "--json", str(json_file)])
    assert ended.exit_code == 0, ended.output
    found = [entry for entry in json.loads(json_file.read_text())["scenarios"] if entry["name"] == "pairs"]
    assert found[0]["figures"]["different_served"] == 0.0
    assert (found[0]["figures"]["same"], found[0]["figures"]["different"]) == (1, 1)


def test_bad_lines_and_sources_are_refused(tmp_path: Path) -> None:
    """By line and key, before anything is started."""
    bad = _write(tmp_path / "bad.jsonl", [{"text": "a", "answer_id": "1"}, {"text": "b"}])
    ended = CliRunner().invoke(app, ["eval", "cache", "--stream", bad])
    assert ended.exit_code == 2
    assert "line 2: missing key answer_id" in " ".join(ended.output.split())
    ended = CliRunner().invoke(app, ["eval", "cache"])
    assert ended.exit_code == 2
    assert "exactly one" in ended.output
    ended = CliRunner().invoke(app, ["eval", "cache", "--generated", str(tmp_path)])
    assert ended.exit_code == 2
    assert "is missing" in " ".join(ended.output.split())


def test_a_cache_that_is_not_there_ends_the_command(tmp_path: Path) -> None:
    """With its address."""
    stream = _write(tmp_path / "stream.jsonl", _requests())
    ended = CliRunner().invoke(app, ["eval", "cache", "--stream", stream, "--address", "127.0.0.1:9", "--limit", "2"])
    assert ended.exit_code == 1
    assert "127.0.0.1:9: UNAVAILABLE" in ended.output
