"""Calls the compressor, and gives the clients of both services; no protobuf type leaves this module."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pith.compressor.v1 import compressor_pb2, compressor_pb2_grpc
from pith_cli.cache.client import CacheClient, LookedUp
from pith_cli.channel import TIMEOUT_S, Channel
from pith_cli.receipts import Span

__all__ = ["TIMEOUT_S", "CacheClient", "Channel", "CompressorClient", "LookedUp"]
_ROLES: Mapping[str, compressor_pb2.Role] = {
    "system": compressor_pb2.ROLE_SYSTEM,
    "developer": compressor_pb2.ROLE_SYSTEM,
    "user": compressor_pb2.ROLE_USER,
    "assistant": compressor_pb2.ROLE_ASSISTANT,
    "tool": compressor_pb2.ROLE_TOOL,
}


@dataclass(frozen=True)
class Text:
    """One text of a conversation to compress."""

    role: str
    text: str
    query: str = ""


@dataclass(frozen=True)
class Options:
    """How to compress; what is left out is decided by the server."""

    model: str = "gpt-4o"
    # An upper bound on the kept share of the tokens.
    rate: float | None = None
    engine: str = ""
    budget_ms: float = 0.0
    spans: bool = False
    # off, lossless, safe, balanced or max.
    profile: str = ""
    min_tokens: int | None = None


DEFAULTS = Options()


@dataclass(frozen=True)
class PreparedCall:
    """A request made beforehand, so that sending it takes as little time as can be."""

    request: Any


@dataclass(frozen=True)
class CompressedText:
    """What became of one text."""

    text: str
    changed: bool
    skip_reason: str
    spans: tuple[Span, ...]
    tokens_before: int = 0
    tokens_after: int = 0


@dataclass(frozen=True)
class Protected:
    """How many things of one class a conversation had, how many are left, and how many of those were put back."""

    name: str
    total: int
    kept: int
    repaired: int


@dataclass(frozen=True)
class Compressed:
    """What became of a conversation."""

    texts: tuple[CompressedText, ...]
    tokens_before: int
    tokens_after: int
    eligible_before: int
    eligible_after: int
    engine: str
    total_ms: float
    degraded_from: str = ""
    protected: tuple[Protected, ...] = ()
    stage_ms: Mapping[str, float] = field(default_factory=dict)
    queue_ms: float = 0.0
    tokenizer: str = ""
    tokenizer_exact: bool = True
    policy_version: str = ""
    fingerprint: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Engine:
    """One engine of a compressor, and what it costs there."""

    name: str
    fingerprint: str
    ms_per_1k_tokens: float


class CompressorClient(Channel):
    """The compressor service."""

    def __init__(self, address: str, *, timeout_s: float = TIMEOUT_S) -> None:
        super().__init__(address, timeout_s=timeout_s)
        self._stub = compressor_pb2_grpc.CompressorServiceStub(self._channel)  # type: ignore[no-untyped-call]

    async def compress(self, texts: Sequence[Text], options: Options = DEFAULTS) -> Compressed:
        """Compress a conversation."""
        return await self.send(prepare_call(texts, options))

    async def send(self, call: PreparedCall) -> Compressed:
        """Send what was prepared."""
        return _compressed(await self._stub.Compress(call.request, timeout=self._timeout_s))

    async def count(self, texts: Sequence[Text], *, model: str) -> int:
        """Return how many tokens a conversation has, changing nothing."""
        return (await self.compress(texts, Options(model=model, profile="off"))).tokens_before

    async def engines(self) -> list[Engine]:
        """Return the engines of this server, the default first."""
        reply = await self._stub.GetCapabilities(compressor_pb2.GetCapabilitiesRequest(), timeout=self._timeout_s)
        return [Engine(e.name, e.fingerprint, e.measured_ms_per_1k_tokens) for e in reply.engines]


def prepare_call(texts: Sequence[Text], options: Options = DEFAULTS) -> PreparedCall:
    """Make the request that compresses a conversation."""
    segments = [
        compressor_pb2.Segment(id=str(i), role=_ROLES[text.role], text=text.text, query=text.query)
        for i, text in enumerate(texts)
    ]
    policy = compressor_pb2.Policy(
        engine=options.engine,
        rate=options.rate,
        min_tokens=options.min_tokens,
        profile=f"PROFILE_{options.profile.upper() or 'UNSPECIFIED'}",
    )
    request = compressor_pb2.CompressRequest(
        tenant_id="pith-cli",
        target_model=options.model,
        segments=segments,
        policy=policy,
        budget_ms=options.budget_ms,
        include_spans=options.spans,
    )
    return PreparedCall(request)


def _compressed(reply: Any) -> Compressed:
    totals, timings = reply.totals, reply.timings
    return Compressed(
        texts=tuple(_compressed_text(segment) for segment in reply.segments),
        tokens_before=totals.tokens_before,
        tokens_after=totals.tokens_after,
        eligible_before=totals.eligible_before,
        eligible_after=totals.eligible_after,
        engine=reply.engine,
        total_ms=timings.total_ms,
        degraded_from=reply.degraded_from,
        protected=tuple(_protected(invariant) for invariant in reply.invariants),
        stage_ms=dict(timings.stage_ms),
        queue_ms=timings.queue_ms,
        tokenizer=totals.tokenizer,
        tokenizer_exact=totals.tokenizer_exact,
        policy_version=reply.policy_version,
        fingerprint=reply.engine_fingerprint,
        warnings=tuple(reply.warnings),
    )


def _protected(invariant: Any) -> Protected:
    name = compressor_pb2.InvariantClass.Name(getattr(invariant, "class"))
    return Protected(name.removeprefix("INVARIANT_CLASS_").lower(), invariant.total, invariant.kept, invariant.repaired)


def _compressed_text(segment: Any) -> CompressedText:
    spans = tuple(
        Span(s.start, s.end, s.kept, compressor_pb2.SpanReason.Name(s.reason), s.score) for s in segment.spans
    )
    reason = compressor_pb2.SkipReason.Name(segment.skip_reason) if segment.skip_reason else ""
    return CompressedText(segment.text, segment.changed, reason, spans, segment.tokens_before, segment.tokens_after)
