"""Tests of `pith compress`."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from typer.testing import CliRunner

from fakes_cli import DROPPED, FakeCompressor, serving
from pith_cli.clients import Compressed, CompressedText
from pith_cli.compress import marked, summary
from pith_cli.main import app
from pith_cli.receipts import Span


@contextmanager
def _compressor() -> Iterator[str]:
    """A fake compressor in a thread of its own, since the command brings its own loop."""
    ready, done, found = Event(), Event(), []

    async def serve() -> None:
        async with serving(compressor=FakeCompressor()) as address:
            found.append(address)
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait(10)
    try:
        yield found[0]
    finally:
        done.set()
        thread.join()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the fake compressor listens."""
    with _compressor() as found:
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
    assert "unchanged: too_short" in ended.output


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


def test_a_terminal_strikes_through() -> None:
    """The text itself stays whole there, and only the style tells."""
    result = CompressedText("Keep.", True, "", (Span(0, 5, kept=True), Span(5, 10, kept=False)))
    shown = marked("Keep. Not.", result, styled=True)
    assert shown.plain == "Keep. Not."
    assert [(span.start, span.end) for span in shown.spans if "strike" in str(span.style)] == [(5, 10)]


def test_a_text_with_nothing_to_drop_says_so() -> None:
    """No reason is a reason too."""
    text = CompressedText("x", False, "", ())
    assert summary(Compressed((text,), 1, 1, 1, 1, "", 0.1)) == "\nunchanged: nothing to drop"
