"""What was sent on once is sent on alike for good, and the provider's bill is never higher than without compression."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from compressor_service.compression import Compressor
from compressor_service.economics import CachePrices
from compressor_service.memos import MemoOptions, open_memo
from compressor_service.pacing import Pacer
from compressor_service.policy import Defaults, FixedPolicies
from compressor_service.sealing import derive_keyring
from compressor_service.tiers import Engines
from conversations import make_conversation
from fakes_compressor import COUNTER
from replays import Fleet, Trouble, recompress_all, replay

pytest_plugins = ["fixtures_redis"]

CLAUDE, GROQ = "claude-sonnet-4-5", "groq/llama-3.3-70b-versatile"
PRICES = {CLAUDE: CachePrices(0.1, 1.25, 1024), GROQ: CachePrices(0.5, 1.0, 1024)}
KEYRING = derive_keyring(b"s" * 32)
# A busy machine must not make a memo forget.
MEMO_TIMEOUT_S = 5.0
UNTROUBLED = Trouble(restarts=0, hurries=0)


@pytest.fixture
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Compressor]]:
    """Start a replica; all share a memo (its kind is the fixture's parameter), and what the tiers are known to cost."""
    kind: Literal["sqlite", "redis", "lru"] = request.param
    options = MemoOptions(kind=kind, keyring=KEYRING, file=tmp_path / "memo.sqlite3", timeout_s=MEMO_TIMEOUT_S)
    if kind == "redis":
        options = replace(options, redis_url=request.getfixturevalue("redis_url"))
    pacer = Pacer()
    with ExitStack() as opened:

        def start_one() -> Compressor:
            memo = open_memo(options)
            opened.callback(memo.close)
            policies, engines = FixedPolicies(Defaults()), Engines(request.node.name)
            return Compressor(COUNTER, memo, pacer=pacer, policies=policies, engines=engines, keyring=KEYRING)

        yield start_one


SHARED = pytest.mark.parametrize("start", ["sqlite", "redis"], indirect=True)
ALONE = pytest.mark.parametrize("start", ["lru"], indirect=True)
MODELS = pytest.mark.parametrize("model", [CLAUDE, GROQ])


@SHARED
@pytest.mark.parametrize(("model", "seed"), [(CLAUDE, 0), (GROQ, 1)])
def test_old_messages_go_out_alike_through_hurry_restarts_and_replicas(
    start: Callable[[], Compressor], model: str, seed: int
) -> None:
    """Two replicas, one of them new every fifth request, and no time in every third: no byte changes, nothing costs more."""
    fleet = Fleet(seed, start, model=model)
    done = replay(make_conversation(seed), fleet, prices=PRICES[model], count=COUNTER.count)
    assert done.violations == []
    assert done.cost < done.whole_cost
    assert done.checked > 500
    assert done.shortened > 50
    assert fleet.restarts > 0
    assert fleet.degraded > 0


@SHARED
def test_after_requests_that_nobody_answered_each_message_goes_out_as_it_did_first(
    start: Callable[[], Compressor],
) -> None:
    """What was sent on whole for want of an answer stays whole, what was shortened before is shortened again."""
    fleet = Fleet(7, start, trouble=Trouble(restarts=0.2, hurries=0.2, unheard=0.2))
    done = replay(make_conversation(7), fleet, prices=PRICES[CLAUDE], count=COUNTER.count)
    assert done.violations == []
    assert done.shortened > 20


@ALONE
@pytest.mark.parametrize(("model", "seed"), [(CLAUDE, 2), (GROQ, 3)])
def test_compression_that_is_left_in_peace_saves_much(start: Callable[[], Compressor], model: str, seed: int) -> None:
    """An agent's conversation costs a quarter less at least, at either kind of price."""
    compressor = start()
    fleet = Fleet(seed, lambda: compressor, trouble=UNTROUBLED, model=model)
    done = replay(make_conversation(seed), fleet, prices=PRICES[model], count=COUNTER.count)
    assert done.violations == []
    assert done.cost < 0.75 * done.whole_cost


@ALONE
def test_compressing_everything_anew_in_every_turn_loses(start: Callable[[], Compressor]) -> None:
    """The negative control: fewer tokens, other bytes, a higher bill than without compression, so the check can fail."""
    forward = recompress_all(start(), model=CLAUDE)
    done = replay(make_conversation(0, turns=20), forward, prices=PRICES[CLAUDE], count=COUNTER.count)
    assert len(done.violations) > 50
    assert done.tokens < 0.75 * done.whole_tokens
    assert done.cost > 1.1 * done.whole_cost
