"""Tests of the flags of `pith bench`."""

import pytest
import typer
from typer.testing import CliRunner

from pith_cli.bench.command import read_stores
from pith_cli.main import app


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tokens", "12x"], "not numbers with commas: 12x"),
        (["--callers", "1,0"], "each must be at least 1: 1,0"),
        (["--mode", "both"], "'question', 'blind'"),
        (["--workers", "0"], "--workers"),
    ],
)
def test_a_wrong_flag_is_named(arguments: list[str], message: str) -> None:
    """Nothing is started for it."""
    ended = CliRunner().invoke(app, ["bench", "compressor", *arguments])
    assert ended.exit_code == 2
    assert message in " ".join(ended.output.replace("│", " ").split())


def test_only_known_stores_are_measured() -> None:
    """Several with commas; none means those that a bench measures by default."""
    assert read_stores("sqlite, redis_local") == ("sqlite", "redis_local")
    assert read_stores("") == ()
    with pytest.raises(typer.BadParameter, match="one of sqlite"):
        read_stores("postgres")
