"""Counts what was served rightly and wrongly; pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cache_service.intervals import wilson
from pith_cli.bench.percentiles import summarize
from pith_cli.eval.cache_replay import ERROR, EXACT, Replay, Served
from pith_cli.eval.streams import NEAR_MISSES, Request

Scenario = dict[str, Any]


@dataclass(frozen=True)
class Tally:
    """Requests, hits among them, and wrong ones among these; `imitated` hits gave the answer of what was imitated."""

    asked: int = 0
    hits: int = 0
    wrong: int = 0
    exact: int = 0
    imitated: int = 0

    @property
    def hit_rate(self) -> float:
        """Hits per request."""
        return self.hits / self.asked if self.asked else 0.0

    @property
    def wrong_rate(self) -> float:
        """Wrong hits per hit."""
        return self.wrong / self.hits if self.hits else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the wrong hits per hit."""
        return wilson(self.wrong, self.hits)

    @property
    def right(self) -> int:
        """Hits that gave the right answer."""
        return self.hits - self.wrong

    def figures(self) -> dict[str, Any]:
        """Return the figures of a report."""
        low, high = self.interval
        rates = {"hit_rate": self.hit_rate, "wrong_per_hit": self.wrong_rate, "low": low, "high": high}
        return {"hits": self.hits, "wrong": self.wrong} | rates


def count(requests: Sequence[Request], served: Sequence[Served]) -> Tally:
    """Count; a hit is right when it gave the answer of the request."""
    hits = [(request, one) for request, one in zip(requests, served, strict=True) if one.is_hit]
    wrong = [(request, one) for request, one in hits if one.answer_id != request.answer_id]
    return Tally(
        len(requests),
        len(hits),
        len(wrong),
        sum(one.outcome == EXACT for _, one in hits),
        sum(bool(request.imitates) and one.answer_id == request.imitates for request, one in wrong),
    )


def by_kind(requests: Sequence[Request], served: Sequence[Served]) -> dict[str, Tally]:
    """Count each kind alone, near misses last."""
    kinds = sorted({request.kind for request in requests}, key=lambda kind: (kind in NEAR_MISSES, kind))
    pairs = list(zip(requests, served, strict=True))
    return {kind: count(*_unzipped([pair for pair in pairs if pair[0].kind == kind])) for kind in kinds}


def scenarios(requests: Sequence[Request], runs: Sequence[Replay]) -> list[Scenario]:
    """Make the report's entries: one of every budget, then one of every budget and kind."""
    kinds = len({request.kind for request in requests})
    found = [_of_budget(requests, run) for run in runs]
    if kinds > 1:
        found += [_of_kind(run.budget, kind, tally) for run in runs for kind, tally in _kinds(requests, run)]
    return found


def wrong_hits(requests: Sequence[Request], runs: Sequence[Replay]) -> Iterator[dict[str, Any]]:
    """Yield every wrong hit: what was asked, and the request whose answer was served."""
    texts = {one.answer_id: one.text for one in reversed(requests)}
    for run in runs:
        for request, one in zip(requests, run.served, strict=True):
            if one.is_hit and one.answer_id != request.answer_id:
                served = {"answered": texts.get(one.answer_id, ""), "similarity": round(one.similarity, 4)}
                yield {"budget": run.budget, "kind": request.kind, "asked": request.text} | served


def entry(name: str, params: dict[str, Any], n: int, figures: dict[str, Any], *, errors: int = 0) -> Scenario:
    """Make one entry of a report."""
    return {"name": name, "params": params, "n": n, "errors": errors, "figures": figures}


def _of_budget(requests: Sequence[Request], run: Replay) -> Scenario:
    whole = count(requests, run.served)
    half = len(requests) // 2
    halves = {"first": (requests[:half], run.served[:half]), "second": (requests[half:], run.served[half:])}
    figures: dict[str, Any] = whole.figures()
    figures["hit_rate_exact"] = whole.exact / max(1, whole.asked)
    figures["hit_rate_semantic"] = (whole.hits - whole.exact) / max(1, whole.asked)
    for name, (part, served) in halves.items():
        tally = count(part, served)
        figures |= {f"hit_rate_{name}_half": tally.hit_rate, f"wrong_per_hit_{name}_half": tally.wrong_rate}
    figures["shadow_checks"] = sum(one.shadow for one in run.served)
    figures |= {"threshold": run.allowed.threshold, "bound": run.allowed.error_bound}
    figures |= {"observations": run.allowed.observations, "rejected": run.rejected, "vetoes": dict(run.vetoes)}
    errors = Counter(one.outcome for one in run.served)[ERROR]
    latencies = summarize([one.took_ms for one in run.served if one.outcome != ERROR])
    return entry("stream", {"budget": run.budget}, len(requests), figures, errors=errors) | {"latency_ms": latencies}


def _kinds(requests: Sequence[Request], run: Replay) -> list[tuple[str, Tally]]:
    return list(by_kind(requests, run.served).items())


def _of_kind(budget: float, kind: str, tally: Tally) -> Scenario:
    share = max(1, tally.asked)
    figures = {"served": tally.hit_rate, "wrong": tally.wrong / share, "right": tally.right / share}
    figures |= {"imitated": tally.imitated / share} if kind in NEAR_MISSES else {}
    return entry("kind", {"budget": budget, "kind": kind}, tally.asked, figures)


def _unzipped(pairs: Sequence[tuple[Request, Served]]) -> tuple[list[Request], list[Served]]:
    return [request for request, _ in pairs], [one for _, one in pairs]
