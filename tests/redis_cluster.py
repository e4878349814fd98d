"""Makes a Redis Cluster of three nodes for tests."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import redis

from redis_server import RedisProcess, start_redis

SLOTS = 16384
NODES = 3
_FORMED_WITHIN_S = 20.0


@contextmanager
def redis_cluster(program: str, folder: Path) -> Iterator[str]:
    """The URL of one node of a cluster that has all its slots."""
    with ExitStack() as stack:
        nodes = []
        for number in range(NODES):
            node = start_redis(program, folder, *_options(number))
            stack.callback(node.stop)
            nodes.append(node)
        _form(nodes)
        yield f"{nodes[0].url}?cluster=true"


def _options(number: int) -> list[str]:
    with socket.socket() as probe:  # the usual one, 10,000 above, may be none
        probe.bind(("127.0.0.1", 0))
        bus = str(probe.getsockname()[1])
    own = ["--cluster-port", bus, "--cluster-config-file", f"nodes-{number}.conf"]
    return ["--cluster-enabled", "yes", "--cluster-node-timeout", "5000", *own]


def _form(nodes: list[RedisProcess]) -> None:
    clients = [redis.Redis.from_url(node.url, protocol=2) for node in nodes]
    bounds = [SLOTS * number // NODES for number in range(NODES + 1)]
    for number, client in enumerate(clients):
        client.execute_command("CLUSTER ADDSLOTSRANGE", bounds[number], bounds[number + 1] - 1)
    bus = clients[0].config_get("cluster-port")["cluster-port"]
    for client in clients[1:]:
        client.execute_command("CLUSTER MEET", "127.0.0.1", nodes[0].port, bus)
    ends = time.monotonic() + _FORMED_WITHIN_S
    while not all(_is_whole(client) for client in clients):
        assert time.monotonic() < ends, "the cluster did not form"
        time.sleep(0.05)
    for client in clients:
        client.close()


def _is_whole(client: redis.Redis) -> bool:
    info = client.execute_command("CLUSTER INFO")
    return bool(info["cluster_state"] == "ok" and info["cluster_known_nodes"] == str(NODES))
