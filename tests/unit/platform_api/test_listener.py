"""One HTTP listener in the running loop."""

import socket

import aiohttp
import pytest

from grpc_serving.settings import SettingsError
from platform_api.listener import HttpListener


async def hello(scope, receive, send):
    """Answer every request."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


@pytest.mark.parametrize(
    ("address", "host"), [("127.0.0.1:0", "127.0.0.1"), ("localhost:0", "localhost"), ("[::1]:0", "[::1]")]
)
async def test_it_answers_until_it_is_stopped(address, host):
    """From the return of start to that of stop, on the port it says."""
    listener = HttpListener(hello, address=address, grace_s=1)
    await listener.start()
    url = f"http://{host}:{listener.port}/x"
    async with aiohttp.ClientSession() as http:
        async with http.get(url) as response:
            assert await response.text() == "/x"
            assert "server" not in response.headers
        await listener.stop()
        with pytest.raises(aiohttp.ClientConnectorError):
            await http.get(url)


async def test_a_taken_port_is_named():
    """The address in the way is part of the error."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(SettingsError, match=address):
            await HttpListener(hello, address=address, grace_s=1).start()


async def test_stopping_what_never_started_is_nothing():
    """Stop may always be called."""
    await HttpListener(hello, address="127.0.0.1:0", grace_s=1).stop()
