"""/v1/usage: adds up what requests cost and saved."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from platform_api.domain.tenants import MAX_TENANT_ID
from platform_api.domain.usage import MAX_GROUPS, GroupBy
from platform_api.errors import ApiError
from platform_api.storage.usage import UsageRange

from .parts import Caller, Parts, Principal

router = APIRouter(prefix="/v1/usage", tags=["usage"])

DEFAULT_DAYS = 30


class UsageQuestion(BaseModel):
    """Which events count: `from` a moment, up to but without `to` another; a moment without a zone is UTC."""

    model_config = ConfigDict(extra="forbid")

    start: datetime | None = Field(None, alias="from")
    end: datetime | None = Field(None, alias="to")
    group_by: GroupBy | None = None
    tenant_id: str | None = Field(None, max_length=MAX_TENANT_ID)


class TotalsAnswer(BaseModel):
    """Sums over events."""

    model_config = ConfigDict(from_attributes=True)

    requests: int
    prompt_tokens: int
    completion_tokens: int
    cost_usd: float
    saved_cache_usd: float
    saved_compression_usd: float
    by_outcome: dict[str, int]


class GroupAnswer(TotalsAnswer):
    """Sums over the events of one tenant, model, key or day."""

    group: str


class UsageAnswer(BaseModel):
    """The sums of a range and, if asked for, of its groups; the dearest groups where there are too many."""

    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")
    group_by: GroupBy | None
    total: TotalsAnswer
    groups: list[GroupAnswer]
    groups_left_out: bool


@router.get("")
async def show_usage(question: Annotated[UsageQuestion, Query()], caller: Caller, parts: Parts) -> UsageAnswer:
    """Add up usage; a tenant's key sees its own tenant only."""
    within = _range(question, caller)
    groups = [] if question.group_by is None else await parts.usage.totals(within, question.group_by)
    return UsageAnswer(
        start=within.start,
        end=within.end,
        group_by=question.group_by,
        total=TotalsAnswer.model_validate(await parts.usage.total(within)),
        groups=[GroupAnswer.model_validate(group) for group in groups[:MAX_GROUPS]],
        groups_left_out=len(groups) > MAX_GROUPS,
    )


def _range(question: UsageQuestion, caller: Principal) -> UsageRange:
    if caller.tenant_id is not None and question.tenant_id not in {None, caller.tenant_id}:
        raise ApiError(403, "foreign_tenant", "a tenant's key sees the usage of its own tenant only", param="tenant_id")
    # Up to the next second, so that what was recorded a moment ago counts.
    end = _utc(question.end) if question.end else datetime.now(UTC) + timedelta(seconds=1)
    start = _utc(question.start) if question.start else end - timedelta(days=DEFAULT_DAYS)
    if start >= end:
        raise ApiError(400, "invalid_value", "from: must lie before `to`", param="from")
    return UsageRange(start, end, caller.tenant_id or question.tenant_id)


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
