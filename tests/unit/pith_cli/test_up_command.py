"""Tests of the options of `pith up`, and of what it says when something fails."""

import io
import os
import sys
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from pith_cli.main import app
from pith_cli.up.command import advice, explain
from pith_cli.up.environment import PROVIDER_KEYS
from pith_cli.up.processes import ChildError, ProcessSpec

_NO_KEYS = {name: "" for names in PROVIDER_KEYS.values() for name in names}


async def _never() -> bool:
    return False


_SPEC = ProcessSpec("cache-service", [sys.executable], {}, _never, 1.0)


def test_another_store_is_refused() -> None:
    """The options are named."""
    ended = CliRunner().invoke(app, ["up", "--store", "postgres"])
    assert ended.exit_code == 2
    assert "sqlite" in ended.output


def test_real_needs_a_key(tmp_path: Path) -> None:
    """Without one nothing is started and the variables are named."""
    ended = CliRunner().invoke(app, ["up", "--real", "--out", str(tmp_path / "out")], env={**os.environ, **_NO_KEYS})
    assert ended.exit_code == 2
    assert "ANTHROPIC_API_KEY" in ended.output
    assert not (tmp_path / "out").exists()


def test_a_folder_in_use_is_an_error_without_a_traceback(tmp_path: Path) -> None:
    """Two stacks in one folder would spoil each other."""
    import fcntl

    with (tmp_path / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ended = CliRunner().invoke(app, ["up", "--once", "--out", str(tmp_path)])
    assert ended.exit_code == 1
    assert "another pith up is running" in ended.output


def test_a_dead_process_shows_the_end_of_its_log(tmp_path: Path) -> None:
    """Name, exit, file, last lines, and what to do next."""
    (tmp_path / "cache-service.log").write_text("starting\nModuleNotFoundError: No module named 'numpy'\n")
    out = io.StringIO()
    explain(ChildError(_SPEC, "ended with exit code 1", tmp_path / "cache-service.log"), Console(file=out, width=200))
    for part in ("cache-service ended with exit code 1", "cache-service.log", "No module named 'numpy'", "make setup"):
        assert part in out.getvalue()


@pytest.mark.parametrize(
    ("what", "tail", "hint"),
    [
        ("ended with exit code 1", "OSError: [Errno 98] Address already in use", "--free-ports"),
        ("ended with exit code 2", "cannot start: PITH_CACHE_STOER: no such setting", "Unset"),
        ("was ended by SIGKILL", "serving", "memory"),
        ("was ended by SIGSEGV", "Segmentation fault", "report"),
    ],
)
def test_there_is_advice_for_every_end(tmp_path: Path, what: str, tail: str, hint: str) -> None:
    """Nobody is left with a log alone."""
    (tmp_path / "x.log").write_text(tail)
    assert hint in advice(ChildError(_SPEC, what, tmp_path / "x.log"))
