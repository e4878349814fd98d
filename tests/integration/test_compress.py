"""Runs `pith compress` without a service: it starts one."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pith_cli.main import app

TEXT = (
    "The mill was built in 1712 by Jacob Reiter. Visitors come on most afternoons and stay for an hour or two.\r\n\r\n"
    "It has 12 windows, and 3 of them cannot be opened. A cat sleeps on the stairs and is fed by the neighbours. "
    "The rooms are swept in the morning, and the windows are cleaned when the air is mild.\r\n"
)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without a stack, so that no compressor is known (the usual port may be anybody's)."""
    monkeypatch.chdir(tmp_path)
    Path("build/run").mkdir(parents=True)
    Path("build/run/stack.json").write_text('{"compressor": "127.0.0.1:1"}')


def test_starts_a_compressor_and_says_so() -> None:
    """The sentence that answers stays with its number and its negation; the rest is struck through."""
    arguments = ["compress", "--question", "How many windows has the mill?", "--rate", "0.5", "--json", "r.json"]
    ended = CliRunner().invoke(app, arguments, input=TEXT)
    assert ended.exit_code == 0, ended.output
    assert "no compressor at 127.0.0.1:1: started one for this text" in ended.output
    assert "[-" in ended.output
    found = json.loads(Path("r.json").read_text())
    assert "12 windows" in found["text"]
    assert found["original"] == TEXT
    assert found["tokens"]["after"] < found["tokens"]["before"]
    original = TEXT.encode()
    assert b"".join(original[s["start"] : s["end"]] for s in found["spans"] if s["kept"]).decode() == found["text"]
    assert {one["name"] for one in found["protected"]} >= {"number", "name", "negation"}
