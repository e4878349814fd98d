"""The order in which upstreams are asked."""

from hypothesis import given
from hypothesis import strategies as st

from platform_api.edge.upstreams import UpstreamList

URLS = ["http://a", "http://b", "http://c"]


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self):
        """Return the time that was set."""
        return self.now


def test_upstreams_take_turns():
    """Each request begins with the next upstream, and every one is in each order."""
    upstreams = UpstreamList(URLS, down_s=2)
    orders = [tuple(upstreams.in_order()) for _ in range(3)]
    assert {order[0] for order in orders} == set(URLS)
    assert all(set(order) == set(URLS) for order in orders)


def test_one_that_refused_is_asked_last_for_a_while():
    """A refusal counts until its time is over or until the upstream answers."""
    clock = Clock()
    upstreams = UpstreamList(URLS, down_s=2, clock=clock)
    upstreams.mark_down("http://b")
    assert all(upstreams.in_order()[-1] == "http://b" for _ in range(6))
    clock.now += 2
    assert upstreams.is_up("http://b")
    upstreams.mark_down("http://b")
    upstreams.mark_up("http://b")
    assert upstreams.is_up("http://b")


@given(st.lists(st.sampled_from(URLS)), st.integers(1, 7))
def test_every_order_has_every_upstream(down, turns):
    """However many are down, all are asked in the end, those that are up first."""
    upstreams = UpstreamList(URLS, down_s=2, clock=Clock())
    for url in down:
        upstreams.mark_down(url)
    for _ in range(turns):
        order = upstreams.in_order()
        assert sorted(order) == URLS
        assert [upstreams.is_up(url) for url in order] == sorted((upstreams.is_up(url) for url in order), reverse=True)


def test_no_upstreams_is_an_empty_order():
    """An empty list asks nobody."""
    assert list(UpstreamList([], down_s=2).in_order()) == []
