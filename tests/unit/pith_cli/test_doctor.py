"""Tests of `pith doctor`."""

import os
from dataclasses import replace

from typer.testing import CliRunner

from fakes_cli import FakeCompressor, FakeGateway, rendered, serving, web_server
from pith_cli.doctor import Finding, examine, findings_table
from pith_cli.main import app
from pith_cli.stack_file import addresses_of
from pith_cli.up.ports import USUAL_PORTS

_NOWHERE = addresses_of(dict.fromkeys(USUAL_PORTS, 1))


async def test_says_what_is_up_and_what_it_can_do() -> None:
    """A part that serves shows its engines; one that is gone shows why."""
    async with serving(compressor=FakeCompressor()) as address, web_server(FakeGateway().app()) as url:
        found = {f.part: f for f in await examine(replace(_NOWHERE, compressor=address, management=url))}
    assert set(found) == {"compressor", "cache", "usage", "management", "litellm", "providers"}
    assert (found["compressor"].ok, found["compressor"].detail) == (True, "SERVING; fake f1 (0.50 ms per 1,000 tokens)")
    assert (found["management"].ok, found["management"].detail) == (True, "up")
    assert (found["cache"].ok, found["cache"].detail) == (False, "UNAVAILABLE")
    assert (found["litellm"].ok, found["litellm"].detail) == (False, "not reachable")


def test_a_missing_part_is_an_exit_code() -> None:
    """A script can tell; versions and keys are shown in any case."""
    nowhere = ["--compressor", "127.0.0.1:1", "--cache", "127.0.0.1:1", "--management", "http://127.0.0.1:1"]
    keys = {"OPENAI_API_KEY": "sk-secret", **dict.fromkeys(("ANTHROPIC_API_KEY", "GROQ_API_KEY"), "")}
    ended = CliRunner().invoke(app, ["doctor", *nowhere], env={**os.environ, **keys})
    assert ended.exit_code == 1
    assert "grpcio" in ended.output
    assert "OPENAI_API_KEY" in ended.output
    assert "sk-secret" not in ended.output


def test_the_table_marks_every_part() -> None:
    """Each line says yes or no."""
    text = rendered(
        findings_table([Finding("cache", "a:1", True, "SERVING"), Finding("usage", "a:2", False, "UNAVAILABLE")])
    )
    assert [line.split()[2] for line in text.splitlines()[1:]] == ["ok", "no"]
