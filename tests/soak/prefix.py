"""Conversations of an agent, turn by turn: what was sent on once is sent on alike, and the provider's bill never grows."""

import statistics
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from compressor_service.compression import Compressor
from compressor_service.economics import CachePrices
from compressor_service.memos import MemoOptions, open_memo
from compressor_service.pacing import Pacer
from compressor_service.policy import Defaults, FixedPolicies
from compressor_service.sealing import new_keyring
from compressor_service.tiers import Engines
from conversations import make_conversation
from fakes_compressor import COUNTER
from replays import Fleet, Replay, recompress_all, replay
from soak.check import Check, Found, Sample, Step

_MEMO_TIMEOUT_S = 5.0
# Claude's prices, and those of a provider whose cached tokens cost half.
_MODELS = (
    ("claude-sonnet-4-5", CachePrices(0.1, 1.25, 1024)),
    ("groq/llama-3.3-70b-versatile", CachePrices(0.5, 1.0, 1024)),
)


def check(steps: int = 100) -> Check:
    """Fifty conversations, each at two providers' prices: two replicas that are restarted and hurried at random."""
    says = "50 agent conversations of 30 turns: no old byte changes, no bill grows"
    return Check("prefix_stability", says, steps, _open, judge)


def judge(samples: Sequence[Sample]) -> tuple[Sample, list[str]]:
    """The bills as shares of the bill without compression; where reading is cheapest, doing all anew must lose."""
    figures = {
        "cost_ratio_median": statistics.median(one["cost_ratio"] for one in samples),
        "cost_ratio_worst": max(one["cost_ratio"] for one in samples),
    }
    anew: dict[float, list[float]] = {}
    for one in samples:
        anew.setdefault(one["read_price"], []).append(one["control_cost_ratio"])
    medians = {price: statistics.median(ratios) for price, ratios in sorted(anew.items())}
    figures |= {f"anew_cost_ratio_median_at_{price:g}": median for price, median in medians.items()}
    loses = next(iter(medians.values())) > 1
    return figures, [] if loses else ["doing all anew costs no more than no compression: this check cannot fail"]


@asynccontextmanager
async def _open() -> AsyncIterator[Step]:
    async def step(number: int) -> Found:
        seed, (model, prices) = number // len(_MODELS), _MODELS[number % len(_MODELS)]
        with tempfile.TemporaryDirectory(prefix="pith-soak-") as name, ExitStack() as opened:
            replicas = _Replicas(Path(name) / "memo.sqlite3", opened)
            fleet = Fleet(seed, replicas.start, model=model)
            done = replay(make_conversation(seed), fleet, prices=prices, count=COUNTER.count)
            anew = recompress_all(replicas.start(), model=model)
            control = replay(make_conversation(seed), anew, prices=prices, count=COUNTER.count)
        return Found(done.checked, _wrong(done, control), {"read_price": prices.read, **_sample(done, control, fleet)})

    yield step


class _Replicas:
    """Compressors that share one SQLite memo and what the tiers are known to cost."""

    def __init__(self, file: Path, opened: ExitStack) -> None:
        self._options = MemoOptions(kind="sqlite", keyring=new_keyring(), file=file, timeout_s=_MEMO_TIMEOUT_S)
        self._opened = opened
        self._pacer = Pacer()

    def start(self) -> Compressor:
        memo = open_memo(self._options)
        self._opened.callback(memo.close)
        return Compressor(
            COUNTER,
            memo,
            pacer=self._pacer,
            policies=FixedPolicies(Defaults()),
            engines=Engines("soak"),
            keyring=self._options.keyring,
        )


def _wrong(done: Replay, control: Replay) -> list[str]:
    wrong = list(done.violations)
    if done.cost > done.whole_cost:
        wrong.append(f"costs {done.cost:.0f}, without compression {done.whole_cost:.0f}")
    if not control.violations:
        wrong.append("compressing everything anew changed no byte: this check cannot fail")
    return wrong


def _sample(done: Replay, control: Replay, fleet: Fleet) -> dict[str, float]:
    return {
        "cost_ratio": round(done.cost / done.whole_cost, 4),
        "control_cost_ratio": round(control.cost / control.whole_cost, 4),
        "degraded": float(fleet.degraded),
        "restarts": float(fleet.restarts),
    }
