"""Tests of `pith gateway`."""

import asyncio
from pathlib import Path

from typer.testing import CliRunner

from fakes_cli import ADMIN_KEY, FakeGateway, web_server
from pith_cli.main import app


async def _show(key: str, folder: Path) -> tuple[int, str]:
    (folder / "admin.key").write_text(f"{key}\n")
    async with web_server(FakeGateway().app()) as url:
        arguments = ["gateway", "show", "--url", url, "--admin-key-file", str(folder / "admin.key")]
        ended = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    return ended.exit_code, ended.output


async def test_shows_what_the_management_api_says(tmp_path: Path) -> None:
    """As JSON, so that it can be read on."""
    code, output = await _show(ADMIN_KEY, tmp_path)
    assert code == 0
    assert '"llm_gateway": "litellm"' in output


async def test_a_refused_key_is_an_error(tmp_path: Path) -> None:
    """The answer of the API is shown."""
    code, output = await _show("sk-wrong", tmp_path)
    assert code == 1
    assert "answered 401" in output


def test_without_a_key_it_says_what_to_pass(tmp_path: Path) -> None:
    """The option is named."""
    ended = CliRunner().invoke(app, ["gateway", "show", "--admin-key-file", str(tmp_path / "none")])
    assert ended.exit_code == 1
    assert "--admin-key-file" in ended.output


def test_an_api_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """No traceback for a stack that is down."""
    (tmp_path / "admin.key").write_text(ADMIN_KEY)
    arguments = ["gateway", "show", "--url", "http://127.0.0.1:1", "--admin-key-file", str(tmp_path / "admin.key")]
    ended = CliRunner().invoke(app, arguments)
    assert ended.exit_code == 1
    assert "Connect" in ended.output or "connect" in ended.output
