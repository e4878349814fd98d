"""The counters and their endpoint."""

import asyncio

from litellm_hooks.counters import Counters, serve


def test_series_add_up():
    """The same name and labels are one series."""
    counters = Counters()
    counters.add("calls_total", {"service": "cache"})
    counters.add("calls_total", {"service": "cache"}, amount=2)
    counters.add("plain_total")
    assert counters.snapshot() == {'pith_hooks_calls_total{service="cache"}': 3, "pith_hooks_plain_total": 1}


def test_a_decision_becomes_outcome_and_reason():
    """The word of the header is the pair of labels of the counter."""
    counters = Counters()
    counters.decided("cache_total", "bypass;timeout")
    counters.decided("cache_total", "miss")
    assert list(counters.snapshot()) == [
        'pith_hooks_cache_total{outcome="bypass",reason="timeout"}',
        'pith_hooks_cache_total{outcome="miss",reason=""}',
    ]


def test_the_number_of_series_is_bounded():
    """A mistake in labels cannot fill the memory; known series go on counting."""
    counters = Counters()
    for number in range(1000):
        counters.add("x_total", {"n": str(number)})
    counters.add("x_total", {"n": "0"})
    assert len(counters.snapshot()) == 500
    assert counters.snapshot()['pith_hooks_x_total{n="0"}'] == 2


def test_the_text_names_each_type_once():
    """The rendering is the Prometheus text format."""
    counters = Counters()
    counters.add("b_total", {"x": "1"})
    counters.add("a_total")
    counters.add("b_total", {"x": "2"})
    assert counters.render() == (
        "# TYPE pith_hooks_a_total counter\npith_hooks_a_total 1\n# TYPE pith_hooks_b_total counter\n"
        'pith_hooks_b_total{x="1"} 1\npith_hooks_b_total{x="2"} 1\n'
    )


async def _get(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_the_endpoint_shows_the_counts_and_a_second_worker_takes_the_next_port():
    """Two workers with the same setting serve on two ports."""
    holder = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = holder.sockets[0].getsockname()[1]
    counters = Counters()
    counters.add("seen_total")
    server = await serve(counters, port)
    assert server is not None
    taken = server.sockets[0].getsockname()[1]
    assert taken > port
    answer = await _get(taken)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"pith_hooks_seen_total 1" in answer
    server.close()
    holder.close()


async def test_a_caller_that_says_nothing_useful_is_dropped():
    """A connection that closes early harms nobody."""
    server = await serve(Counters(), 0 or _free())
    assert server is not None
    port = server.sockets[0].getsockname()[1]
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"nonsense")
    writer.close()
    await writer.wait_closed()
    assert b"200 OK" in await _get(port)
    server.close()


async def test_port_zero_is_off():
    """Without a port nothing listens."""
    assert await serve(Counters(), 0) is None


def _free() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
