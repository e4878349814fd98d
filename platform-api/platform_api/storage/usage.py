"""Keeps usage events, each once, and adds them up."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Label, Row, Table, case, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from platform_api.domain.usage import MAX_GROUPS, GroupBy, Outcome, UsageEvent, UsageTotals

from .tables import usage_events

# The same statement in both; SQLAlchemy keeps ON CONFLICT in its dialects.
_INSERT: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
_GROUPS: dict[GroupBy, ColumnElement[str]] = {
    GroupBy.TENANT: usage_events.c.tenant_id,
    GroupBy.MODEL: usage_events.c.model,
    GroupBy.KEY: usage_events.c.key_id,
    GroupBy.DAY: usage_events.c.day,
}
_SUMS = ("prompt_tokens", "completion_tokens", "cost_usd", "saved_cache_usd", "saved_compression_usd")


@dataclass(frozen=True, slots=True)
class UsageRange:
    """Which events count: from a moment, up to but without another, of one tenant or of all."""

    start: datetime
    end: datetime
    tenant_id: str | None = None


class UsageRepository:
    """All usage events."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def record(self, events: Sequence[UsageEvent]) -> int:
        """Write the events that are not known yet, all or none; return how many were new."""
        if not events:
            return 0
        rows = [{**asdict(event), "day": event.day} for event in events]
        statement = _INSERT[self._engine.dialect.name](usage_events)
        statement = statement.on_conflict_do_nothing(index_elements=["event_id"])
        async with self._engine.begin() as connection:
            return len((await connection.execute(statement.returning(usage_events.c.event_id), rows)).all())

    async def total(self, within: UsageRange) -> UsageTotals:
        """Add up all events of a range."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(select(*_columns()).where(*_conditions(within)))).one()
        return _totals(None, row)

    async def totals(self, within: UsageRange, group_by: GroupBy) -> Sequence[UsageTotals]:
        """Add up the events of a range by group, dearest first (days in order), at most MAX_GROUPS and one more."""
        group = _GROUPS[group_by].label("group_name")
        query = select(group, *_columns()).where(*_conditions(within)).group_by(group)
        order = (group,) if group_by is GroupBy.DAY else (func.sum(usage_events.c.cost_usd).desc(), group)
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query.order_by(*order).limit(MAX_GROUPS + 1))).all()
        return [_totals(row._mapping["group_name"], row) for row in rows]  # noqa: SLF001 - a public name


def _columns() -> list[Label[object]]:
    sums = [func.coalesce(func.sum(usage_events.c[name]), 0).label(name) for name in _SUMS]
    outcomes = [
        func.coalesce(func.sum(case((usage_events.c.outcome == outcome, 1), else_=0)), 0).label(f"outcome_{outcome}")
        for outcome in Outcome
    ]
    return [func.count().label("requests"), *sums, *outcomes]


def _conditions(within: UsageRange) -> list[ColumnElement[bool]]:
    conditions = [usage_events.c.at >= within.start, usage_events.c.at < within.end]
    if within.tenant_id is not None:
        conditions.append(usage_events.c.tenant_id == within.tenant_id)
    return conditions


def _totals(group: str | None, row: Row[*tuple[object, ...]]) -> UsageTotals:
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    return UsageTotals(
        group=group,
        requests=values["requests"],
        prompt_tokens=int(values["prompt_tokens"]),
        completion_tokens=int(values["completion_tokens"]),
        cost_usd=values["cost_usd"],
        saved_cache_usd=values["saved_cache_usd"],
        saved_compression_usd=values["saved_compression_usd"],
        by_outcome={outcome.value: int(values[f"outcome_{outcome}"]) for outcome in Outcome},
    )
