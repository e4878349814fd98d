"""GPTCache on the same stream and embedder: its rule at all its thresholds, and the library itself at those that matter.

The rule is one line, a similarity of 4 minus the squared distance of unit vectors against 4 times the threshold: a
threshold t serves the nearest stored text at a cosine of 2t - 1 or more. The library runs in an environment of its own,
on the first requests of the stream, as many as the plan says; how many of its decisions are those of the rule is part of
the report, and so is how long it takes.
"""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pith_cli.bench.percentiles import summarize
from pith_cli.eval import cache_baselines
from pith_cli.eval.cache_plan import CachePlan
from pith_cli.eval.cache_replay import MISS, SEMANTIC, Served
from pith_cli.eval.cache_tally import Scenario, Tally, count, entry
from pith_cli.eval.streams import write_stream

if TYPE_CHECKING:
    from pith_cli.eval.cache_stream import Measured

DEFAULT = 0.8
THRESHOLDS = tuple(number / 100 for number in range(70, 100))
_DEADLINE_S = 1800
HOW_TO_MAKE = "no environment with GPTCache at {}: `make bench-peers ARGS='--only caches'` makes it; left out"


class PeerError(RuntimeError):
    """The other environment could not run GPTCache; the message says what it said."""


@dataclass(frozen=True)
class PeerRun:
    """GPTCache itself at one threshold: what it served and how long each lookup took."""

    threshold: float
    tally: Tally
    took_ms: Sequence[float]
    # The share of its decisions that the rule makes too.
    as_rule: float


def cosine_of(threshold: float) -> float:
    """Return the cosine that a threshold of GPTCache stands for."""
    return 2 * threshold - 1


def beside(measured: "Measured", plan: CachePlan) -> "Measured":
    """Run GPTCache at its default, and where it serves most among what is no more often wrong than we are at .03."""
    wanted = [DEFAULT]
    ours = measured.tally(0.03)
    if ours:
        wanted.append(cache_baselines.best(THRESHOLDS, measured.rule, wrong_rate=ours.wrong_rate)[0])
    return replace(measured, peers=[_run(measured, threshold, plan) for threshold in dict.fromkeys(wanted)])


def of_default(rule: Sequence[Tally]) -> Tally:
    """Return what the rule serves at the default threshold."""
    return rule[_place(DEFAULT)]


def scenarios(rule: Sequence[Tally], runs: Sequence[PeerRun]) -> list[Scenario]:
    """Make an entry of every threshold of the rule, and one of every run of the library."""
    found = [
        entry("gptcache_rule", {"threshold": threshold, "cosine": cosine_of(threshold)}, tally.asked, tally.figures())
        for threshold, tally in zip(THRESHOLDS, rule, strict=False)
    ]
    for run in runs:
        figures = run.tally.figures() | {"decided_as_rule": run.as_rule}
        params = {"threshold": run.threshold, "cosine": cosine_of(run.threshold)}
        found.append(entry("gptcache", params, run.tally.asked, figures) | {"latency_ms": summarize(run.took_ms)})
    return found


def _run(measured: "Measured", threshold: float, plan: CachePlan) -> PeerRun:
    part = measured.requests[: plan.peer_requests or None]
    with tempfile.TemporaryDirectory(prefix="pith-gptcache-") as name:
        folder = Path(name)
        write_stream(folder / "stream.jsonl", part)
        weights = plan.embedder()[1]
        command = [str(plan.peers), "-m", "pith_cli.eval.gptcache_stream", str(folder), f"{threshold}"]
        command += [str(weights.resolve())] if weights else []
        done = subprocess.run(command, capture_output=True, text=True, timeout=_DEADLINE_S, check=False)  # noqa: S603
        if done.returncode:
            raise PeerError(f"GPTCache in {plan.peers} failed: {done.stderr.strip()[-600:]}")
        found = json.loads((folder / "served.json").read_text(encoding="utf-8"))
    served = [Served(SEMANTIC, answer) if answer is not None else Served(MISS) for answer in found["served"]]
    by_rule = cache_baselines.as_served(measured.requests, measured.rule_served[_place(threshold)])[: len(part)]
    agreed = sum(one == other for one, other in zip(served, by_rule, strict=True)) / len(part)
    return PeerRun(threshold, count(part, served), found["took_ms"], agreed)


def _place(threshold: float) -> int:
    return min(range(len(THRESHOLDS)), key=lambda at: abs(THRESHOLDS[at] - threshold))
