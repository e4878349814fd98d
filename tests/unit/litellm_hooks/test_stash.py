"""The stash."""

from hypothesis import given
from hypothesis import strategies as st

from litellm_hooks.counters import Counters
from litellm_hooks.stash import TOKEN_KEY, Caller, RequestState, Stash, TokenCounts, new_token, own_metadata


def _stash(now=lambda: 0.0, **limits):
    usual = {"max_requests": 10, "max_bytes": 10**6, "max_age_s": 60}
    return Stash(Counters(), **{**usual, **limits}, clock=now)


def _state(token, created_s=0.0, **fields):
    return RequestState(token, Caller("t", "k"), "chat", "m", created_s=created_s, **fields)


def _data(token):
    return {"metadata": {"user_api_key_hash": "h", TOKEN_KEY: token}}


def test_a_state_is_found_by_its_token_in_either_dict():
    """The proxy's dict is metadata on some routes and litellm_metadata on others."""
    stash = _stash()
    stash.put(_state("a"))
    assert stash.find(_data("a")).token == "a"
    assert stash.find({"litellm_metadata": {"user_api_key_x": 1, TOKEN_KEY: "a"}, "metadata": {}}).token == "a"
    assert stash.find(_data("b")) is None


def test_a_clients_own_metadata_is_not_looked_at():
    """A token in a dict that the proxy did not fill finds nothing."""
    stash = _stash()
    stash.put(_state("a"))
    assert stash.find({"metadata": {TOKEN_KEY: "a"}}) is None
    assert list(own_metadata({"metadata": {TOKEN_KEY: "a"}, "litellm_metadata": "x"})) == []


def test_the_oldest_go_when_there_are_too_many():
    """The count is bounded."""
    stash = _stash(max_requests=2)
    for token in "abc":
        stash.put(_state(token))
    assert (stash.find(_data("a")), len(stash)) == (None, 2)


def test_the_oldest_go_when_they_hold_too_much():
    """The bytes of waiting answers are bounded."""
    stash = _stash(max_bytes=10_000)
    stash.put(_state("a", answers={"chat": "x" * 5000}))
    stash.put(_state("b", answers={"chat": "x" * 5000}))
    assert stash.find(_data("a")) is None
    assert stash.find(_data("b")) is not None


def test_age_ends_a_state():
    """A state that is too old is not found, and goes with the next one that is put."""
    now = [0.0]
    stash = _stash(now=lambda: now[0])
    stash.put(_state("a"))
    now[0] = 61.0
    assert stash.find(_data("a")) is None
    stash.put(_state("b", created_s=61.0))
    assert len(stash) == 1


def test_putting_again_accounts_anew():
    """A state that gave its answers away frees their bytes."""
    stash = _stash()
    state = _state("a", answers={"chat": "x" * 5000})
    stash.put(state)
    before = stash.size_bytes
    state.answers.clear()
    stash.put(state)
    assert stash.size_bytes == before - 5000


def test_tokens_differ():
    """Nobody can guess a token."""
    assert len({new_token() for _ in range(100)}) == 100


def test_saved_tokens_are_never_negative():
    """A count that went up saves nothing."""
    assert TokenCounts(5, 7, 5, 7).saved == 0


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 4000), st.floats(0, 30)), max_size=60))
def test_limits_hold_whatever_is_put(puts):
    """Count and bytes stay within their limits, and the bytes are the sum of what is kept."""
    now = [0.0]
    stash = _stash(now=lambda: now[0], max_requests=5, max_bytes=15_000)
    for number, size, pause in puts:
        now[0] += pause
        stash.put(_state(str(number), created_s=now[0], answers={"chat": "x" * size}))
        assert len(stash) <= 5
        assert stash.size_bytes <= 15_000
        assert stash.size_bytes == sum(state.size_bytes for state in stash._states.values())
