"""Keeps in Redis what is not an entry: policies, evidence, counts."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import replace
from secrets import token_hex

from cache_service.calibration import Evidence, decode, encode
from cache_service.stores import Usage
from cache_service.stores import redis_keys as names
from cache_service.stores.records import policy_json, read_policy
from cache_service.stores.redis_client import RedisClient, Word, command, run_script
from cache_service.stores.redis_records import pairs
from cache_service.stores.redis_scripts import ADD, ADD_HITS, PUT_POLICY, REPLACE
from cache_service.terms import Policy
from grpc_serving.errors import Overloaded

COUNTS_KEPT_S = 8 * 86400
EVIDENCE_KEPT_S = 90 * 86400
EVIDENCE_TRIES = 60
EVIDENCE_PAUSE_S = 0.02
MINUTES_A_HOUR = 60
# One round trip carries so many commands, so that no other call waits long behind them.
CHUNK = 500


class Ledger:
    """The policies, evidence and counts of all replicas."""

    def __init__(self, client: RedisClient) -> None:
        self._client = client

    async def policy(self, namespace: str) -> Policy | None:
        """See EntryStore."""
        found = await self._client.call("HGET", names.of_tenant("policy", namespace), "policy")
        return None if found is None else read_policy(found)

    async def put_policy(self, policy: Policy, *, expected_etag: str) -> Policy | None:
        """See EntryStore."""
        new = replace(policy, etag=token_hex(8))
        key = names.of_tenant("policy", policy.namespace)
        done = await self._client.script(PUT_POLICY, [key], [expected_etag, new.etag, policy_json(new)])
        return new if done else None

    async def evidence(self, namespace: str, embedder: str) -> Evidence | None:
        """See EntryStore."""
        return (await self._evidence(_evidence_key(namespace, embedder)))[1]

    async def add_evidence(self, namespace: str, embedder: str, evidence: Evidence) -> None:
        """See EntryStore."""
        key = _evidence_key(namespace, embedder)
        for _ in range(EVIDENCE_TRIES):
            version, held = await self._evidence(key)
            total = encode(evidence if held is None else held + evidence)
            if await self._client.script(REPLACE, [key], [version, total, EVIDENCE_KEPT_S]):
                return
            await asyncio.sleep(random.uniform(0.0, EVIDENCE_PAUSE_S))  # noqa: S311  # others add at the same time
        raise Overloaded("evidence: others keep adding to it", retry_after_s=1.0)

    async def _evidence(self, key: str) -> tuple[bytes, Evidence | None]:
        version, held = await self._client.call("HMGET", key, "version", "evidence")
        try:
            return version or b"", None if held is None else decode(held)
        except ValueError:  # of another release: what is added now replaces it
            return version or b"", None

    async def add_usage(self, usage: Usage, *, now: float) -> None:
        """See EntryStore."""
        minute = int(now // 60)
        by_tenant: dict[str, list[Word]] = {}
        for (tenant_id, name), amount in usage.counts.items():
            by_tenant.setdefault(tenant_id, []).extend([f"{minute}:{name}", repr(float(amount))])
        commands = [
            run_script(ADD, [_counts_key(tenant_id, minute)], [COUNTS_KEPT_S, *amounts])
            for tenant_id, amounts in by_tenant.items()
        ]
        commands += [
            run_script(ADD_HITS, [names.by_id(one)], [one, f"pith:e:{{{one[:16]}}}:", hits])
            for one, hits in usage.hits.items()
        ]
        for start in range(0, len(commands), CHUNK):
            await self._client.several(commands[start : start + CHUNK])

    async def usage(self, tenant_id: str, *, now: float, window_s: float) -> Mapping[str, float]:
        """See EntryStore."""
        since, last = int((now - window_s) // 60), int(now // 60)
        since = max(since, last - COUNTS_KEPT_S // 60)
        hours = range(since // MINUTES_A_HOUR, last // MINUTES_A_HOUR + 1)
        keys = [_counts_key(tenant_id, hour * MINUTES_A_HOUR) for hour in hours]
        total: dict[str, float] = {}
        for sums in await self._client.several([command("HGETALL", key) for key in keys]):
            for name, amount in pairs(sums).items():
                minute, _, counted = name.decode().partition(":")
                if int(minute) >= since:
                    total[counted] = total.get(counted, 0.0) + float(amount)
        return total


def _evidence_key(namespace: str, embedder: str) -> str:
    return f"{names.of_tenant('evidence', namespace)}:{embedder}"


def _counts_key(tenant_id: str, minute: int) -> str:
    return f"{names.of_tenant('counts', tenant_id)}:{minute // MINUTES_A_HOUR}"
