"""Brings the whole stack up and takes it down again."""

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console

from pith_cli import stack_file
from pith_cli.redis_server import find_redis_server
from pith_cli.up.environment import child_environment
from pith_cli.up.plan import RedisPlan, StackPlan, litellm_environment, new_master_key, specs
from pith_cli.up.ports import HOST, USUAL_PORTS, PortChoice, choose_ports
from pith_cli.up.processes import ProcessGroup
from pith_cli.up.progress import StartProgress
from pith_cli.up.run_folder import RunFolder

T = TypeVar("T")
_RENDER_TIMEOUT_S = 60.0
REDIS_URL = "PITH_REDIS_URL"


class RenderError(Exception):
    """The proxy's configuration could not be written."""


def choose(console: Console, *, only_free: bool) -> PortChoice:
    """Choose the ports of one stack, and name those that had to be replaced."""
    choice = choose_ports(USUAL_PORTS, only_free=only_free)
    for name, port in choice.replaced.items():
        console.print(f"port {port} is taken: {name} listens on {choice.ports[name]} instead", style="yellow")
    return choice


async def choose_redis(console: Console, *, env: Mapping[str, str]) -> RedisPlan:
    """The Redis of PITH_REDIS_URL, or a private one on a free port; RedisMissingError."""
    if url := env.get(REDIS_URL):
        console.print(f"store: the Redis of {REDIS_URL}")
        return RedisPlan(url)
    program = await asyncio.to_thread(find_redis_server)
    port = choose_ports({"redis": 0}, only_free=True).ports["redis"]
    console.print(f"store: a private Redis, {program}")
    return RedisPlan(f"redis://{HOST}:{port}/0", program, port)


def make_plan(
    folder: RunFolder,
    checkout: Path,
    *,
    env: Mapping[str, str],
    real: bool,
    choice: PortChoice,
    redis: RedisPlan | None = None,
) -> StackPlan:
    """Lay one stack out on the ports that were chosen."""
    return StackPlan(
        folder=folder,
        checkout=checkout,
        ports=choice.ports,
        addresses=stack_file.addresses_of(choice.ports, admin_key_file=str(folder.admin_key)),
        env=child_environment(env, real=real),
        master_key=new_master_key(),
        real=real,
        redis=redis,
    )


@asynccontextmanager
async def running(plan: StackPlan, console: Console) -> AsyncIterator[ProcessGroup]:
    """Start the stack of a plan, and stop every process of it at the end, however that comes."""
    await render_litellm_config(plan)
    group = ProcessGroup(plan.folder.logs)
    try:
        processes = specs(plan)
        with StartProgress(console, processes) as progress:
            await group.start(processes, progress.ready)
        stack_file.write(plan.folder.stack_file, plan.addresses)
        yield group
    finally:
        console.print("stopping every process", style="dim")
        plan.folder.stack_file.unlink(missing_ok=True)
        await group.stop()


async def while_alive(group: ProcessGroup, work: Coroutine[Any, Any, T]) -> T:
    """Do some work; raise ChildError at once when a process of the stack dies meanwhile."""
    working, dying = asyncio.ensure_future(work), asyncio.ensure_future(group.wait_death())
    try:
        await asyncio.wait({working, dying}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise dying.result()
    finally:
        for task in (working, dying):
            task.cancel()
        await asyncio.gather(working, dying, return_exceptions=True)


async def render_litellm_config(plan: StackPlan) -> None:
    """Run the script that the container's entry point runs as well."""
    script = plan.checkout / "deploy" / "litellm" / "render_config.py"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        "--out",
        str(plan.folder.litellm_config),
        env=litellm_environment(plan),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(_RENDER_TIMEOUT_S):
        output, _ = await process.communicate()
    if process.returncode:
        raise RenderError(f"{script} failed:\n{output.decode('utf-8', 'replace')}")
