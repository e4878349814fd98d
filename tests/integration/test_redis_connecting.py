"""How the stores reach a Redis: users, passwords, TLS, servers that lack something."""

import os
import socket
from pathlib import Path

import pytest
import redis

from cache_service.stores import StoreOptions, StoreUnusable
from cache_service.stores.redis_client import connect, has_command
from cache_service.stores.redis_search import RedisSearchStore
from cache_service.stores.redis_vectorset import RedisVectorsetStore
from certificates import Authority, write_server
from fakes_redis_stores import SEARCH_URL, fill, nearest_index, opened, search_backings
from redis_server import RedisProcess, start_redis

pytest_plugins = ["fixtures_redis"]


async def test_an_acl_user_with_a_password_file_is_enough(redis_process: RedisProcess, tmp_path: Path) -> None:
    """One that may touch our keys alone; a wrong password is said to be wrong, and never shown."""
    with redis.Redis.from_url(redis_process.url, protocol=2) as admin:
        rights = ["~pith:*", "+@read", "+@write", "+@connection", "+@scripting", "+command", "+time"]
        admin.execute_command("ACL", "SETUSER", "pith", "on", ">secret", *rights)
        admin.execute_command("ACL", "SETUSER", "default", "off")
    url = redis_process.url.replace("redis://", "redis://pith@")
    (tmp_path / "password").write_text("secret\n")
    async with opened(RedisVectorsetStore, url, tmp_path, redis_password_file=tmp_path / "password") as store:
        await fill(store, 2)
        assert await nearest_index(store, 1) == 1
    (tmp_path / "password").write_text("wrong-secret")
    with pytest.raises(StoreUnusable) as error:
        await connect(StoreOptions(tmp_path, redis_url=url, redis_password_file=tmp_path / "password"))
    assert "wrong-secret" not in str(error.value)


async def test_tls_is_checked_on_both_sides(redis_program: str, tmp_path: Path) -> None:
    """With the authority and a certificate of ours it works; without either it does not."""
    authority = Authority()
    server_files = write_server(tmp_path, authority)
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    certificate, key = authority.sign("pith cache")
    (tmp_path / "client.pem").write_bytes(certificate)
    (tmp_path / "client.key").write_bytes(key)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    files = ["--tls-ca-cert-file", str(tmp_path / "ca.pem"), "--tls-cert-file", str(server_files["tls_cert_file"])]
    files += ["--tls-key-file", str(server_files["tls_key_file"]), "--tls-auth-clients", "yes"]
    server = start_redis(redis_program, tmp_path, "--tls-port", str(port), *files)
    own = {
        "redis_tls_ca_file": tmp_path / "ca.pem",
        "redis_tls_cert_file": tmp_path / "client.pem",
        "redis_tls_key_file": tmp_path / "client.key",
    }
    try:
        url = f"rediss://127.0.0.1:{port}/0"
        async with opened(RedisVectorsetStore, url, tmp_path, redis_timeout_s=5.0, **own) as store:
            await fill(store, 1)
            assert await nearest_index(store, 0) == 0
        without_certificate = StoreOptions(tmp_path, redis_url=url, redis_tls_ca_file=tmp_path / "ca.pem")
        for options in (StoreOptions(tmp_path, redis_url=url), without_certificate):
            with pytest.raises(StoreUnusable, match="redis_url"):
                await connect(options)
    finally:
        server.stop()


def test_the_contract_suite_runs_on_the_query_engine_where_there_is_one() -> None:
    """No package index has that engine, so its run is asked for; without it this test says that it was left out."""
    if not os.environ.get(SEARCH_URL):
        pytest.skip(f"redis_search: the contract suite was NOT run; set {SEARCH_URL} to a Redis with FT.SEARCH")
    assert "redis_search" in search_backings()


async def test_a_server_without_the_query_engine_is_refused_by_redis_search(redis_url: str, tmp_path: Path) -> None:
    """At start, with the name of what would work."""
    client = await connect(StoreOptions(tmp_path, redis_url=redis_url))
    has_engine = await has_command(client, "FT.SEARCH")
    await client.close()
    if has_engine:
        pytest.skip("this server has the query engine; the contract suite runs redis_search on it")
    with pytest.raises(StoreUnusable, match="no query engine"):
        await RedisSearchStore.open(StoreOptions(tmp_path, redis_url=redis_url))


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://127.0.0.1:1/0", "redis_url: "),
        ("redis://127.0.0.1:1/0", "redis_url: the server cannot be used"),
        ("redis://:top-secret@127.0.0.1:1/x", "redis_url: "),
    ],
)
async def test_a_url_that_cannot_be_used_is_refused_without_its_password(
    url: str, complaint: str, tmp_path: Path
) -> None:
    """The message names the setting."""
    with pytest.raises(StoreUnusable, match=complaint) as error:
        await connect(StoreOptions(tmp_path, redis_url=url))
    assert "top-secret" not in str(error.value)
