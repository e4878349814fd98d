"""The long checks of `make soak`, in a short form; and that they can fail, stop and go on."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from soak import crash, determinism, isolation, memory, prefix, protected, redis_churn, redis_crash, tenants
from soak.catalog import CHECKS
from soak.check import Check, Found, Step
from soak.ledger import Ledger
from soak.runner import run


async def _run(check: Check, folder: Path, seconds: float = 50.0) -> Ledger:
    ledger = Ledger(folder, check)
    await run(check, ledger, seconds=seconds, progress=lambda _: None)
    return ledger


def _counting(fail_at: int = -1, steps: int = 5) -> Check:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Step]:
        async def step(number: int) -> Found:
            return Found(10, ["wrong"] if number == fail_at else [], {"number": float(number)})

        yield step

    return Check("counting", "counts", steps, opened)


async def test_a_violation_is_counted_and_shown(tmp_path: Path) -> None:
    """What a step finds stands in the file, and the check has failed."""
    ledger = await _run(_counting(fail_at=2), tmp_path)
    assert ledger.failures == ["wrong"]
    report = json.loads((tmp_path / "soak-counting.json").read_text())
    assert (report["scenarios"][0]["n"], report["scenarios"][0]["errors"]) == (50, 1)


async def test_an_interrupted_check_goes_on_where_it_was(tmp_path: Path) -> None:
    """Time that runs out loses no step; a whole check begins anew."""
    await _run(_counting(), tmp_path, seconds=0.0)
    first = Ledger(tmp_path, _counting())
    assert first.done == 0
    first.add(Found(10), 1.0)
    first.save()
    assert Ledger(tmp_path, _counting()).done == 1
    assert (await _run(_counting(), tmp_path)).checked == 50
    assert Ledger(tmp_path, _counting()).done == 0


def test_growth_is_judged_against_the_bar() -> None:
    """Filling does not count; 1 % passes, 5 % does not."""
    filled = [{"step": float(n), "rss_mb": 50.0 + n} for n in range(1, 11)]
    steady = [{"step": 10.0 + n, "rss_mb": 100 + n / 100} for n in range(1, 101)]
    growing = [{"step": 10.0 + n, "rss_mb": 100 + n / 20} for n in range(1, 101)]
    assert memory.judge_growth([*filled, *steady], fill=10)[1] == []
    assert memory.judge_growth([*filled, *growing], fill=10)[1] == ["RSS grew by 4.5%, bar 2%"]


def test_a_control_that_does_not_lose_is_a_failure() -> None:
    """The bills are judged where reading is cheapest; there, doing all anew must cost more than no compression."""
    dear = {"read_price": 0.5, "cost_ratio": 0.6, "control_cost_ratio": 0.7}
    cheap = {"read_price": 0.1, "cost_ratio": 0.5, "control_cost_ratio": 1.3}
    figures, against = prefix.judge([dear, cheap])
    assert (figures["cost_ratio_worst"], figures["anew_cost_ratio_median_at_0.1"], against) == (0.6, 1.3, [])
    assert prefix.judge([dear, {**cheap, "control_cost_ratio": 0.9}])[1]


async def test_determinism_in_short(tmp_path: Path) -> None:
    """Alone, among 32 callers, in one request, by another process."""
    ledger = await _run(determinism.check(steps=2), tmp_path)
    assert ledger.failures == []
    assert ledger.checked > 128
    assert min(sample["changed"] for sample in ledger.samples) > 0.5


async def test_protected_content_in_short(tmp_path: Path) -> None:
    """A hundred prompts, with the real ranker and the real word model."""
    ledger = await _run(protected.check(steps=2), tmp_path)
    assert ledger.failures == []
    assert min(sample["changed"] for sample in ledger.samples) > 0.4


async def test_prefix_stability_in_short(tmp_path: Path) -> None:
    """One conversation of thirty turns at two providers' prices; doing all anew in every turn costs more."""
    ledger = await _run(prefix.check(steps=2), tmp_path)
    assert ledger.failures == []
    assert all(sample["cost_ratio"] < 1 for sample in ledger.samples)
    assert ledger.samples[0]["control_cost_ratio"] > 1


async def test_compressor_memory_in_short(tmp_path: Path) -> None:
    """A few hundred requests are answered and memory is read; the bar is for the long form."""
    ledger = await _run(memory.compressor(steps=4, fill=2), tmp_path)
    assert ledger.shown == []
    assert ledger.checked == 400
    assert all(30 < sample["rss_mb"] < 2_000 for sample in ledger.samples)


async def test_cache_memory_in_short(tmp_path: Path) -> None:
    """The same for the cache."""
    ledger = await _run(memory.cache(steps=3, fill=1), tmp_path)
    assert ledger.shown == []
    assert all(30 < sample["rss_mb"] < 2_000 for sample in ledger.samples)


async def test_cache_isolation_in_short(tmp_path: Path) -> None:
    """Ten rounds, one kill -9 among them."""
    ledger = await _run(isolation.check(steps=10), tmp_path)
    assert ledger.failures == []
    assert sum(sample["hits"] for sample in ledger.samples) > 1.0


async def test_cache_isolation_of_many_tenants_in_short(tmp_path: Path) -> None:
    """Six tenants instead of a thousand, in every scope width; the tier that could mix them up does serve."""
    ledger = await _run(tenants.check(tenants=6), tmp_path)
    assert ledger.failures == []
    assert ledger.done == 8
    assert min(sum(sample[kind] for sample in ledger.samples) for kind in ("exact", "semantic")) > 10


async def test_cache_crash_in_short(tmp_path: Path) -> None:
    """Two kills in the midst of stores; some were under way at each."""
    ledger = await _run(crash.check(steps=2, stores=120), tmp_path)
    assert ledger.failures == []
    assert ledger.checked > 20


async def test_redis_churn_in_short(tmp_path: Path) -> None:
    """A few waves on a real Redis: nothing wrong is served, and generations come and go."""
    ledger = await _run(redis_churn.check(steps=10, fill=5), tmp_path)
    assert ledger.shown == []
    assert max(sample["generations"] for sample in ledger.samples) > 0


async def test_redis_crash_in_short(tmp_path: Path) -> None:
    """Two kills of Redis among stores."""
    ledger = await _run(redis_crash.check(steps=2, stores=150), tmp_path)
    assert ledger.failures == []
    assert ledger.checked > 20


def test_every_check_says_what_it_is() -> None:
    """Names are those of the files that they write."""
    assert all(make().name == name and make().says for name, make in CHECKS.items())
