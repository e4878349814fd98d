"""The breaker."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from litellm_hooks.breaker import Breaker


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def test_it_opens_after_consecutive_misses_and_says_so_once():
    """The n-th consecutive missed deadline opens it; calls are refused from then on."""
    breaker = Breaker(failures=3, cooldown_s=5, clock=Clock())
    assert [breaker.record(in_time=False) for _ in range(4)] == [False, False, True, False]
    assert not breaker.allow()


def test_a_call_in_time_starts_the_count_anew():
    """Only consecutive misses count."""
    breaker = Breaker(failures=2, cooldown_s=5, clock=Clock())
    breaker.record(in_time=False)
    breaker.record(in_time=True)
    breaker.record(in_time=False)
    assert breaker.allow()


def test_one_probe_per_cool_down():
    """After the cool-down one call may try; a second waits for the next, even if the first never reports back."""
    clock = Clock()
    breaker = Breaker(failures=1, cooldown_s=5, clock=clock)
    breaker.record(in_time=False)
    clock.now = 5.0
    assert (breaker.allow(), breaker.allow()) == (True, False)
    clock.now = 10.0
    assert breaker.allow()
    breaker.record(in_time=True)
    assert breaker.allow()
    assert breaker.allow()


def test_zero_means_never():
    """With 0 failures allowed it stays closed whatever happens."""
    breaker = Breaker(failures=0, cooldown_s=5)
    assert not any(breaker.record(in_time=False) for _ in range(10))
    assert breaker.allow()


@given(st.integers(1, 5), st.lists(st.tuples(st.booleans(), st.floats(0, 3)), max_size=60))
def test_it_is_closed_exactly_while_the_last_misses_are_fewer_than_the_limit(limit, calls):
    """Whatever the history: closed lets everything through, open at most one call a cool-down."""
    clock = Clock()
    breaker = Breaker(failures=limit, cooldown_s=2, clock=clock)
    missed, probes = 0, []
    for in_time, pause in calls:
        clock.now += pause
        allowed = breaker.allow()
        if missed < limit:
            assert allowed
        elif allowed:
            probes.append(clock.now)
        if allowed:
            breaker.record(in_time=in_time)
            missed = 0 if in_time else missed + 1
            probes = probes if missed >= limit else []
    assert all(later - earlier >= 2 for earlier, later in pairwise(probes))
