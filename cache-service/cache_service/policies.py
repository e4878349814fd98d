"""Knows the policy of each namespace: what the store has, else the defaults; read again after half a second."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from cache_service.stores import EntryStore
from cache_service.terms import Policy
from grpc_serving.errors import FailedPrecondition, InvalidArgument, ServingError

FRESH_S = 0.5
MAX_REMEMBERED = 10_000


class Policies:
    """The policies of all namespaces."""

    def __init__(self, store: EntryStore, defaults: Policy, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._defaults = defaults
        self._clock = clock
        self._remembered: OrderedDict[str, tuple[float, Policy]] = OrderedDict()

    async def get(self, namespace: str) -> Policy:
        """The policy in force, at most half a second old; the last known one while the store is down."""
        remembered = self._remembered.get(namespace)
        if remembered is not None and self._clock() - remembered[0] < FRESH_S:
            return remembered[1]
        try:
            policy = await self._store.policy(namespace) or replace(self._defaults, namespace=namespace)
        except ServingError:
            if remembered is None:
                raise
            return remembered[1]
        self._remember(policy)
        return policy

    async def put(self, policy: Policy, *, max_ttl_s: float) -> Policy:
        """Replaces a policy; FailedPrecondition when its etag is not the current one."""
        if not 0 < policy.ttl_s <= max_ttl_s:
            raise InvalidArgument("policy.ttl_s", f"must be above 0 and at most {max_ttl_s:.0f}")
        if not 0 <= policy.max_temperature <= 2:
            raise InvalidArgument("policy.max_temperature", "must be between 0 and 2")
        if not 0 <= policy.max_wrong_hit_rate <= 1:
            raise InvalidArgument("policy.max_wrong_hit_rate", "must be between 0 and 1")
        if policy.stale_after_s < 0:
            raise InvalidArgument("policy.stale_after_s", "must be at least 0")
        if policy.shadow_rate is not None and not 0 <= policy.shadow_rate <= 1:
            raise InvalidArgument("policy.shadow_rate", "must be between 0 and 1")
        new = await self._store.put_policy(policy, expected_etag=policy.etag)
        if new is None:
            raise FailedPrecondition("policy.etag: is not the current one; read the policy again")
        self._remember(new)
        return new

    def _remember(self, policy: Policy) -> None:
        self._remembered[policy.namespace] = (self._clock(), policy)
        self._remembered.move_to_end(policy.namespace)
        while len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)
