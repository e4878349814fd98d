"""The command `pith cache policy`: the error budget of a tenant, and all else that its operator allows."""

from typing import Annotated, Any

import typer

from pith_cli.cache import tables
from pith_cli.cache.asking import Address, AsJson, Tenant, TlsCa, Token, access, ask, show
from pith_cli.cache.operator import MODES, WIDTHS

app = typer.Typer(name="policy", help="Read and change what a tenant allows.", no_args_is_help=True)


@app.command("get")
def get(
    *, address: Address = "", tenant: Tenant = "", token: Token = "", tls_ca: TlsCa = None, json: AsJson = False
) -> None:
    """Show the policy, what the evidence allows under it, and what it would take to allow more."""
    reply = ask(access(address, tenant, token, tls_ca), lambda client: client.policy())
    show(reply, tables.policy, as_json=json)


@app.command("set")
def set_policy(  # noqa: PLR0913  -- one a flag
    *,
    budget: Annotated[
        float | None, typer.Option(min=0, max=1, help="The error budget: wrong hits per hit that are acceptable.")
    ] = None,
    width: Annotated[str | None, typer.Option(help=f"How far entries are shared: {', '.join(WIDTHS)}.")] = None,
    ttl_s: Annotated[float | None, typer.Option(min=0, help="How long an entry lives, in seconds.")] = None,
    modes: Annotated[str | None, typer.Option(help=f"Modes with commas, or all: {', '.join(MODES)}.")] = None,
    pool: Annotated[str | None, typer.Option(help="With --width pool: its name.")] = None,
    pool_members: Annotated[str | None, typer.Option(help="Of a pool: tenants that may read, with commas.")] = None,
    pool_curators: Annotated[str | None, typer.Option(help="Of a pool: tenants that may write, with commas.")] = None,
    shadow_rate: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share of would-be hits that are checked.")
    ] = None,
    stale_after_s: Annotated[
        float | None, typer.Option(min=0, help="Age from which one caller fetches anew, in seconds; 0: never.")
    ] = None,
    max_temperature: Annotated[
        float | None, typer.Option(min=0, max=2, help="Requests above it are not served by meaning.")
    ] = None,
    etag: Annotated[str, typer.Option(help="Change it only if this is still its etag.")] = "",
    address: Address = "",
    tenant: Tenant = "",
    token: Token = "",
    tls_ca: TlsCa = None,
    json: AsJson = False,
) -> None:
    """Change what is named, and keep the rest."""
    changes: dict[str, Any] = {
        "max_wrong_hit_rate": budget,
        "scope_width": _one_of(width, WIDTHS, "--width"),
        "ttl_s": ttl_s,
        "modes": _modes(modes),
        "pool": pool,
        "pool_members": _list(pool_members),
        "pool_curators": _list(pool_curators),
        "shadow_rate": shadow_rate,
        "stale_after_s": stale_after_s,
        "max_temperature": max_temperature,
    }
    named = {name: value for name, value in changes.items() if value is not None}
    if not named:
        raise typer.BadParameter("name at least one thing to change")
    where = access(address, tenant, token, tls_ca)
    show(ask(where, lambda client: client.change_policy(named, etag=etag)), tables.policy, as_json=json)


def _modes(text: str | None) -> list[str] | None:
    if text is None:
        return None
    if text == "all":
        return []
    return [_one_of(mode.strip(), MODES, "--modes") or "" for mode in text.split(",")]


def _list(text: str | None) -> list[str] | None:
    return None if text is None else [one.strip() for one in text.split(",") if one.strip()]


def _one_of(value: str | None, allowed: tuple[str, ...], option: str) -> str | None:
    if value is not None and value not in allowed:
        raise typer.BadParameter(f"{value} is not one of {', '.join(allowed)}", param_hint=option)
    return value
