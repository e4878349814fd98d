"""platform-api as a process: what it prints, how it drains, when it refuses to start."""

import asyncio
import contextlib
import json
import os
import signal
import sys

import aiohttp
import pytest

from fakes_platform import fake_upstream, sse_answer
from platform_api.domain.keys import ADMIN_KEY_ID, key_id_of

CHAT = "/v1/chat/completions"


def environment(folder, **settings):
    """Return an environment with free ports and nothing else of ours."""
    free = dict.fromkeys(("ADDRESS", "EDGE_ADDRESS", "MANAGEMENT_ADDRESS"), "127.0.0.1:0")
    ours = {f"PITH_PLATFORM_{name}": str(value) for name, value in {**free, "DATA_DIR": folder, **settings}.items()}
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("PITH_")}
    return {**theirs, **ours}


class Process:
    """A running process and the lines that it has written."""

    def __init__(self, process):
        self.process = process
        self.lines = []

    async def line_with(self, text):
        """Return the first line that holds a text."""
        async with asyncio.timeout(20):
            while line := (await self.process.stderr.readline()).decode():
                self.lines.append(line)
                if text in line:
                    return line
        raise AssertionError(f"no {text!r} in {''.join(self.lines)}")

    async def ports(self):
        """Wait until it listens and return its ports."""
        return json.loads(await self.line_with('"listening"'))

    async def end(self):
        """Wait for the end and return the exit code."""
        async with asyncio.timeout(20):
            self.lines += (await self.process.stderr.read()).decode().splitlines(keepends=True)
            return await self.process.wait()

    def tell(self, number):
        """Send a signal."""
        self.process.send_signal(number)


@contextlib.asynccontextmanager
async def platform_process(folder, **settings):
    """Run `python -m platform_api`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "platform_api", env=environment(folder, **settings), stderr=asyncio.subprocess.PIPE
    )
    try:
        yield Process(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_the_admin_key_is_shown_once(tmp_path):
    """Without a file for it the admin key is printed once, it works, and no log line holds it."""
    async with platform_process(tmp_path) as first:
        shown = (await first.line_with("admin key")).split()[-1]
        ports = await first.ports()
        assert key_id_of(shown) == ADMIN_KEY_ID
        headers = {"authorization": f"Bearer {shown}"}
        async with aiohttp.ClientSession(headers=headers) as http:
            for port in (ports["management_port"], ports["edge_port"]):
                async with http.get(f"http://127.0.0.1:{port}/v1/tenants") as response:
                    assert response.status == 200
        first.tell(signal.SIGTERM)
        assert await first.end() == 0
        assert sum(shown in line for line in first.lines) == 1


async def test_sigterm_lets_a_stream_end(tmp_path):
    """A stream that is under way is delivered to its end, new connections are refused, then the process ends."""
    events = [b"data: %d\n\n" % number for number in range(6)]
    key_file = tmp_path / "admin.key"
    async with fake_upstream(sse_answer(events, pause_s=0.2)) as upstream:
        settings = {"LITELLM_URLS": upstream.url, "ADMIN_KEY_OUT": key_file}
        async with platform_process(tmp_path / "data", **settings) as process, aiohttp.ClientSession() as http:
            ports = await process.ports()
            assert not any("sk-pith" in line for line in process.lines)
            key = await make_key(http, ports["management_port"], key_file.read_text().strip())
            url = f"http://127.0.0.1:{ports['edge_port']}{CHAT}"
            async with http.post(url, json={}, headers={"x-api-key": key}) as response:
                first = await response.content.readany()
                process.tell(signal.SIGTERM)
                await process.line_with("draining")
                await asyncio.sleep(0.2)
                with pytest.raises(ConnectionRefusedError):
                    await asyncio.open_connection("127.0.0.1", ports["edge_port"])
                assert first + await response.read() == b"".join(events)
            assert await process.end() == 0


async def make_key(http, port, admin_key):
    """Make a tenant and a key of it."""
    headers = {"authorization": f"Bearer {admin_key}"}
    url = f"http://127.0.0.1:{port}/v1/tenants"
    async with http.post(url, json={"id": "acme", "name": "A"}, headers=headers) as response:
        assert response.status == 201
    async with http.post(f"{url}/acme/keys", json={}, headers=headers) as response:
        return (await response.json())["key"]


async def test_settings_that_cannot_be_used_refuse_to_start(tmp_path):
    """The exit code is 2 and one line names the variable."""
    async with platform_process(tmp_path, EDGE_ADRESS="127.0.0.1:0") as process:
        assert await process.end() == 2
        assert process.lines == [
            "cannot start: PITH_PLATFORM_EDGE_ADRESS: no such setting; did you mean PITH_PLATFORM_EDGE_ADDRESS?\n"
        ]
