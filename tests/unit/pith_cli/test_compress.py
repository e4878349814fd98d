"""Tests of `pith compress`."""

# ruff: noqa: N802  (gRPC fixes the names)

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from typer.testing import CliRunner

from fakes_cli import DROPPED, FakeCompressor, fake_compressor
from pith.compressor.v1 import compressor_pb2
from pith_cli import stack_file
from pith_cli.main import app


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the fake compressor listens."""
    with fake_compressor(FakeCompressor()) as found:
        yield found


def test_shows_what_was_dropped(address: str, tmp_path: Path) -> None:
    """Without a terminal what was dropped stands in brackets, and the counts follow."""
    (tmp_path / "a.txt").write_text(f"Keep this.{DROPPED} And that.")
    ended = CliRunner().invoke(app, ["compress", str(tmp_path / "a.txt"), "--address", address])
    assert ended.exit_code == 0
    assert f"Keep this.[-{DROPPED}-] And that." in ended.output
    assert "7 -> 4 tokens (1.8x) by fake in 1.5 ms" in ended.output


def test_reads_standard_input_and_prints_the_result_alone(address: str) -> None:
    """So that it can stand in a pipe."""
    arguments = ["compress", "--only-result", "--address", address, "--question", "What?"]
    ended = CliRunner().invoke(app, arguments, input=f"Keep this.{DROPPED}")
    assert ended.output == "Keep this."


def test_says_why_nothing_changed(address: str) -> None:
    """The reason of the service is shown."""
    ended = CliRunner().invoke(app, ["compress", "--address", address], input="Short.")
    assert "unchanged: too_short; --rate asks for it all the same" in ended.output


def test_a_file_that_is_no_text_is_refused(address: str, tmp_path: Path) -> None:
    """The message names the file."""
    (tmp_path / "b.bin").write_bytes(b"\xff\xfe")
    for name in ("b.bin", "none.txt"):
        ended = CliRunner().invoke(app, ["compress", str(tmp_path / name), "--address", address])
        assert ended.exit_code == 2
        assert "cannot read" in ended.output


def test_a_compressor_that_is_not_there_is_named() -> None:
    """The address and the code are in the message."""
    ended = CliRunner().invoke(app, ["compress", "--address", "127.0.0.1:1"], input="x")
    assert ended.exit_code == 1
    assert "compressor at 127.0.0.1:1: UNAVAILABLE" in ended.output


def test_no_compressor_that_was_not_named_is_a_reason_to_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address from a stack that has ended is not one that somebody named; another error than its absence is shown."""
    monkeypatch.chdir(tmp_path)
    with fake_compressor(Refusing()) as address:
        folder = tmp_path / stack_file.DEFAULT_PATH.parent
        folder.mkdir(parents=True)
        (tmp_path / stack_file.DEFAULT_PATH).write_text(json.dumps({"compressor": address}))
        ended = CliRunner().invoke(app, ["compress"], input="x")
    assert ended.exit_code == 1
    assert "INVALID_ARGUMENT: no such engine" in ended.output


class Refusing(FakeCompressor):
    """Refuses every request."""

    async def Compress(self, request: Any, context: Any) -> Any:
        """Refuse."""
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no such engine")


def test_what_was_protected_is_shown_with_times_and_warnings() -> None:
    """By class: how much there was, how much is left, how much was put back."""
    fake = FakeCompressor()
    fake.warnings.append("profile MAX is tightened to SAFE")
    with fake_compressor(fake) as address:
        ended = CliRunner().invoke(app, ["compress", "--address", address], input=f"Keep 3.{DROPPED}")
    assert re.search(r"number +3 +2 +1", ended.output)
    assert "all tokens: 5 -> 2 (words); queue 0.25 ms, relevance 1.00 ms" in ended.output
    assert "warning: profile MAX is tightened to SAFE" in ended.output


def test_the_receipt_holds_everything(address: str, tmp_path: Path) -> None:
    """In a file beside what is shown, or on standard output alone; the spans make the text."""
    text = f"Für uns.\r\nAlles.{DROPPED}"
    (tmp_path / "a.txt").write_bytes(text.encode())
    arguments = ["compress", str(tmp_path / "a.txt"), "--address", address, "--question", "Why?", "--json"]
    out = tmp_path / "new" / "receipt.json"
    shown = CliRunner().invoke(app, [*arguments, str(out)])
    alone = CliRunner().invoke(app, [*arguments, "-"])
    found = json.loads(out.read_text())
    assert "Alles." in shown.output
    assert json.loads(alone.output) == found
    assert (found["original"], found["question"], found["text"]) == (text, "Why?", "Für uns.\r\nAlles.")
    kept = b"".join(text.encode()[s["start"] : s["end"]] for s in found["spans"] if s["kept"])
    assert kept.decode() == found["text"]
    assert found["protected"] == [{"name": "number", "total": 3, "kept": 2, "repaired": 1}]
    assert set(found["tokens"]) == {
        *("before", "after", "eligible_before", "eligible_after", "tokenizer", "tokenizer_exact")
    }
    assert found["timings_ms"] == {"total": 1.5, "queue": 0.25, "stages": {"relevance": 1.0}}


def test_flags_become_the_policy() -> None:
    """Who names a rate or an engine wants short texts cut, too."""
    fake = FakeCompressor()
    flags = [["--rate", "0.3", "--profile", "max"], ["--engine", "lossless"], []]
    with fake_compressor(fake) as address:
        for some in flags:
            CliRunner().invoke(app, ["compress", "--address", address, *some], input="x")
    rated, named, plain = (request.policy for request in fake.requests)
    assert (rated.rate, rated.profile, rated.min_tokens) == (0.3, compressor_pb2.PROFILE_MAX, 0)
    assert rated.HasField("min_tokens")
    assert (named.engine, named.HasField("min_tokens")) == ("lossless", True)
    assert (plain.engine, plain.HasField("min_tokens"), plain.HasField("rate")) == ("", False, False)


def test_a_text_that_asks_nothing_is_cut_without_a_question() -> None:
    """As a tool's result: a lone message without a question would be sent on whole."""
    fake = FakeCompressor()
    with fake_compressor(fake) as address:
        CliRunner().invoke(app, ["compress", "--address", address], input="Look!")
        CliRunner().invoke(app, ["compress", "--address", address], input="Who?")
    roles = [request.segments[0].role for request in fake.requests]
    assert roles == [compressor_pb2.ROLE_USER, compressor_pb2.ROLE_TOOL, compressor_pb2.ROLE_USER]
