"""Says which tenants may read a pool of shared entries, and whose answers are stored in it.

A pool is named by the policies of the tenants that share it, and governed by the policy of the namespace "pool:<name>",
which lists members (they read) and curators (their answers are stored, and they read).
"""

from enum import Enum

from cache_service.policies import Policies
from cache_service.terms import Policy

PREFIX = "pool:"


class Standing(Enum):
    """What a tenant may do in a pool."""

    STRANGER = "stranger"
    MEMBER = "member"
    CURATOR = "curator"


def pool_namespace(pool: str) -> str:
    """The namespace whose policy governs a pool."""
    return PREFIX + pool


def standing(tenant_id: str, policy: Policy) -> Standing:
    """What a tenant may do in the pool that this policy governs."""
    if tenant_id in policy.pool_curators:
        return Standing.CURATOR
    return Standing.MEMBER if tenant_id in policy.pool_members else Standing.STRANGER


class Pools:
    """The pools of this cache, as their policies are now."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    async def may_read(self, tenant_id: str, pool: str) -> bool:
        """Whether a tenant may be served what the pool holds; nobody may read a pool without a name."""
        return bool(pool) and await self._standing(tenant_id, pool) is not Standing.STRANGER

    async def may_store(self, tenant_id: str, pool: str) -> bool:
        """Whether a tenant's answers are stored in the pool."""
        return bool(pool) and await self._standing(tenant_id, pool) is Standing.CURATOR

    async def _standing(self, tenant_id: str, pool: str) -> Standing:
        return standing(tenant_id, await self._policies.get(pool_namespace(pool)))
