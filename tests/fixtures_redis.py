"""A Redis 8 for tests: the one of PITH_TEST_REDIS_URL, or a private server that ends with the tests.

A test module asks for it by `pytest_plugins = ["fixtures_redis"]`. Without a URL and without redis-server 8 on PATH,
`redis8.sh` of the command line unpacks Debian's package into build/redis8. Where that fails too, tests that need a Redis skip and say
why, or fail if PITH_REQUIRE_REDIS=1.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from redis_server import OLDEST, RedisMissingError, RedisProcess, find_redis_server, start_redis


def missing_redis(error: RedisMissingError) -> NoReturn:
    """Skip the test and say why, or fail where a Redis is required."""
    if os.environ.get("PITH_REQUIRE_REDIS") == "1":
        pytest.fail(f"PITH_REQUIRE_REDIS=1, but no Redis {OLDEST} can be had: {error}")
    pytest.skip(f"needs a Redis {OLDEST} (set PITH_TEST_REDIS_URL or install redis-server): {error}")


@pytest.fixture(scope="session")
def redis_program() -> str:
    """The path of a redis-server 8; looked for once."""
    try:
        return find_redis_server()
    except RedisMissingError as error:
        missing_redis(error)


@pytest.fixture(scope="session")
def redis_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Redis 8 that all tests of this run share: use names of your own."""
    if given := os.environ.get("PITH_TEST_REDIS_URL"):
        yield given
        return
    server = start_redis(request.getfixturevalue("redis_program"), tmp_path_factory.mktemp("redis"))
    yield server.url
    server.stop()


@pytest.fixture
def redis_process(redis_program: str, tmp_path: Path) -> Iterator[RedisProcess]:
    """A Redis 8 of this test alone, to pause or to kill."""
    server = start_redis(redis_program, tmp_path)
    yield server
    server.stop()
