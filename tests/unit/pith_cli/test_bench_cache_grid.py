"""Tests of which caches a bench measures."""

from pith_cli.bench.cache_grid import STORES, Cell, cells
from pith_cli.bench.plan import Plan


def test_two_stores_and_ten_thousand_entries_by_default() -> None:
    """One without and one with a server."""
    found = cells(Plan())
    assert [(cell.store, cell.entries, cell.callers, cell.on_redis) for cell in found] == [
        ("sqlite", 10_000, (1, 8), False),
        ("redis_vectorset", 10_000, (1, 8), True),
    ]


def test_full_is_every_store_and_size_and_the_index_where_entries_are_many() -> None:
    """The index is only of use in the memory of the process."""
    found = cells(Plan(full=True))
    assert len(found) == 3 * len(STORES) + 1
    assert {cell.callers for cell in found} == {(1, 8, 32)}
    assert [cell.params for cell in found if cell.index] == [
        {"store": "sqlite", "entries": 100_000, "index": "usearch"}
    ]


def test_a_plan_narrows_down() -> None:
    """Only the store, the entries and the callers that it names."""
    plan = Plan(stores=("redis_local",), entries=50, callers=(2,))
    assert cells(plan) == [Cell("redis_local", 50, (2,))]
