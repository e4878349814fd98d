"""One run of `pith up`: stack, tenants, traffic, report, and then staying up."""

import json
import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from pith_cli.checkout import find_checkout
from pith_cli.clients import CacheClient, CompressorClient
from pith_cli.up import run_folder
from pith_cli.up.asking import confirmed
from pith_cli.up.client import EdgeClient
from pith_cli.up.environment import PROVIDER_KEYS, found_keys
from pith_cli.up.models import fetch_models
from pith_cli.up.plan import StackPlan
from pith_cli.up.processes import ProcessGroup
from pith_cli.up.results import Row, report, summarize
from pith_cli.up.session import Session
from pith_cli.up.stack import choose, choose_redis, make_plan, running, while_alive
from pith_cli.up.store_watch import StoreWatch
from pith_cli.up.tables import rows_table, summary_table
from pith_cli.up.tenants import ManagementClient, create_tenants
from pith_cli.up.traffic import SampleRequest, read_traffic
from pith_cli.up.warm_up import warm_cache, warm_compressor

# An answer of a real model to a question about one document; only for the estimate.
_ESTIMATED_COMPLETION_TOKENS = 150


@dataclass(frozen=True)
class Options:
    """What the caller of `pith up` chose."""

    out: Path
    once: bool = False
    real: bool = False
    yes: bool = False
    only_free_ports: bool = False
    redis: bool = False


class DeclinedError(Exception):
    """The user did not want to spend the estimated cost."""


async def up(options: Options, console: Console) -> int:
    """Bring everything up, send the traffic, show what happened; return the exit code."""
    checkout = find_checkout()
    samples = usable(read_traffic(checkout / "samples" / "traffic.jsonl"), options, env=os.environ, console=console)
    redis = await choose_redis(console, env=os.environ) if options.redis else None
    with run_folder.fresh(options.out) as folder:
        plan = make_plan(
            folder,
            checkout,
            env=os.environ,
            real=options.real,
            choice=choose(console, only_free=options.only_free_ports),
            redis=redis,
        )
        async with running(plan, console) as group:
            rows = await while_alive(group, _traffic(plan, samples, options=options, console=console))
            missed = show(rows, plan, console)
            if not options.once:
                await _stay_up(plan, samples, group=group, console=console)
            return 1 if missed else 0


def usable(
    samples: Sequence[SampleRequest], options: Options, *, env: Mapping[str, str], console: Console
) -> list[SampleRequest]:
    """Say which provider keys there are; with real providers leave out those without a key."""
    keys = found_keys(env)
    use = "used, and every call costs money" if options.real else "not used: the stand-ins answer (--real uses them)"
    console.print(f"provider keys found: {', '.join(keys.values())}; {use}" if keys else "provider keys found: none")
    if not options.real:
        return list(samples)
    missing = sorted(set(PROVIDER_KEYS) - set(keys))
    if missing:
        console.print(f"no key, so left out: {', '.join(missing)}", style="yellow")
    return [sample for sample in samples if sample.provider in keys]


async def _traffic(
    plan: StackPlan, samples: Sequence[SampleRequest], *, options: Options, console: Console
) -> list[Row]:
    addresses = plan.addresses
    async with (
        aiohttp.ClientSession() as http,
        CompressorClient(addresses.compressor) as compressor,
        CacheClient(addresses.cache) as cache,
    ):
        await warm_compressor(compressor, samples[0].longest_text, sorted({s.model for s in samples}))
        await warm_cache(cache)
        admin = ManagementClient(http, addresses.management, plan.folder.admin_key.read_text(encoding="utf-8").strip())
        keys = await create_tenants(admin, dict.fromkeys(s.tenant for s in samples))
        models = await fetch_models(http, addresses.litellm, plan.master_key)
        session = Session(EdgeClient(http, addresses.edge), compressor, StoreWatch(cache), keys, models)
        if options.real:
            await _confirm(session, samples, yes=options.yes, console=console)
        write_try(plan, samples, keys)
        return await _send(session, samples, console)


async def _confirm(session: Session, samples: Sequence[SampleRequest], *, yes: bool, console: Console) -> None:
    cost = await session.estimate_usd(samples, _ESTIMATED_COMPLETION_TOKENS)
    console.print(f"{len(samples)} requests to real providers cost up to ${cost:.2f} at list prices")
    if not yes and not await confirmed(console, "send them?"):
        raise DeclinedError("nothing was sent")


async def _send(session: Session, samples: Sequence[SampleRequest], console: Console) -> list[Row]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("sample traffic", total=len(samples))
        return await session.run(samples, lambda row: progress.update(task, advance=1, description=row.id))


def show(rows: Sequence[Row], plan: StackPlan, console: Console) -> bool:
    """Print and write what happened; True when an expectation was missed."""
    plan.folder.report.write_text(json.dumps(report(rows, real=plan.real), indent=2) + "\n", encoding="utf-8")
    console.print(rows_table(rows))
    console.print(summary_table(summarize(rows)))
    console.print(f"written to {plan.folder.report}")
    missed = [row for row in rows if row.missed]
    for row in missed:
        console.print(f"{row.id}: {'; '.join(row.missed)}", style="red", markup=False)
    if missed:
        console.print(f"{len(missed)} of {len(rows)} requests did not do what was expected", style="bold red")
    return bool(missed)


def _try_body(plan: StackPlan) -> Path:
    return plan.folder.run / "try.json"


def _try_key(plan: StackPlan) -> Path:
    return plan.folder.run / "try.key"


def write_try(plan: StackPlan, samples: Sequence[SampleRequest], keys: dict[str, str]) -> None:
    """Keep one request that the cache will know, and a key to send it with."""
    sample = next((s for s in samples if s.expect.cache == "hit-exact" and not s.stream), samples[0])
    _try_body(plan).write_text(json.dumps(sample.body, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    _try_key(plan).touch(mode=0o600)
    _try_key(plan).write_text(f'header = "authorization: Bearer {keys[sample.tenant]}"\n', encoding="utf-8")


async def _stay_up(plan: StackPlan, samples: Sequence[SampleRequest], *, group: ProcessGroup, console: Console) -> None:
    body, key = shlex.quote(str(_try_body(plan))), shlex.quote(str(_try_key(plan)))
    url = f"{plan.addresses.edge}/v1/chat/completions"
    console.print("\nThe stack stays up until Ctrl-C. Try:\n", style="bold")
    command = f"curl -i {url} --config {key} -H 'content-type: application/json' -d @{body}"
    console.print(command, soft_wrap=True, markup=False)
    models = ", ".join(sorted({sample.model for sample in samples}))
    console.print(f"\nmodels: {models}; logs: {plan.folder.logs}")
    raise await group.wait_death()
