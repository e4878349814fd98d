"""Tests of asking whether a part is ready."""

from pathlib import Path

from aiohttp import web

from fakes_cli import FakeCache, FakeGateway, serving, web_server
from pith_cli.up.probes import all_of, file_exists, grpc_serving, http_ok, log_says


async def test_a_grpc_server_is_ready_when_it_serves() -> None:
    """A server that is gone is not ready, and asking it raises nothing."""
    async with serving(cache=FakeCache()) as address:
        assert await grpc_serving(address)()
    assert not await grpc_serving(address)()


async def test_a_web_server_is_ready_when_it_answers_200() -> None:
    """Another status, and no server, are no."""
    async with web_server(FakeGateway().app()) as url:
        assert await http_ok(f"{url}/readyz")()
        assert not await http_ok(f"{url}/other")()
    assert not await http_ok(f"{url}/readyz")()


async def test_a_file_is_ready_when_something_is_in_it(tmp_path: Path) -> None:
    """A file that was only just made does not count."""
    probe = file_exists(tmp_path / "key")
    assert not await probe()
    (tmp_path / "key").touch()
    assert not await probe()
    (tmp_path / "key").write_text("k")
    assert await probe()


async def test_all_of_several_must_be_ready(tmp_path: Path) -> None:
    """One that is not holds up the rest."""
    (tmp_path / "a").write_text("a")
    async with web_server(web.Application()) as url:
        assert await all_of(file_exists(tmp_path / "a"))()
        assert not await all_of(file_exists(tmp_path / "a"), http_ok(f"{url}/none"))()


async def test_a_log_is_ready_when_it_says_so_often_enough(tmp_path: Path) -> None:
    """Two workers are up when both have said that they serve."""
    log = tmp_path / "service.log"
    probe = log_says(log, '"serving"', times=2)
    assert not await probe()
    log.write_text('{"event": "serving"}\n')
    assert not await probe()
    log.write_text('{"event": "serving"}\n{"event": "serving"}\n')
    assert await probe()
