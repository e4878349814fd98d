"""The command `pith cache`: what a semantic cache holds, decides and is allowed."""

from functools import partial
from typing import Annotated, Any

import typer

from pith_cli.cache import policy_command, tables
from pith_cli.cache.asking import Address, ApiName, AsJson, Model, Tenant, TlsCa, Token, access, ask, read_request, show
from pith_cli.cache.operator import MODES, neighbourhood, source

app = typer.Typer(name="cache", help="See and steer a semantic cache.", no_args_is_help=True)
app.add_typer(policy_command.app, name="policy")
_REQUEST = "The request: its question, or a file with its JSON."


@app.callback()
def _group() -> None:
    """See and steer a semantic cache."""


@app.command()
def stats(
    *,
    window_s: Annotated[float, typer.Option(min=1, max=604_800, help="Count so many seconds back.")] = 3600.0,
    address: Address = "",
    tenant: Tenant = "",
    token: Token = "",
    tls_ca: TlsCa = None,
    json: AsJson = False,
) -> None:
    """Count lookups, hits and what they saved."""
    reply = ask(access(address, tenant, token, tls_ca), lambda client: client.stats(window_s))
    show(reply, tables.stats, as_json=json)


@app.command()
def entries(  # noqa: PLR0913  -- one a flag
    *,
    model: Annotated[str, typer.Option(help="Only of this model group.")] = "",
    tag: Annotated[str, typer.Option(help="Only with this tag.")] = "",
    contains: Annotated[str, typer.Option(help="Only whose text contains this.")] = "",
    page_size: Annotated[int, typer.Option(min=1, max=500, help="Entries on a page.")] = 50,
    page_token: Annotated[str, typer.Option(help="The next page, as the last one named it.")] = "",
    address: Address = "",
    tenant: Tenant = "",
    token: Token = "",
    tls_ca: TlsCa = None,
    json: AsJson = False,
) -> None:
    """List entries, newest first."""
    filters = {"model_group": model, "tag": tag, "contains": contains, "page_size": page_size, "page_token": page_token}
    reply = ask(access(address, tenant, token, tls_ca), lambda client: client.entries(filters))
    show(reply, tables.entries, as_json=json)


@app.command("show")
def show_entry(
    entry: Annotated[str, typer.Argument(help="The id of the entry.")],
    *,
    address: Address = "",
    tenant: Tenant = "",
    token: Token = "",
    tls_ca: TlsCa = None,
    json: AsJson = False,
) -> None:
    """Show one entry with its answers."""
    reply = ask(access(address, tenant, token, tls_ca), lambda client: client.entry(entry))
    show(reply, tables.entry, as_json=json)


@app.command()
def explain(  # noqa: PLR0913  -- one a flag
    a: Annotated[str, typer.Argument(help=f"{_REQUEST} This one is stored.")],
    b: Annotated[str, typer.Argument(help=f"{_REQUEST} This one is asked.")],
    *,
    model: Model = "gpt-4o",
    api: ApiName = "chat",
    address: Address = "",
    tenant: Tenant = "",
    token: Token = "",
    tls_ca: TlsCa = None,
    json: AsJson = False,
) -> None:
    """Say whether one request would be served the answer of another, and why."""
    one, other = (read_request(text, api=api, model=model) for text in (a, b))
    reply = ask(access(address, tenant, token, tls_ca), lambda client: client.explain(one, other.json))
    show(reply, tables.explain, as_json=json)


@app.command()
def report(  # noqa: PLR0913  -- one a flag
    entry: Annotated[str, typer.Argument(help="The id of the entry that was served.")],
    request: Annotated[str, typer.Argument(help=_REQUEST)],
    *,
    right: Annotated[bool, typer.Option("--right/--wrong", help="Whether its answer was right.")],
    reporter: Annotated[str, typer.Option(help="Who says so, for the log.")] = "pith cache",
    model: Model = "gpt-4o",
    api: ApiName = "chat",
    address: Address = "",
    tenant: Tenant = "",
    token: Token = "",
    tls_ca: TlsCa = None,
    json: AsJson = False,
) -> None:
    """Say whether an answer that was served was right; a wrong one is never served for that request again."""
    body = read_request(request, api=api, model=model)
    call = access(address, tenant, token, tls_ca)
    reply = ask(call, lambda client: client.report(entry, body, right=right, reporter=reporter))
    show(reply, tables.report, as_json=json)


@app.command()
def invalidate(  # noqa: PLR0913  -- one a flag
    *,
    entry: Annotated[str, typer.Option(help="This entry.")] = "",
    tag: Annotated[str, typer.Option(help="All with this tag.")] = "",
    source_id: Annotated[str, typer.Option("--source", help="All that rest on this document.")] = "",
    version: Annotated[str, typer.Option(help="With --source: all of other versions than this.")] = "",
    model: Annotated[str, typer.Option(help="All of this model group.")] = "",
    near: Annotated[str, typer.Option(help="All whose text is near to this.")] = "",
    min_similarity: Annotated[float, typer.Option(min=-1, max=1, help="With --near: how near.")] = 0.85,
    all_of_tenant: Annotated[bool, typer.Option("--tenant-wide", help="All of the tenant.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Everything of every tenant.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    address: Address = "",
    tenant: Tenant = "",
    token: Token = "",
    tls_ca: TlsCa = None,
    json: AsJson = False,
) -> None:
    """Take entries out of service at once."""
    target = _target(
        entry_id=entry,
        tag=tag,
        source=source(source_id, version) if source_id else None,
        model_group=model,
        neighbourhood=neighbourhood(near, min_similarity) if near else None,
        tenant=all_of_tenant,
        all=everything,
    )
    where = access(address, tenant, token, tls_ca)
    if dry_run or not yes:
        found = ask(where, lambda client: client.invalidate(target, dry_run=True))
        if dry_run or not json:
            show(found, partial(tables.invalidated, dry_run=True), as_json=json)
        if dry_run:
            return
        typer.confirm("Take them out of service?", abort=True, err=True)
    reply = ask(where, lambda client: client.invalidate(target, dry_run=False))
    show(reply, partial(tables.invalidated, dry_run=False), as_json=json)


@app.command()
def lookup(  # noqa: PLR0913  -- one a flag
    request: Annotated[str, typer.Argument(help=_REQUEST)],
    *,
    mode: Annotated[str, typer.Option(help=f"One of {', '.join(MODES)}.")] = "exact_then_semantic",
    model: Model = "gpt-4o",
    api: ApiName = "chat",
    address: Address = "",
    tenant: Tenant = "",
    token: Token = "",
    tls_ca: TlsCa = None,
    json: AsJson = False,
) -> None:
    """Look a request up as a gateway would; it counts as a lookup, and nothing is stored."""
    if mode not in MODES:
        raise typer.BadParameter(f"must be one of {', '.join(MODES)}", param_hint="--mode")
    body = read_request(request, api=api, model=model)
    reply = ask(access(address, tenant, token, tls_ca), lambda client: client.lookup(body, mode=mode))
    show(reply, tables.lookup, as_json=json)


def _target(**selectors: Any) -> dict[str, Any]:
    """Return the one selector that was named."""
    named = {name: value for name, value in selectors.items() if value}
    if len(named) != 1:
        wanted = "--entry, --tag, --source, --model, --near, --tenant-wide and --all"
        raise typer.BadParameter(f"name exactly one of {wanted}")
    return named
