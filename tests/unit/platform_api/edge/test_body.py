"""The client's body, counted while it is read."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_api.edge.body import ClientBody, ClientLeftError, Limits
from platform_api.errors import ApiError


def receiving(*messages):
    """Return an ASGI receive that gives these messages, then waits for ever."""
    queue = list(messages)

    async def receive():
        if not queue:
            await asyncio.Event().wait()
        return queue.pop(0)

    return receive


def part(body, more=False):
    """Return one message of a body."""
    return {"type": "http.request", "body": body, "more_body": more}


def client_body(*messages, expected=True, limit=10, idle_timeout_s=1.0):
    """Return a body with small limits."""
    return ClientBody(receiving(*messages), expected=expected, limits=Limits(limit, idle_timeout_s))


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=6), st.integers(0, 30))
def test_a_body_is_whole_or_refused_by_its_size(parts, limit):
    """What fits the limit is read byte for byte; one byte more is 413."""
    messages = [part(chunk, more=index + 1 < len(parts)) for index, chunk in enumerate(parts)]
    body = client_body(*messages, limit=limit)
    content = b"".join(parts)
    if len(content) <= limit:
        assert asyncio.run(body.whole()) == content
        return
    with pytest.raises(ApiError) as refusal:
        asyncio.run(body.whole())
    assert refusal.value.status == 413
    assert body.problem is refusal.value


async def test_a_pause_is_408():
    """A client that stops sending is not waited for longer than the limit."""
    with pytest.raises(ApiError) as refusal:
        await client_body(part(b"a", more=True), idle_timeout_s=0.05).whole()
    assert refusal.value.status == 408


async def test_a_client_that_leaves_while_sending_is_noticed():
    """Reading raises, and whoever watches is told."""
    body = client_body(part(b"a", more=True), {"type": "http.disconnect"})
    watch = asyncio.create_task(body.client_left())
    with pytest.raises(ClientLeftError):
        await body.whole()
    await asyncio.wait_for(watch, 1)


async def test_a_client_that_leaves_later_is_noticed():
    """After the body the watch ends with the connection, and not before."""
    body = client_body(part(b"a"), {"type": "http.disconnect"})
    watch = asyncio.create_task(body.client_left())
    await asyncio.sleep(0)
    assert not watch.done()
    assert await body.whole() == b"a"
    await asyncio.wait_for(watch, 1)


async def test_a_request_without_a_body_is_watched_from_the_start():
    """Nothing needs to be read before the watch begins."""
    body = client_body(part(b""), {"type": "http.disconnect"}, expected=False)
    await asyncio.wait_for(body.client_left(), 1)
