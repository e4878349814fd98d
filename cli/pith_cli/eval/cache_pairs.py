"""Measures pairs: would the second text be served the first one's answer, at every budget and by a cosine alone."""

from collections.abc import Callable, Sequence
from typing import Any

from pith_cli.cache.client import CacheClient, Explained
from pith_cli.eval.cache_baselines import THRESHOLDS
from pith_cli.eval.cache_replay import new_tenant, request_body
from pith_cli.eval.cache_tally import Scenario, entry
from pith_cli.eval.streams import Pair


async def ask(
    client: CacheClient, pairs: Sequence[Pair], budgets: Sequence[float], on_step: Callable[[], None]
) -> list[list[Explained]]:
    """Return for every budget what the cache says of each pair; nothing is stored, so no pair helps another."""
    tenants = [new_tenant(budget) for budget in budgets]
    for tenant, budget in zip(tenants, budgets, strict=True):
        await client.set_budget(tenant, budget)
    found: list[list[Explained]] = [[] for _ in budgets]
    for pair in pairs:
        bodies = [request_body(pair.a), request_body(pair.b)]
        for tenant, explained in zip(tenants, found, strict=True):
            explained.append(await client.explain(tenant, bodies))
        on_step()
    return found


def scenarios(pairs: Sequence[Pair], budgets: Sequence[float], found: Sequence[Sequence[Explained]]) -> list[Scenario]:
    """Make an entry of every budget, of every budget and kind, and of every cosine threshold."""
    entries = [
        entry("pairs", {"budget": budget}, len(pairs), _shares(pairs, [one.hit for one in explained]))
        for budget, explained in zip(budgets, found, strict=True)
    ]
    kinds = sorted({pair.kind for pair in pairs})
    if len(kinds) > 1:
        for budget, explained in zip(budgets, found, strict=True):
            entries += [_of_kind(pairs, explained, budget=budget, kind=kind) for kind in kinds]
    similarities = [one.similarity for one in found[0]]
    return entries + [
        entry(
            "cosine_pairs", {"threshold": threshold}, len(pairs), _shares(pairs, [s >= threshold for s in similarities])
        )
        for threshold in THRESHOLDS
    ]


def _of_kind(pairs: Sequence[Pair], explained: Sequence[Explained], *, budget: float, kind: str) -> Scenario:
    chosen = [(pair, one.hit) for pair, one in zip(pairs, explained, strict=True) if pair.kind == kind]
    figures = _shares([pair for pair, _ in chosen], [hit for _, hit in chosen])
    return entry("pairs", {"budget": budget, "kind": kind}, len(chosen), figures)


def _shares(pairs: Sequence[Pair], hits: Sequence[bool]) -> dict[str, Any]:
    same = [hit for pair, hit in zip(pairs, hits, strict=True) if pair.same]
    different = [hit for pair, hit in zip(pairs, hits, strict=True) if not pair.same]
    return {
        "same": len(same),
        "same_served": _share(same),
        "different": len(different),
        "different_served": _share(different),
    }


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else 0.0
