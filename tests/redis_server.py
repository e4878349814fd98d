"""The Redis servers of the tests are found and started as those of the command line are."""

from pith_cli.redis_server import OLDEST, RedisMissingError, RedisProcess, find_redis_server, start_redis

__all__ = ["OLDEST", "RedisMissingError", "RedisProcess", "find_redis_server", "start_redis"]
