"""Tests of bringing a stack up and down, with small processes in place of the services."""

import asyncio
import io
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from rich.console import Console

from pith_cli.up import run_folder
from pith_cli.up.plan import StackPlan
from pith_cli.up.ports import HOST
from pith_cli.up.processes import ChildError, ProcessGroup, ProcessSpec
from pith_cli.up.stack import RenderError, choose, choose_redis, make_plan, render_litellm_config, while_alive

REPOSITORY = Path(__file__).resolve().parents[3]


async def _yes() -> bool:
    return True


async def _group(folder: Path, code: str) -> ProcessGroup:
    group = ProcessGroup(folder)
    await group.start([ProcessSpec("part", [sys.executable, "-c", code], dict(os.environ), _yes, 10.0)], lambda _: None)
    return group


def _plan(out: Path, checkout: Path = REPOSITORY) -> StackPlan:
    choice = choose(Console(file=io.StringIO()), only_free=True)
    with run_folder.fresh(out) as folder:
        return make_plan(folder, checkout, env=os.environ, real=False, choice=choice)


async def test_work_ends_with_its_result(tmp_path: Path) -> None:
    """As long as every process lives, nothing interferes."""
    group = await _group(tmp_path, "import time; time.sleep(60)")
    try:
        assert await while_alive(group, asyncio.sleep(0.05, "done")) == "done"
    finally:
        await group.stop()


async def test_work_ends_when_a_process_dies(tmp_path: Path) -> None:
    """Nobody waits for answers of a part that is gone."""
    group = await _group(tmp_path, "import time; time.sleep(0.5); raise SystemExit('out of luck')")
    try:
        with pytest.raises(ChildError, match="part ended with exit code 1") as error:
            await asyncio.wait_for(while_alive(group, asyncio.sleep(60)), 20)
        assert error.value.tail == "out of luck"
    finally:
        await group.stop()


async def test_the_proxy_gets_a_configuration_that_leads_to_the_stand_ins(tmp_path: Path) -> None:
    """The script of the deployment writes it, from the environment of the run."""
    plan = _plan(tmp_path)
    await render_litellm_config(plan)
    text = plan.folder.litellm_config.read_text()
    assert f"{plan.addresses.providers}/anthropic" in text
    assert plan.master_key not in text


async def test_a_script_that_fails_says_why(tmp_path: Path) -> None:
    """Its output is in the error."""
    script = tmp_path / "deploy" / "litellm" / "render_config.py"
    script.parent.mkdir(parents=True)
    script.write_text("raise SystemExit('no template')")
    with pytest.raises(RenderError, match="no template"):
        await render_litellm_config(_plan(tmp_path / "out", tmp_path))


def test_replaced_ports_are_named() -> None:
    """Whoever has something on a port of ours reads where the part went."""
    out = io.StringIO()
    with socket.socket() as busy:
        busy.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Where somebody else has the port already, that is as good.
        with suppress(OSError):
            busy.bind((HOST, 8082))
            busy.listen()
        choice = choose(Console(file=out, width=120), only_free=False)
    assert f"port 8082 is taken: management listens on {choice.ports['management']} instead" in out.getvalue()


async def test_a_redis_that_is_named_is_used_as_it_is() -> None:
    """Nothing is looked for or started, and the URL, which may hold a password, is not shown."""
    shown = io.StringIO()
    env = {"PITH_REDIS_URL": "redis://:secret@there:6379/0"}
    plan = await choose_redis(Console(file=shown), env=env)
    assert (plan.url, plan.program) == ("redis://:secret@there:6379/0", "")
    assert "PITH_REDIS_URL" in shown.getvalue()
    assert "secret" not in shown.getvalue()
