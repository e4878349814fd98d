"""Adds the rows of a run up to what the run shows: hit rates, ratios, times, costs; pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pith_cli.bench.percentiles import median
from pith_cli.up.expectations import is_hit


@dataclass(frozen=True)
class Row:
    """What happened to one sample request."""

    id: str
    kind: str
    tenant: str
    provider: str
    model: str
    stream: bool
    cache: str
    expected_cache: str
    compression: str
    similarity: float | None
    tokens_before: int
    tokens_after: int
    eligible_before: int
    eligible_after: int
    completion_tokens: int
    ms: float
    cache_ms: float | None
    compression_ms: float | None
    answer_kept: bool | None
    cost_without_usd: float
    cost_with_usd: float
    missed: tuple[str, ...] = ()

    @property
    def is_hit(self) -> bool:
        """Whether the cache answered."""
        return is_hit(self.cache)

    @property
    def is_wrong_hit(self) -> bool:
        """Whether the cache answered what it should not have, or with an answer that lacks its fact."""
        unexpected = bool(self.expected_cache) and not is_hit(self.expected_cache)
        return self.is_hit and (unexpected or self.answer_kept is False)

    @property
    def is_refused_near_miss(self) -> bool:
        """Whether a request made to look like another was told apart from it."""
        return self.kind.startswith("near") and not self.is_hit

    @property
    def ratio(self) -> float | None:
        """How many times fewer tokens were sent on; None for a hit, which sends none."""
        return self.tokens_before / self.tokens_after if self.tokens_after and not self.is_hit else None


@dataclass(frozen=True)
class Summary:
    """The figures of a run."""

    requests: int
    providers: int
    exact_hits: int
    semantic_hits: int
    wrong_hits: int
    near_misses_refused: int
    answers_kept: int
    answers_expected: int
    ratio_eligible: float | None
    ratio_all: float | None
    lookup_ms: float | None
    compress_ms: float | None
    hit_e2e_ms: float | None
    miss_e2e_ms: float | None
    cost_without_usd: float
    cost_with_usd: float
    hit_rate: float


def summarize(rows: Sequence[Row]) -> Summary:
    """Add up the rows of a run; ratios are over the requests that went to a provider."""
    hits = [row for row in rows if row.is_hit]
    sent = [row for row in rows if not row.is_hit]
    compressed = [row for row in sent if row.compression == "applied"]
    # Requests with nothing eligible say nothing about how well eligible text is compressed.
    eligible = [row for row in sent if row.eligible_before]
    return Summary(
        requests=len(rows),
        providers=len({row.provider for row in rows}),
        exact_hits=sum(row.cache == "hit-exact" for row in rows),
        semantic_hits=sum(row.cache == "hit-semantic" for row in rows),
        wrong_hits=sum(row.is_wrong_hit for row in rows),
        near_misses_refused=sum(row.is_refused_near_miss for row in rows),
        answers_kept=sum(row.answer_kept is True for row in rows),
        answers_expected=sum(row.answer_kept is not None for row in rows),
        ratio_eligible=_ratio([(row.eligible_before, row.eligible_after) for row in eligible]),
        ratio_all=_ratio([(row.tokens_before, row.tokens_after) for row in sent]),
        lookup_ms=median([row.cache_ms for row in rows if row.cache_ms is not None]),
        compress_ms=median([row.compression_ms for row in compressed if row.compression_ms is not None]),
        hit_e2e_ms=median([row.ms for row in hits]),
        miss_e2e_ms=median([row.ms for row in sent]),
        cost_without_usd=sum(row.cost_without_usd for row in rows),
        cost_with_usd=sum(row.cost_with_usd for row in rows),
        hit_rate=len(hits) / len(rows) if rows else 0.0,
    )


def report(rows: Sequence[Row], *, real: bool) -> dict[str, Any]:
    """Make the content of run.json."""
    answered_by = "providers" if real else "stand-ins"
    return {**asdict(summarize(rows)), "answered_by": answered_by, "rows": [asdict(row) for row in rows]}


def _ratio(pairs: Sequence[tuple[int, int]]) -> float | None:
    after = sum(pair[1] for pair in pairs)
    return sum(pair[0] for pair in pairs) / after if after else None
