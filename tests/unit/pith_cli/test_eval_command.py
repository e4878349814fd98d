"""Tests of `pith eval compressor`."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from fakes_cli import DROPPED, FakeCompressor, fake_compressor
from pith_cli.eval.command import read_rates
from pith_cli.main import app

LINE = {"context": f"Anna built 3 mills.{DROPPED}", "question": "Who built mills?", "answers": ["Anna"]}


def _run(path: Path, *arguments: str) -> tuple[int, str]:
    ended = CliRunner().invoke(app, ["eval", "compressor", "--qa", str(path), *arguments])
    return ended.exit_code, ended.output


def test_prints_a_table_and_writes_json_and_a_plot(tmp_path: Path) -> None:
    """The keys are those of every bench."""
    (tmp_path / "qa.jsonl").write_text(json.dumps(LINE))
    with fake_compressor(FakeCompressor()) as address:
        out = tmp_path / "out" / "eval.json"
        code, output = _run(tmp_path / "qa.jsonl", "--rates", ".5,.2", "--json", str(out), "--address", address)
    assert code == 0, output
    assert "1 questions, split all" in output
    assert "eval compressor: kept distractors=other mode=question engine=fake" in output
    assert "invariants: checked=2 violations=0" in output
    found = json.loads(out.read_text())
    assert set(found) == {"name", "machine", "versions", "scenarios"}
    assert [entry["params"].get("rate") for entry in found["scenarios"]] == [0.5, 0.2, None, None]
    assert out.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_a_line_that_misses_a_key_ends_the_command(tmp_path: Path) -> None:
    """The message names line and key."""
    (tmp_path / "qa.jsonl").write_text(json.dumps(LINE) + '\n{"context": "x", "question": "y"}')
    code, output = _run(tmp_path / "qa.jsonl")
    assert code == 2
    assert "line 2: missing key answers" in output


def test_a_file_that_is_not_there_ends_the_command(tmp_path: Path) -> None:
    """The message names it."""
    code, output = _run(tmp_path / "none.jsonl")
    assert code == 2
    assert "--qa" in output


def test_calls_that_fail_are_shown(tmp_path: Path) -> None:
    """With their lines; where none succeeded, the command fails."""
    (tmp_path / "qa.jsonl").write_text(json.dumps(LINE))
    code, output = _run(tmp_path / "qa.jsonl", "--address", "127.0.0.1:1", "--rates", ".5")
    assert code == 1
    assert "line 1: UNAVAILABLE" in output


def test_rates_are_read_and_checked() -> None:
    """Each once."""
    assert read_rates(".5,.33,0.5") == (0.5, 0.33)
    for wrong in ("", "x", "0", "1.1", "nan", ".5,,.2"):
        with pytest.raises(typer.BadParameter):
            read_rates(wrong)


def test_sizes_have_no_plot(tmp_path: Path) -> None:
    """The lines say all."""
    (tmp_path / "qa.jsonl").write_text(json.dumps(LINE))
    with fake_compressor(FakeCompressor()) as address:
        out = tmp_path / "eval.json"
        code, output = _run(tmp_path / "qa.jsonl", "--tokens", "5", "--json", str(out), "--address", address)
    assert code == 0, output
    assert "1 texts" in output
    assert "adherence tokens=5 rate=0.33" in output
    assert not out.with_suffix(".png").exists()
