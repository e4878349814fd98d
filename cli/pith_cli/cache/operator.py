"""Calls the cache as an operator does; every reply comes back as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pith.cache.v1 import cache_pb2, cache_pb2_grpc
from pith_cli.cache.plain import plain
from pith_cli.channel import TIMEOUT_S, Channel

APIS = ("chat", "text", "messages", "responses")
MODES = ("exact_then_semantic", "exact", "semantic", "shadow", "off")
WIDTHS = ("user", "key", "tenant", "pool")
Reply = dict[str, Any]


@dataclass(frozen=True)
class Access:
    """Which cache, whose entries, and by what right."""

    address: str
    tenant: str
    token: str = ""
    tls_ca: bytes | None = None


@dataclass(frozen=True)
class Body:
    """A request as a gateway would look it up."""

    json: bytes
    api: str = "chat"
    model_group: str = "gpt-4o"


class OperatorClient(Channel):
    """The cache service for one tenant."""

    def __init__(self, access: Access, *, timeout_s: float = TIMEOUT_S) -> None:
        super().__init__(access.address, timeout_s=timeout_s, tls_ca=access.tls_ca)
        self._stub = cache_pb2_grpc.CacheServiceStub(self._channel)  # type: ignore[no-untyped-call]
        self._scope = cache_pb2.Scope(tenant_id=access.tenant)
        self._metadata = (("authorization", f"Bearer {access.token}"),) if access.token else ()

    async def stats(self, window_s: float) -> Reply:
        """Return the counters of a window."""
        return await self._call("GetStats", cache_pb2.GetStatsRequest(scope=self._scope, window_s=window_s))

    async def entries(self, filters: Mapping[str, Any]) -> Reply:
        """Return a page of entries, newest first."""
        return await self._call("ListEntries", cache_pb2.ListEntriesRequest(scope=self._scope, **filters))

    async def entry(self, entry_id: str) -> Reply:
        """Return one entry with its answers."""
        return await self._call("GetEntry", cache_pb2.GetEntryRequest(scope=self._scope, entry_id=entry_id))

    async def explain(self, one: Body, other: bytes) -> Reply:
        """Compare two requests as a lookup would."""
        return await self._call(
            "Explain",
            cache_pb2.ExplainRequest(
                scope=self._scope,
                api=_api(one.api),
                model_group=one.model_group,
                request_json_a=one.json,
                request_json_b=other,
            ),
        )

    async def report(self, entry_id: str, body: Body, *, right: bool, reporter: str) -> Reply:
        """Say whether an entry was right for a request."""
        return await self._call(
            "Report",
            cache_pb2.ReportRequest(
                scope=self._scope,
                entry_id=entry_id,
                verdict=cache_pb2.VERDICT_RIGHT if right else cache_pb2.VERDICT_WRONG,
                request_json=body.json,
                reporter=reporter,
                api=_api(body.api),
                model_group=body.model_group,
            ),
        )

    async def invalidate(self, target: Mapping[str, Any], *, dry_run: bool) -> Reply:
        """Take entries out of service, or count them alone."""
        request = cache_pb2.InvalidateRequest(scope=self._scope, dry_run=dry_run, **target)
        return await self._call("Invalidate", request)

    async def policy(self) -> Reply:
        """Return the policy, and what the evidence allows."""
        return await self._call("GetPolicy", cache_pb2.GetPolicyRequest(scope=self._scope))

    async def change_policy(self, changes: Mapping[str, Any], *, etag: str = "") -> Reply:
        """Change some fields of the policy and keep the others; an etag guards against another's change."""
        now = await self._stub.GetPolicy(
            cache_pb2.GetPolicyRequest(scope=self._scope), timeout=self._timeout_s, metadata=self._metadata
        )
        policy = cache_pb2.Policy()
        policy.CopyFrom(now.policy)
        for name, value in changes.items():
            _set(policy, name, value)
        policy.etag = etag or policy.etag
        return await self._call("SetPolicy", cache_pb2.SetPolicyRequest(scope=self._scope, policy=policy))

    async def lookup(self, body: Body, *, mode: str) -> Reply:
        """Look a request up as a gateway would; nobody is made to wait for an answer that will not come."""
        request = cache_pb2.LookupRequest(
            scope=self._scope,
            api=_api(body.api),
            model_group=body.model_group,
            request_json=body.json,
            mode=f"LOOKUP_MODE_{mode.upper()}",
        )
        reply = await self._stub.Lookup(request, timeout=self._timeout_s, metadata=self._metadata)
        if reply.lookup_token:
            reason = cache_pb2.RELEASE_REASON_NOT_CACHEABLE
            release = cache_pb2.ReleaseRequest(lookup_token=reply.lookup_token, scope=self._scope, reason=reason)
            await self._stub.Release(release, timeout=self._timeout_s, metadata=self._metadata)
        reply.lookup_token = b""
        return plain(reply)

    async def _call(self, method: str, request: Any) -> Reply:
        return plain(await getattr(self._stub, method)(request, timeout=self._timeout_s, metadata=self._metadata))


def source(name: str, version: str) -> Any:
    """Make the selector of a document's entries."""
    return cache_pb2.Source(id=name, version=version)


def neighbourhood(text: str, min_similarity: float) -> Any:
    """Make the selector of the entries near a text."""
    return cache_pb2.Neighbourhood(text=text, min_similarity=min_similarity)


def _api(name: str) -> Any:
    return cache_pb2.Api.Value(f"API_{name.upper()}")


def _set(policy: Any, name: str, value: Any) -> None:
    if name == "modes":
        del policy.modes[:]
        policy.modes.extend(cache_pb2.LookupMode.Value(f"LOOKUP_MODE_{one.upper()}") for one in value)
    elif name == "scope_width":
        policy.scope_width = cache_pb2.ScopeWidth.Value(f"SCOPE_WIDTH_{value.upper()}")
    elif isinstance(value, Sequence) and not isinstance(value, str):
        field = getattr(policy, name)
        del field[:]
        field.extend(value)
    else:
        setattr(policy, name, value)
